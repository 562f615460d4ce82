//! The tokenizer of `inferno-models` as the vocabulary that `inferno-engine` asks for.

use std::sync::Arc;

use inferno_engine::Vocabulary;
use inferno_models::Tokenizer;
use inferno_types::TokenId;

pub(crate) struct TokenizerVocabulary(pub(crate) Arc<Tokenizer>);

impl Vocabulary for TokenizerVocabulary {
    fn token_bytes(&self, token: TokenId) -> &[u8] {
        self.0.token_bytes(token)
    }

    fn is_end(&self, token: TokenId) -> bool {
        self.0.is_end_of_generation(token)
    }
}
