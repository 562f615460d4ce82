//! A query answered from samples of one a second.

use inferno_insight::{Aggregate, Frame, InvalidQuery, MetricKind, Query, Series, Unit};

use super::{Metrics, RecordedFrame};

/// Answers a query as if the window ended with the last sample. What lies before the first one was not sampled.
pub(super) fn answer(metrics: &Metrics, query: &Query) -> Result<Frame, Unanswered> {
    query.check().map_err(Unanswered::Query)?;
    let recorded = metrics.frames.iter().find(|recorded| recorded.frame.metric == query.metric);
    let RecordedFrame { kind, frame } =
        recorded.ok_or_else(|| Unanswered::Unknown { metric: query.metric.clone() })?;
    if !kind.allows(query.aggregate) {
        return Err(Unanswered::Aggregate {
            metric: query.metric.clone(),
            kind: *kind,
            aggregate: query.aggregate,
        });
    }
    let steps = Steps::new(frame, query);
    let series = frame.series.iter().map(|series| Series {
        labels: series.labels.clone(),
        values: steps.samples(&series.values).map(|samples| aggregate(query.aggregate, samples)).collect(),
    });
    Ok(Frame {
        metric: query.metric.clone(),
        unit: unit(*kind, query.aggregate, frame.unit),
        provenance: frame.provenance,
        times: steps.ends.iter().map(|(time, _)| *time).collect(),
        series: series.collect(),
    })
}

fn unit(kind: MetricKind, aggregate: Aggregate, of_metric: Unit) -> Unit {
    match (kind, aggregate) {
        // Seconds of work in a second.
        (MetricKind::Counter, Aggregate::Rate) if of_metric == Unit::Seconds => Unit::Ratio,
        (_, Aggregate::Rate) => Unit::PerSecond,
        (MetricKind::Histogram, _) => Unit::Count,
        _ => of_metric,
    }
}

/// The steps of a window over samples of one a second.
struct Steps {
    /// For each step its end as a time, and as a count of samples from the first; negative before it.
    ends: Vec<(f64, i64)>,
    length: i64,
}

impl Steps {
    fn new(frame: &Frame, query: &Query) -> Self {
        let samples = frame.times.len() as i64;
        let last = frame.times.last().copied().unwrap_or(0.0);
        let length = i64::from(query.step_seconds);
        let before = (0..i64::from(query.steps())).rev().map(|step| step * length);
        Self { ends: before.map(|back| (last - back as f64 * 1000.0, samples - back)).collect(), length }
    }

    /// The samples of each step.
    fn samples<'v>(&self, values: &'v [f64]) -> impl Iterator<Item = &'v [f64]> {
        let at = |sample: i64| usize::try_from(sample).unwrap_or(0).min(values.len());
        self.ends.iter().map(move |(_, end)| &values[at(end - self.length)..at(*end)])
    }
}

fn aggregate(aggregate: Aggregate, samples: &[f64]) -> f64 {
    let sampled = || samples.iter().copied().filter(|sample| sample.is_finite());
    let count = sampled().count();
    if count == 0 {
        return f64::NAN;
    }
    match aggregate {
        Aggregate::Last => sampled().next_back().unwrap_or(f64::NAN),
        Aggregate::Max => sampled().fold(f64::NEG_INFINITY, f64::max),
        // A sample of a counter is its growth in one second.
        Aggregate::Mean | Aggregate::Rate => sampled().sum::<f64>() / count as f64,
        Aggregate::Increase => sampled().sum(),
    }
}

/// Why a recording has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unanswered {
    /// The query is no good anywhere.
    #[error("the query is refused")]
    Query(#[source] InvalidQuery),
    /// The recording does not have the metric.
    #[error("the recording does not have the metric `{metric}`")]
    Unknown {
        /// The metric.
        metric: String,
    },
    /// The metric is of another kind.
    #[error("`{metric}` is a {}, which has no {aggregate:?}; counters and histograms have a rate and an increase, \
             gauges a last, a mean and a max", kind.as_str())]
    Aggregate {
        /// The metric.
        metric: String,
        /// Its kind.
        kind: MetricKind,
        /// What was asked for.
        aggregate: Aggregate,
    },
}
