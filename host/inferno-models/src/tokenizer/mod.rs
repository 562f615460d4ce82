//! From text to tokens and back, by the vocabulary in the file's metadata.
//!
//! Owns both kinds that GGUF carries: byte-level BPE (`gpt2`) and SentencePiece (`llama`). Control tokens such
//! as `<|im_end|>` are recognized in a text only when the caller asks for it, so what a user writes cannot end
//! its own turn. Work is O(n log n) in the length of the text whatever the vocabulary says. Refuses to
//! normalize: bytes that go in come out. Easily confused with `template`, which decides what text a
//! conversation is.

mod bpe;
mod byte_level;
mod error;
mod merge;
mod pretokenize;
mod special;
mod spm;
mod vocabulary;

use std::ops::Range;

use inferno_types::TokenId;

#[cfg(any(test, feature = "test-support"))]
pub(crate) use byte_level::alphabet as byte_alphabet;
pub use error::{TokenizeError, TokenizerError};
pub use special::Special;
pub use vocabulary::TokenKind;

use crate::{gguf::Metadata, template::Prompt};
use special::{Piece, Splitter};
use vocabulary::Vocabulary;

/// The longest text that is tokenized, in bytes. No context is within reach of it.
pub const MAX_TEXT_BYTES: usize = 16 << 20;

/// A vocabulary with the rule by which it is applied.
#[derive(Debug)]
pub struct Tokenizer {
    vocabulary: Vocabulary,
    splitter: Splitter,
    model: Model,
}

#[derive(Debug)]
enum Model {
    Bpe(bpe::Bpe),
    SentencePiece(spm::SentencePiece),
}

impl Tokenizer {
    /// Reads the `tokenizer.ggml.*` entries.
    ///
    /// # Errors
    /// When one is missing, malformed, contradictory, or asks for a tokenizer that is not supported.
    pub fn from_metadata(metadata: &Metadata) -> Result<Self, TokenizerError> {
        let vocabulary = Vocabulary::read(metadata)?;
        let model = match metadata.str("tokenizer.ggml.model")? {
            "gpt2" => Model::Bpe(bpe::Bpe::read(metadata, &vocabulary)?),
            "llama" => Model::SentencePiece(spm::SentencePiece::read(metadata, &vocabulary)?),
            other => return Err(TokenizerError::Model { found: other.to_owned() }),
        };
        let mut vocabulary = vocabulary;
        match &model {
            Model::Bpe(_) => vocabulary.decode_texts(byte_level::decode),
            Model::SentencePiece(_) => vocabulary.decode_texts(spm::decode),
        }
        let splitter = Splitter::new(&vocabulary)?;
        Ok(Self { vocabulary, splitter, model })
    }

    /// The tokens of `text`, with the tokens for begin and end of text that the file asks for.
    ///
    /// # Errors
    /// When the text is longer than [`MAX_TEXT_BYTES`].
    pub fn encode(&self, text: &str, special: Special) -> Result<Vec<TokenId>, TokenizeError> {
        let mut tokens = Vec::new();
        tokens.extend(self.vocabulary.leading());
        self.encode_into(text, special, &[], &mut tokens)?;
        tokens.extend(self.vocabulary.trailing());
        Ok(tokens)
    }

    /// The tokens of a rendered conversation: control tokens are recognized except where they come from a
    /// message. Adds no begin or end of text, which are the template's business.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_prompt(&self, prompt: &Prompt) -> Result<Vec<TokenId>, TokenizeError> {
        let mut tokens = Vec::new();
        self.encode_into(prompt.text(), Special::Parse, prompt.protected(), &mut tokens)?;
        Ok(tokens)
    }

    fn encode_into(
        &self,
        text: &str,
        special: Special,
        protected: &[Range<usize>],
        tokens: &mut Vec<TokenId>,
    ) -> Result<(), TokenizeError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(TokenizeError::TooLong { found: text.len(), limit: MAX_TEXT_BYTES });
        }
        for piece in self.splitter.split(text, special, protected) {
            match (piece, &self.model) {
                (Piece::Token(id), _) => tokens.push(id),
                (Piece::Text(text), Model::Bpe(bpe)) => bpe.encode(text, tokens),
                (Piece::Text(text), Model::SentencePiece(spm)) => spm.encode(text, tokens),
            }
        }
        Ok(())
    }

    /// The bytes that a generated token stands for. They need not be UTF-8 by themselves. Empty for control
    /// tokens and for numbers outside the vocabulary, which padded output matrices have.
    pub fn token_bytes(&self, id: TokenId) -> &[u8] {
        self.vocabulary.output(id)
    }

    /// The bytes that `tokens` stand for: the inverse of [`encode`](Self::encode), so the space which
    /// SentencePiece puts before a text is taken off again.
    pub fn decode(&self, tokens: &[TokenId]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut at_start = true;
        for id in tokens {
            let mut text = self.token_bytes(*id);
            if at_start && self.adds_space() {
                text = text.strip_prefix(b" ").unwrap_or(text);
            }
            // A prefix is added again after every token that the splitter cuts out.
            at_start = self.splitter.is_atomic(*id) || (at_start && self.token_bytes(*id).is_empty());
            bytes.extend_from_slice(text);
        }
        bytes
    }

    fn adds_space(&self) -> bool {
        match &self.model {
            Model::Bpe(_) => false,
            Model::SentencePiece(spm) => spm.adds_space(),
        }
    }

    /// Whether a model that produces this token has ended its turn.
    pub fn is_end_of_generation(&self, id: TokenId) -> bool {
        self.vocabulary.is_end(id)
    }

    /// How many tokens there are. Token numbers are below this.
    pub fn vocabulary_len(&self) -> usize {
        self.vocabulary.len()
    }

    /// The token that begins a text, if the file names one.
    pub fn begin_of_text(&self) -> Option<TokenId> {
        self.vocabulary.begin()
    }

    /// The token that ends a text, if the file names one.
    pub fn end_of_text(&self) -> Option<TokenId> {
        self.vocabulary.end()
    }

    /// What a token is for, or `None` outside the vocabulary.
    pub fn token_kind(&self, id: TokenId) -> Option<TokenKind> {
        self.vocabulary.kind(id)
    }

    /// The text of a token as the file spells it, such as `<|im_end|>`; `None` for ordinary tokens, whose
    /// bytes are [`token_bytes`](Self::token_bytes).
    pub fn special_text(&self, id: TokenId) -> Option<&str> {
        self.vocabulary.special_text(id)
    }

    /// The control token spelled `text`.
    pub fn control_token(&self, text: &str) -> Option<TokenId> {
        self.splitter.control_token(text)
    }

    /// Where control tokens are spelled out in `text`, in order and without overlap.
    pub fn control_spellings(&self, text: &str) -> Vec<Range<usize>> {
        self.splitter.control_spellings(text)
    }
}
