//! How a model reads and writes text: its tokenizer and its chat template.

use std::sync::Arc;

use crate::{
    ModelError,
    gguf::Metadata,
    template::{ChatTemplate, TemplateError},
    tokenizer::Tokenizer,
};

/// The text of a file whose header was read, as the header has it.
#[derive(Debug)]
pub struct UnreadText(pub(crate) Metadata);

/// A tokenizer, and a chat template where there is one.
#[derive(Debug)]
pub struct Text {
    pub(crate) tokenizer: Arc<Tokenizer>,
    pub(crate) chat_template: Result<ChatTemplate, TemplateError>,
}

impl UnreadText {
    /// Reads it.
    ///
    /// # Errors
    /// When the vocabulary is missing, malformed or of a kind that is not supported.
    pub fn read(self) -> Result<Text, ModelError> {
        let Self(metadata) = self;
        let tokenizer = Arc::new(Tokenizer::from_metadata(&metadata)?);
        let chat_template = ChatTemplate::from_metadata(&metadata, Arc::clone(&tokenizer));
        Ok(Text { tokenizer, chat_template })
    }
}
