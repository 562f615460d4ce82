//! Queries, one constructor for each way in which samples become values.

use super::{Aggregate, Query};

impl Query {
    /// The growth of a counter, or of each bucket of a histogram, per second.
    pub fn rate(metric: &str, window_seconds: u32, step_seconds: u32) -> Self {
        Self::new(metric, Aggregate::Rate, window_seconds, step_seconds)
    }

    /// The growth of a counter, or of each bucket of a histogram.
    pub fn increase(metric: &str, window_seconds: u32, step_seconds: u32) -> Self {
        Self::new(metric, Aggregate::Increase, window_seconds, step_seconds)
    }

    /// The last sample of a gauge.
    pub fn last(metric: &str, window_seconds: u32, step_seconds: u32) -> Self {
        Self::new(metric, Aggregate::Last, window_seconds, step_seconds)
    }

    /// The mean of a gauge.
    pub fn mean(metric: &str, window_seconds: u32, step_seconds: u32) -> Self {
        Self::new(metric, Aggregate::Mean, window_seconds, step_seconds)
    }

    /// The largest sample of a gauge.
    pub fn max(metric: &str, window_seconds: u32, step_seconds: u32) -> Self {
        Self::new(metric, Aggregate::Max, window_seconds, step_seconds)
    }

    fn new(metric: &str, aggregate: Aggregate, window_seconds: u32, step_seconds: u32) -> Self {
        Self { metric: metric.to_owned(), aggregate, window_seconds, step_seconds }
    }
}
