//! What chat and text completions have in common: the model, sampling, stop strings, streaming, usage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::IgnoredAny};
use utoipa::ToSchema;

/// The fields that every route of inference takes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Options {
    /// A name from `GET /v1/models`.
    pub model: String,
    /// 0 to 2; 0 is greedy.
    #[schema(minimum = 0, maximum = 2, default = 1.0)]
    pub temperature: Option<f32>,
    /// Keep the smallest set of tokens whose probability reaches this.
    #[schema(maximum = 1, default = 1.0)]
    pub top_p: Option<f32>,
    /// Keep the `k` most likely tokens; 0 keeps all. Not in OpenAI's API.
    pub top_k: Option<u32>,
    /// Drop tokens less likely than this fraction of the best one. Not in OpenAI's API.
    pub min_p: Option<f32>,
    /// Weakens tokens seen before; 1 does nothing. Not in OpenAI's API.
    pub repetition_penalty: Option<f32>,
    /// Subtracted once per earlier occurrence.
    #[schema(minimum = -2, maximum = 2)]
    pub frequency_penalty: Option<f32>,
    /// Subtracted once from tokens that occurred.
    #[schema(minimum = -2, maximum = 2)]
    pub presence_penalty: Option<f32>,
    /// Token id to bias, −100 to 100.
    pub logit_bias: Option<BTreeMap<String, f32>>,
    /// Same seed, same text.
    pub seed: Option<i64>,
    /// Texts that end the generation; they are not part of the answer.
    pub stop: Option<Stop>,
    /// Send the answer as it grows, as server-sent events.
    pub stream: Option<bool>,
    /// Options of the stream.
    pub stream_options: Option<StreamOptions>,
    /// Go on when the model ends its turn, until the token limit. Not in OpenAI's API; for measuring.
    pub ignore_eos: Option<bool>,
    /// Who goes first when not all can: the lower number, 0 unless said otherwise. Not in OpenAI's API; as in vLLM.
    pub priority: Option<i32>,
    /// For how many milliseconds from its arrival the request is worth answering. After that it ends with status 504 or,
    /// in a stream that has begun, with an error. Not in OpenAI's API.
    #[schema(minimum = 1, maximum = 86_400_000)]
    pub timeout_ms: Option<u32>,
    /// How many answers: only 1.
    #[schema(minimum = 1, maximum = 1)]
    pub n: Option<u32>,
    /// Accepted and not used.
    pub user: Option<String>,
    /// What no field took. `deny_unknown_fields` does not go with flattening, so unknown fields are gathered here
    /// and refused by name.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: BTreeMap<String, IgnoredAny>,
}

/// One stop string, or several.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Stop {
    /// Generation ends before this text.
    One(String),
    /// Generation ends before the first of these texts.
    Many(Vec<String>),
}

/// Options of a stream.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamOptions {
    /// End the stream with a chunk that has no choices and carries the usage.
    #[serde(default)]
    pub include_usage: bool,
}

/// How many tokens a request took. Counted, never estimated.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Tokens of the prompt, as the model read it.
    pub prompt_tokens: u32,
    /// Tokens the model produced, the one that ended its turn included.
    pub completion_tokens: u32,
    /// Both together.
    pub total_tokens: u32,
}
