//! Why a vocabulary cannot be used, and why a text cannot be tokenized.

use crate::gguf::MetadataError;

/// Why metadata does not describe a tokenizer that is supported.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TokenizerError {
    /// An entry is missing or malformed.
    #[error("a tokenizer entry is missing or wrong")]
    Metadata(#[from] MetadataError),
    /// Another kind of tokenizer.
    #[error("tokenizer model `{found}` is not supported; supported are gpt2, llama")]
    Model {
        /// What `tokenizer.ggml.model` says.
        found: String,
    },
    /// Another way to cut a text into words.
    #[error("pre-tokenizer `{found}` is not supported; supported are {supported}")]
    PreTokenizer {
        /// What `tokenizer.ggml.pre` says.
        found: String,
        /// The names that are known.
        supported: String,
    },
    /// No token, or more than there are numbers for.
    #[error("the vocabulary has {found} tokens; it must have 1 to {limit}")]
    VocabularySize {
        /// How many.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A list that goes with the vocabulary has another length.
    #[error("`{key}` has {found} entries for {tokens} tokens")]
    Count {
        /// Its key.
        key: &'static str,
        /// Its length.
        found: usize,
        /// The length of the vocabulary.
        tokens: usize,
    },
    /// A token of absurd length.
    #[error("token {id} has {found} bytes; at most {limit} are allowed")]
    TokenLength {
        /// Its number.
        id: usize,
        /// Its length.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Two tokens of one text.
    #[error("tokens {first} and {second} are both {text:?}")]
    DuplicateToken {
        /// The lower number.
        first: u32,
        /// The higher number.
        second: u32,
        /// Their text.
        text: String,
    },
    /// A kind of token that GGUF does not define.
    #[error("token {id} has the unknown type {found}")]
    TokenType {
        /// Its number.
        id: usize,
        /// The type's number.
        found: i64,
    },
    /// A named token that does not exist.
    #[error("`{key}` is {found}, outside the vocabulary of {tokens} tokens")]
    TokenId {
        /// The key.
        key: &'static str,
        /// Its value.
        found: u32,
        /// The length of the vocabulary.
        tokens: usize,
    },
    /// A merge that is not two texts.
    #[error("merge {index} is {text:?}; it must be two texts with a space between")]
    MergeForm {
        /// Its place in `tokenizer.ggml.merges`.
        index: usize,
        /// What it says.
        text: String,
    },
    /// A merge of or into something that is no token.
    #[error("merge {index} names {text:?}, which is no token")]
    MergeToken {
        /// Its place in `tokenizer.ggml.merges`.
        index: usize,
        /// The text.
        text: String,
    },
    /// A score that cannot be compared.
    #[error("the score of token {id} is not a number")]
    Score {
        /// Its number.
        id: usize,
    },
    /// Special tokens beyond any reasonable size.
    #[error("special tokens take {found} bytes; at most {limit} are allowed")]
    SpecialBytes {
        /// Their length together.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The special tokens cannot be searched for.
    #[error("cannot build the search for special tokens")]
    Search(#[source] std::sync::Arc<aho_corasick::BuildError>),
}

/// Why a text was not tokenized.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenizeError {
    /// More text than any context holds.
    #[error("the text has {found} bytes; at most {limit} are tokenized")]
    TooLong {
        /// Its length.
        found: usize,
        /// The limit.
        limit: usize,
    },
}
