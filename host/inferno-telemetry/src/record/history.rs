//! What was recorded earlier than memory reaches, and how it gets there.
//!
//! Owned here and implemented by whoever has a place that outlives the process. Calls block and come from threads
//! that may be blocked.

use std::error::Error;

use inferno_insight::Label;

/// Keeps samples for a day.
pub trait History: Send + Sync {
    /// The second of the last sample, if there is any.
    ///
    /// # Errors
    /// When it cannot be told.
    fn last(&self) -> Result<Option<i64>, HistoryError>;

    /// Adds samples. Chunks come in order and do not overlap.
    ///
    /// # Errors
    /// When they are not kept.
    fn append(&self, chunk: &Chunk) -> Result<(), HistoryError>;

    /// Leaves out what was sampled at the second `tick` and later; a little more may go.
    ///
    /// # Errors
    /// When it stays.
    fn forget_from(&self, tick: i64) -> Result<(), HistoryError>;

    /// Calls `each` with what was sampled from the second `from` on and before `to`, of one metric or of all. Of each
    /// series, the oldest strip comes first. Strips may reach beyond the range.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(
        &self,
        metric: Option<&str>,
        from: i64,
        to: i64,
        each: &mut dyn FnMut(&Strip),
    ) -> Result<(), HistoryError>;
}

/// Samples of many series over the same seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// The first second.
    pub first: i64,
    /// How many seconds.
    pub seconds: usize,
    /// The series that have any sample in them; each strip has `seconds` values and begins at `first`.
    pub strips: Vec<Strip>,
}

/// Samples of one series, one for each second.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// The metric.
    pub metric: String,
    /// What sets the series apart; the bucket of a histogram has `le`.
    pub labels: Vec<Label>,
    /// The second of the first value.
    pub first: i64,
    /// NaN where nothing was sampled.
    pub values: Vec<f64>,
}

/// The history cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the history of metrics is out of reach; look at the disk that holds it")]
pub struct HistoryError(#[source] Box<dyn Error + Send + Sync>);

impl HistoryError {
    /// From what the keeper said.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
