//! `POST /v1/chat/completions`.

use inferno_types::FinishReason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::options::{Options, Usage};

/// A conversation to continue.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ChatRequest {
    /// The conversation so far, oldest first.
    pub messages: Vec<Message>,
    /// The most tokens to produce. Absent: until the model ends its turn or the context is full.
    pub max_completion_tokens: Option<u32>,
    /// The older name of `max_completion_tokens`.
    pub max_tokens: Option<u32>,
    /// Whether to return log probabilities.
    pub logprobs: Option<bool>,
    /// How many alternatives per token; needs `logprobs`.
    #[schema(maximum = 20)]
    pub top_logprobs: Option<u8>,
    /// What all routes of inference take.
    #[serde(flatten)]
    pub options: Options,
}

/// One turn of a conversation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
    /// Accepted and not used.
    pub name: Option<String>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions from the application.
    System,
    /// As `system`.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// What is said: a text, or parts of text.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Content {
    /// A text.
    Text(String),
    /// Parts, joined without a separator.
    Parts(Vec<Part>),
}

/// A part of a message. Only text: this server hears and sees nothing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// A text.
    Text {
        /// The text.
        text: String,
    },
}

/// A whole answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatResponse {
    /// Unique to the request.
    pub id: String,
    /// `chat.completion`.
    pub object: &'static str,
    /// When it was asked, in seconds since 1970.
    pub created: u64,
    /// The model that answered.
    pub model: String,
    /// One answer.
    pub choices: Vec<ChatChoice>,
    /// What it took.
    pub usage: Usage,
}

/// An answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatChoice {
    /// 0.
    pub index: u32,
    /// What the model says.
    pub message: AssistantMessage,
    /// Per token, when asked for.
    pub logprobs: Option<ChatLogprobs>,
    /// Why it ended.
    #[schema(value_type = String, example = "stop")]
    pub finish_reason: FinishReason,
}

/// What the model says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssistantMessage {
    /// `assistant`.
    pub role: Role,
    /// The text.
    pub content: String,
}

/// A piece of a streamed answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatChunk {
    /// The same in every chunk of an answer.
    pub id: String,
    /// `chat.completion.chunk`.
    pub object: &'static str,
    /// When it was asked, in seconds since 1970.
    pub created: u64,
    /// The model that answers.
    pub model: String,
    /// One piece; none in the chunk that carries the usage.
    pub choices: Vec<ChatChunkChoice>,
    /// In the last chunk, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// A piece of an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatChunkChoice {
    /// 0.
    pub index: u32,
    /// What is new.
    pub delta: Delta,
    /// Of the tokens in this piece, when asked for.
    pub logprobs: Option<ChatLogprobs>,
    /// In the last piece.
    #[schema(value_type = Option<String>)]
    pub finish_reason: Option<FinishReason>,
}

/// What is new in a piece.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Delta {
    /// In the first piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// More text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Log probabilities of the tokens of an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatLogprobs {
    /// One entry per token.
    pub content: Vec<ChatTokenLogprob>,
}

/// A token, how likely it was, and what else was likely.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatTokenLogprob {
    /// The token.
    #[serde(flatten)]
    pub chosen: Candidate,
    /// The most likely tokens, best first.
    pub top_logprobs: Vec<Candidate>,
}

/// A token and how likely it was.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Candidate {
    /// The token's text; bytes that are no text by themselves appear as �.
    pub token: String,
    /// Natural logarithm of its probability before any sampling parameter.
    pub logprob: f32,
    /// The token's bytes.
    pub bytes: Vec<u8>,
}
