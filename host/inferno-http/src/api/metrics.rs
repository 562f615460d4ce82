//! `POST /api/metrics/query`: windows of metrics.

use inferno_insight::{Frame, Query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most windows that one request asks for.
pub const MAX_QUERIES: usize = 32;

/// Windows that are asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricQueries {
    /// At most 32.
    pub queries: Vec<Query>,
}

/// The answers, in the order of the queries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MetricFrames {
    /// One per query.
    pub frames: Vec<Frame>,
}
