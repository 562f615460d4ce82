//! What is asked of an engine, and why it may say no.
//!
//! Owns the types whose construction is their validation; what only the engine can know (context, memory, queue)
//! is checked by `Engine::submit` and answered with [`Rejected`].

use std::time::Instant;

use inferno_types::{SamplingParams, TokenId};

/// One request for a completion.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The prompt, at least one token.
    pub prompt: Vec<TokenId>,
    /// The most tokens to generate; never more than the context leaves. Absent: as many as context and KV memory
    /// allow. Memory is taken as the answer grows, so a large number costs nothing until it is used.
    pub max_tokens: Option<u32>,
    /// How tokens are chosen.
    pub sampling: SamplingParams,
    /// Texts that end the answer before them.
    pub stop: StopStrings,
    /// Whether, and with how many alternatives, log-probabilities accompany each token.
    pub logprobs: Option<TopLogprobs>,
    /// Go on when the model ends its turn, as benchmarks want it.
    pub ignore_end: bool,
    /// Who goes first when not all can.
    pub priority: Priority,
    /// When the answer is of no more use: the request then fails with `RequestFault::DeadlinePassed`, waiting or
    /// running, and its memory is free again.
    pub deadline: Option<Instant>,
}

/// Who goes first: the lower number. 0 unless said otherwise, and negative ones come before that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(pub i32);

impl Request {
    /// A greedy request with nothing else asked.
    pub fn greedy(prompt: Vec<TokenId>, max_tokens: Option<u32>) -> Self {
        Self {
            prompt,
            max_tokens,
            sampling: SamplingParams::greedy(),
            stop: StopStrings::default(),
            logprobs: None,
            ignore_end: false,
            priority: Priority::default(),
            deadline: None,
        }
    }
}

/// Up to sixteen texts of 1 to 256 bytes each, any of which ends an answer. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StopStrings(Vec<String>);

impl StopStrings {
    /// The most texts (the public OpenAI API allows four).
    pub const MOST: usize = 16;
    /// The most bytes of one text: what an answer may be held back by.
    pub const LONGEST: usize = 256;

    /// The texts.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<Vec<String>> for StopStrings {
    type Error = InvalidRequest;

    fn try_from(texts: Vec<String>) -> Result<Self, Self::Error> {
        if texts.len() > Self::MOST {
            return Err(InvalidRequest::StopCount { found: texts.len() });
        }
        match texts.iter().find(|t| t.is_empty() || t.len() > Self::LONGEST) {
            Some(text) => Err(InvalidRequest::StopLength { found: text.len() }),
            None => Ok(Self(texts)),
        }
    }
}

/// How many of the most likely tokens are listed beside the chosen one: 0 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopLogprobs(u8);

impl TopLogprobs {
    /// The most, as in the OpenAI API.
    pub const MOST: u8 = 20;

    /// The number.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl TryFrom<u8> for TopLogprobs {
    type Error = InvalidRequest;

    fn try_from(n: u8) -> Result<Self, Self::Error> {
        if n <= Self::MOST { Ok(Self(n)) } else { Err(InvalidRequest::TopLogprobs { found: n }) }
    }
}

/// A part of a request that no engine would accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    /// Too many stop strings.
    #[error("at most {} stop strings can be given, not {found}", StopStrings::MOST)]
    StopCount {
        /// How many there are.
        found: usize,
    },
    /// An empty or overlong stop string.
    #[error("a stop string has 1 to {} bytes, not {found}", StopStrings::LONGEST)]
    StopLength {
        /// Its length in bytes.
        found: usize,
    },
    /// Too many alternatives.
    #[error("at most {} top log-probabilities can be asked for, not {found}", TopLogprobs::MOST)]
    TopLogprobs {
        /// How many were asked for.
        found: u8,
    },
}

/// Why an engine did not take a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// There is nothing to continue.
    #[error("the prompt is empty; give at least one token")]
    EmptyPrompt,
    /// `max_tokens` is zero.
    #[error("no token is asked for; give a `max_tokens` of at least 1")]
    NothingToGenerate,
    /// The prompt leaves no room for an answer.
    #[error(
        "the prompt has {tokens} tokens, but the context of {context} must also hold the answer; shorten it"
    )]
    PromptTooLong {
        /// Its tokens.
        tokens: usize,
        /// Positions of the context.
        context: u32,
    },
    /// Even alone the request would not fit.
    #[error("the request needs {needed} KV blocks, but there are {total}; ask for fewer tokens")]
    NeverFits {
        /// Blocks for the prompt and the answer.
        needed: u32,
        /// All blocks of the cache.
        total: u32,
    },
    /// A token of the prompt or of the logit bias that the model does not have.
    #[error("token {token} lies beyond the vocabulary of {vocabulary}")]
    UnknownToken {
        /// The first such token.
        token: TokenId,
        /// Tokens of the vocabulary.
        vocabulary: usize,
    },
    /// Too many requests wait already.
    #[error("{waiting} requests are waiting already; try again later")]
    QueueFull {
        /// How many.
        waiting: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_no_engine_would_accept() {
        let texts = |n: usize, len: usize| StopStrings::try_from(vec!["x".repeat(len); n]);
        assert!(texts(16, 256).is_ok());
        assert_eq!(texts(17, 1), Err(InvalidRequest::StopCount { found: 17 }));
        assert_eq!(texts(1, 0), Err(InvalidRequest::StopLength { found: 0 }));
        assert_eq!(texts(1, 257), Err(InvalidRequest::StopLength { found: 257 }));
        assert_eq!(TopLogprobs::try_from(20).unwrap().get(), 20);
        assert_eq!(TopLogprobs::try_from(21), Err(InvalidRequest::TopLogprobs { found: 21 }));
    }
}
