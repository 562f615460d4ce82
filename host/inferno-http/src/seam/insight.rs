//! The figures.

use std::sync::Arc;

use inferno_insight::{Frame, MetricInfo, Query, Snapshot};
use tokio::sync::watch;

use super::Problem;
use crate::api::opportunity::FoundOpportunity;

/// Knows the figures of the server.
pub trait Insight: Send + Sync {
    /// Every metric.
    fn catalogue(&self) -> Vec<MetricInfo>;

    /// A window of a metric that ends now. A long one may be read from the disk, so this may block.
    ///
    /// # Errors
    /// When there is no such metric, or the query is none.
    fn query(&self, query: &Query) -> Result<Frame, Problem>;

    /// The state of the server, anew every second.
    fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>>;

    /// What analyzers found and still find, worst first.
    fn opportunities(&self) -> Vec<FoundOpportunity>;
}
