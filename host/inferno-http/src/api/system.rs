//! `GET /health` and `GET /ready`.

use serde::Serialize;
use utoipa::ToSchema;

/// Whether the process lives.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
    /// Of this server.
    pub version: &'static str,
    /// Present when plugins are trusted by a development policy, and says by which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub development: Option<String>,
}

/// Whether requests can be answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether every model takes requests.
    pub ready: bool,
    /// Why not, model by model.
    pub problems: Vec<String>,
}
