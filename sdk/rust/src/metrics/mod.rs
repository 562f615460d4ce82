//! What a widget or an analyzer asks for, and the answers.
//!
//! Owns the contract's records of queries and frames, and the arithmetic on them that plugins share. Refuses to
//! invent a value: what was not sampled stays NaN, and a sum over nothing is none.

mod buckets;
mod frame;
mod query;
#[cfg(test)]
mod tests;

pub use crate::bindings::widget::inferno::plugin::metrics::{
    Aggregate, Frame, Label, Provenance, Query, Series, Unit,
};
pub use buckets::Buckets;
pub use frame::{latest, mean, peak, sampled};
