//! `POST /v1/completions`.

use std::collections::BTreeMap;

use inferno_types::FinishReason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::options::{Options, Usage};

/// A text to continue.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CompletionRequest {
    /// What to continue.
    pub prompt: Prompt,
    /// The most tokens to produce.
    #[schema(default = 16)]
    pub max_tokens: Option<u32>,
    /// How many alternatives per token to return; 0 returns the chosen ones only.
    #[schema(maximum = 20)]
    pub logprobs: Option<u8>,
    /// What all routes of inference take.
    #[serde(flatten)]
    pub options: Options,
}

/// What to continue: one text, or the tokens of one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Prompt {
    /// A text.
    Text(String),
    /// Tokens of this model.
    Tokens(Vec<u32>),
    /// A list of exactly one text.
    Texts(Vec<String>),
}

/// A whole answer, or a piece of a streamed one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompletionResponse {
    /// Unique to the request.
    pub id: String,
    /// `text_completion`.
    pub object: &'static str,
    /// When it was asked, in seconds since 1970.
    pub created: u64,
    /// The model that answered.
    pub model: String,
    /// One answer, or piece; none in a chunk that carries only the usage.
    pub choices: Vec<CompletionChoice>,
    /// What it took. In a stream: in the last chunk, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// An answer, or a piece of one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompletionChoice {
    /// 0.
    pub index: u32,
    /// The text, or what is new of it.
    pub text: String,
    /// Of the tokens in this piece, when asked for.
    pub logprobs: Option<CompletionLogprobs>,
    /// Why it ended; absent in all but the last piece.
    #[schema(value_type = Option<String>)]
    pub finish_reason: Option<FinishReason>,
}

/// Log probabilities, in columns.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CompletionLogprobs {
    /// The tokens.
    pub tokens: Vec<String>,
    /// Their log probabilities.
    pub token_logprobs: Vec<f32>,
    /// For each, the most likely tokens.
    pub top_logprobs: Vec<BTreeMap<String, f32>>,
    /// For each, where its text begins in the answer, in characters.
    pub text_offset: Vec<u32>,
}
