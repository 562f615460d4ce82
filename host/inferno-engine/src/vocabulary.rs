//! What the engine needs to know of a tokenizer: the bytes of a token, and whether it ends the answer.
//!
//! Easily confused with the tokenizer itself, which lives in `inferno-models`; the root adapts one to the other.

use inferno_types::TokenId;

/// The text side of a model's tokens.
pub trait Vocabulary: Send + Sync {
    /// The bytes that `token` adds to the text: often part of a character, empty for control tokens, and empty for
    /// numbers that no token has (the logits of many models are padded beyond the last token).
    fn token_bytes(&self, token: TokenId) -> &[u8];

    /// Whether the model says by `token` that its answer is over.
    fn is_end(&self, token: TokenId) -> bool;
}
