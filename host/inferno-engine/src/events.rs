//! What an engine reports of a request.
//!
//! Every accepted request that is not cancelled gets one [`EventKind::Token`] per generated token and then exactly
//! one of [`EventKind::Finished`] and [`EventKind::Failed`]. Easily confused with `Observation`, which is for the
//! operator's eyes and has no text.

use std::{sync::Arc, time::Duration};

use inferno_types::{FinishReason, RequestId, TokenId};

/// Something that happened to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// To whom.
    pub request: RequestId,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// A token was generated.
    Token(TokenEvent),
    /// The answer is complete; nothing follows.
    Finished {
        /// Why it ended.
        reason: FinishReason,
        /// Its tokens.
        usage: Usage,
        /// Its times.
        timings: Timings,
    },
    /// The answer cannot be completed; nothing follows.
    Failed(RequestFault),
}

/// A generated token. The texts of all tokens of a request, concatenated, are its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenEvent {
    /// The token.
    pub id: TokenId,
    /// The text that became certain with it: whole characters, and nothing that may yet turn out to begin a stop
    /// string. Often empty, and sometimes that of earlier tokens too.
    pub text: String,
    /// When asked for; absent for the token that ends the answer, which is no part of it.
    pub logprob: Option<TokenLogprob>,
}

/// How likely a token was by the model's own distribution: the log-softmax of the logits as the model gave them,
/// before penalties, bias, temperature and filters. So it does not depend on how the token was then chosen. (What
/// other servers report differs: vLLM's default is this one.)
#[derive(Debug, Clone, PartialEq)]
pub struct TokenLogprob {
    /// Natural logarithm of the token's probability.
    pub logprob: f32,
    /// The most likely tokens in descending order, as many as asked for. The chosen one need not be among them.
    pub top: Vec<TopToken>,
}

/// A likely token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopToken {
    /// The token.
    pub id: TokenId,
    /// Natural logarithm of its probability.
    pub logprob: f32,
}

/// Tokens of a request, counted one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Generated tokens, the one that ended the answer included: the number of [`EventKind::Token`]s.
    pub completion_tokens: u32,
}

/// Measured times of a request, each since its submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// Until it started to run.
    pub queued: Duration,
    /// Until its first token.
    pub first_token: Duration,
    /// Until its last.
    pub total: Duration,
}

/// Why an accepted request did not get its answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// The logits leave nothing to choose: all are NaN or −∞, after penalties and bias.
    #[error("the model's logits name no possible token; the model or its conversion is damaged")]
    NoPossibleToken,
    /// The engine failed, and every request with it.
    #[error("the engine failed: {reason}; restart it")]
    Engine {
        /// What happened.
        reason: Arc<str>,
    },
    /// The request's deadline came before the end of its answer.
    #[error("the deadline passed before the answer was complete; give more time, or ask for fewer tokens")]
    DeadlinePassed,
    /// The engine was shut down before the answer was complete.
    #[error("the server is shutting down; send the request to another one, or again later")]
    ShuttingDown,
    /// The events were not read, so the request was cancelled rather than the engine held up.
    #[error("the answer was not read in time; read events as they come")]
    NotRead,
}
