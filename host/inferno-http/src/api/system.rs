//! `GET /health`, `GET /ready` and `GET /api/system`.

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

/// What this server is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemInfo {
    /// Of this server.
    pub version: &'static str,
    /// Present when plugins are trusted by a development policy, and says by which. Every page shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub development: Option<String>,
    /// The trust policy in force.
    pub policy: String,
    /// When the server started, in milliseconds since 1970.
    pub started_at: u64,
    /// Where packages come from.
    pub registry: RegistryInfo,
}

/// Where packages come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistryInfo {
    /// Its address.
    pub url: String,
    /// Whether it is part of this server.
    pub embedded: bool,
}
