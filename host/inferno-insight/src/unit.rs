//! What a number is and how it came to be known, as far as a reader must be told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What one unit of a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// No quantity.
    None,
    /// Things that have no unit of their own: blocks, calls, threads.
    Count,
    /// Model tokens.
    Tokens,
    /// Requests.
    Requests,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// A part of one.
    Ratio,
    /// Any of the above in a second.
    PerSecond,
}

/// Where a value comes from. Whoever shows a value shows this with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// Read from a clock or a counter.
    Measured,
    /// Computed from a model of the machine, or inside the bounds of a bucket.
    Estimated,
    /// Not to be had here; there are no values.
    Unavailable,
}
