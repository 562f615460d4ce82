//! `GET /api/opportunities`: what analyzers found.

use inferno_insight::Opportunity;
use serde::Serialize;
use utoipa::ToSchema;

/// A finding, and how long it has been one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundOpportunity {
    /// The package that found it.
    pub analyzer: String,
    /// When it was first found, in milliseconds since 1970.
    pub first_seen: u64,
    /// When it was last found.
    pub last_seen: u64,
    /// The finding, as it was last.
    pub opportunity: Opportunity,
}
