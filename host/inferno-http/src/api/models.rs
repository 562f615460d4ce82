//! `GET /api/models`: what is known of each model that is served.

use inferno_types::{Digest, ModelId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A model that is served. All of it was read from its file, but for the state and what this server sets.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelDetail {
    /// The name that requests use.
    #[schema(value_type = String)]
    pub id: ModelId,
    /// The digest of its file.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// What its file calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its licence, as its file spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The family: `llama`, `qwen2`, `qwen3`.
    pub architecture: String,
    /// Values of all tensors together.
    pub parameters: u64,
    /// How the values are stored.
    pub quantization: Vec<QuantizationShare>,
    /// The length of its file.
    pub file_bytes: u64,
    /// The most tokens of prompt and answer together on this server.
    pub context_length: u32,
    /// The same as its file says it.
    pub trained_context_length: u32,
    /// Transformer blocks.
    pub layers: u32,
    /// Elements of an embedding.
    pub width: u32,
    /// Elements within the feed-forward part.
    pub feed_forward: u32,
    /// Query heads.
    pub heads: u32,
    /// Key and value heads.
    pub kv_heads: u32,
    /// Elements of one head.
    pub head_dim: u32,
    /// Tokens of the vocabulary.
    pub vocabulary: u64,
    /// How text becomes tokens.
    pub tokenizer: String,
    /// Whether it can chat.
    pub chat_template: bool,
    /// When it was loaded, in milliseconds since 1970.
    pub loaded_at: u64,
    /// The hardware that its graph was optimized for, as a pass was told of it.
    pub target: super::graph::Target,
    /// Whether it takes requests.
    pub state: ModelState,
}

/// What one type of storage holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuantizationShare {
    /// The type, in GGML's spelling.
    pub dtype: String,
    /// Tensors stored so.
    pub tensors: u64,
    /// Values in them.
    pub values: u64,
    /// Bytes they take.
    pub bytes: u64,
}

/// Whether a model takes requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum ModelState {
    /// It does.
    Ready,
    /// It only completes what it began.
    Draining,
    /// It has shut down.
    Stopped,
    /// It broke; the text says how.
    Failed(String),
}

/// Which graph of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GraphStage {
    /// As the model's file gives it.
    Before,
    /// As it runs, with every accepted patch.
    #[default]
    After,
}

/// What to show of a model's graph.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GraphParams {
    /// Which graph; `after` unless said otherwise.
    #[serde(default)]
    #[param(inline)]
    pub stage: GraphStage,
}
