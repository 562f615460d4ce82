//! What one generation came to, as far as it is timed.
//!
//! Owns what the side that answers and the side that counts both speak of. Refuses to time or to count.

use std::time::Duration;

use crate::ModelId;

/// A generation that came to an end.
#[derive(Debug, Clone, Copy)]
pub struct Generation<'a> {
    /// What was asked for.
    pub operation: Operation,
    /// Of whom; the same that answered.
    pub model: &'a ModelId,
    /// From the arrival of the request's head to its last token, or to its end without a complete answer.
    pub took: Duration,
    /// How it ended.
    pub end: GenerationEnd,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A chat completion.
    Chat,
    /// A completion of a text.
    TextCompletion,
}

/// How a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenerationEnd {
    /// With a complete answer.
    Answered {
        /// From the arrival of the request's head to its first token.
        first_token: Duration,
        /// Tokens of the answer.
        tokens: u32,
    },
    /// Without one. The reason is a word from a fixed set, not an error text.
    Error(&'static str),
}
