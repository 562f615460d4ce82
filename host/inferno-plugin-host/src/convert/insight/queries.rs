//! The queries that a widget or an analyzer asks.

use inferno_insight::{Aggregate, Query};

use crate::bindings::widget::metrics as wit;

pub(crate) fn queries(queries: Vec<wit::Query>) -> Vec<Query> {
    queries.into_iter().map(query).collect()
}

fn query(query: wit::Query) -> Query {
    let wit::Query { metric, aggregate, window_seconds, step_seconds } = query;
    let aggregate = match aggregate {
        wit::Aggregate::Last => Aggregate::Last,
        wit::Aggregate::Mean => Aggregate::Mean,
        wit::Aggregate::Max => Aggregate::Max,
        wit::Aggregate::Rate => Aggregate::Rate,
        wit::Aggregate::Increase => Aggregate::Increase,
    };
    Query { metric, aggregate, window_seconds, step_seconds }
}
