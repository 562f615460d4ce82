//! The chat template: how a conversation becomes one text.
//!
//! A template is a program by whoever made the model, so it runs with bounded steps, memory, depth and output, reaches
//! nothing (no file, no clock, no other template), and in a server runs in a process of its own ([`Apart`]). Owns also the line
//! between what a template wrote and what a user wrote: the spelling of a control token inside a message stays text. Easily
//! confused with `tokenizer`, which turns the resulting [`Prompt`] into tokens.

mod apart;
mod error;
mod jinja;
mod job;
mod marks;
mod renderer;

use std::sync::Arc;

use inferno_types::TokenId;

pub use self::{
    apart::{Apart, answer},
    error::{Fault, RenderError, TemplateError},
    job::{ChatMessage, Job, TemplateLimits},
    marks::Prompt,
    renderer::{Here, Renderer},
};
use crate::{gguf::Metadata, tokenizer::Tokenizer};

/// The conversation format of SmolLM2, Qwen and many others, for files that use it but carry no template.
const CHATML: &str = "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content + \
     '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// A chat template and who runs it.
#[derive(Debug)]
pub struct ChatTemplate {
    source: String,
    tokenizer: Arc<Tokenizer>,
    limits: TemplateLimits,
    renderer: Arc<dyn Renderer>,
}

impl ChatTemplate {
    /// The template of a model file, or ChatML where the vocabulary has its markers but there is no template.
    ///
    /// # Errors
    /// When there is neither, or the template is too long.
    pub fn from_metadata(metadata: &Metadata, tokenizer: Arc<Tokenizer>) -> Result<Self, TemplateError> {
        let is_chatml =
            || ["<|im_start|>", "<|im_end|>"].iter().all(|t| tokenizer.control_token(t).is_some());
        let source = match metadata.str_or_none("tokenizer.chat_template")? {
            Some(source) => source,
            None if is_chatml() => CHATML,
            None => return Err(TemplateError::Missing),
        };
        Self::new(source, tokenizer, TemplateLimits::default())
    }

    /// A template in the dialect of Hugging Face: Jinja 2 with trimmed blocks and Python's methods. It is compiled when it is run, and
    /// until [`render_with`](Self::render_with) says otherwise it is run in this process.
    ///
    /// # Errors
    /// When it is too long.
    pub fn new(
        source: &str,
        tokenizer: Arc<Tokenizer>,
        limits: TemplateLimits,
    ) -> Result<Self, TemplateError> {
        if source.len() > limits.source_bytes {
            return Err(TemplateError::SourceLength { found: source.len(), limit: limits.source_bytes });
        }
        let renderer = Arc::new(Here::default());
        Ok(Self { source: source.to_owned(), tokenizer, limits, renderer })
    }

    /// Has it run by somebody else.
    pub fn render_with(&mut self, renderer: Arc<dyn Renderer>) {
        self.renderer = renderer;
    }

    /// Renders a conversation, and with `add_generation_prompt` the beginning of the model's turn.
    ///
    /// # Errors
    /// When the template is malformed, refuses the conversation, fails, or exceeds a limit.
    pub fn render(
        &self,
        messages: &[ChatMessage],
        add_generation_prompt: bool,
    ) -> Result<Prompt, TemplateError> {
        let protect = |text: &str| marks::protect(&self.tokenizer, text);
        let special =
            |id: Option<TokenId>| id.and_then(|id| self.tokenizer.special_text(id)).unwrap_or_default();
        let message = |m: &ChatMessage| ChatMessage { role: protect(&m.role), content: protect(&m.content) };
        let rendered = self.renderer.render(&Job {
            source: self.source.as_str().into(),
            limits: self.limits.clone(),
            messages: messages.iter().map(message).collect(),
            add_generation_prompt,
            begin_of_text: special(self.tokenizer.begin_of_text()).into(),
            end_of_text: special(self.tokenizer.end_of_text()).into(),
        })?;
        Ok(marks::unprotect(&rendered))
    }
}
