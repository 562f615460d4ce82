//! `GET /v1/models`.

use serde::Serialize;
use utoipa::ToSchema;

/// The models that are served.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelList {
    /// `list`.
    pub object: &'static str,
    /// In the order of their names.
    pub data: Vec<ModelInfo>,
}

/// A model that is served.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelInfo {
    /// The name requests use.
    pub id: String,
    /// `model`.
    pub object: &'static str,
    /// When it was loaded, in seconds since 1970.
    pub created: u64,
    /// `inferno`.
    pub owned_by: &'static str,
    /// The most tokens of prompt and answer together. Not in OpenAI's API.
    pub context_length: u32,
}
