//! Who runs templates, and on what.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{
    error::{RenderError, TemplateError},
    jinja::Jinja,
};

/// Runs templates: here ([`Here`]), or in a process apart ([`Apart`](super::Apart)).
pub trait Renderer: fmt::Debug + Send + Sync {
    /// What the template of a job writes.
    ///
    /// # Errors
    /// When it is malformed, refuses the conversation, fails, or exceeds a limit.
    fn render(&self, job: &Job<'_>) -> Result<String, TemplateError>;
}

/// What one rendering may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateLimits {
    /// Bytes of the template itself.
    pub source_bytes: usize,
    /// Steps of the template engine, where a step also buys 64 bytes; more is granted per byte of the messages.
    pub steps: u64,
    /// Nesting of loops, blocks and macros.
    pub depth: usize,
    /// Bytes of output beyond a few times those of the messages.
    pub output_bytes: usize,
}

impl Default for TemplateLimits {
    fn default() -> Self {
        Self { source_bytes: 1 << 20, steps: 500_000, depth: 128, output_bytes: 1 << 20 }
    }
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks: `system`, `user`, `assistant`, or what else the template knows.
    pub role: String,
    /// What is said.
    pub content: String,
}

/// A template and what it is run on.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job<'a> {
    pub(super) source: Cow<'a, str>,
    pub(super) limits: TemplateLimits,
    pub(super) messages: Vec<ChatMessage>,
    pub(super) add_generation_prompt: bool,
    pub(super) begin_of_text: Cow<'a, str>,
    pub(super) end_of_text: Cow<'a, str>,
}

/// What a template wrote, in how many steps.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) steps: u64,
}

/// Runs templates in this process, which those that nest too deeply can end: for templates that are trusted, and for tests.
#[derive(Debug, Default)]
pub struct Here {
    /// The last source, compiled.
    compiled: Mutex<Option<(String, Arc<Jinja>)>>,
}

impl Here {
    pub(super) fn run(&self, job: &Job<'_>) -> Result<Rendered, RenderError> {
        let jinja = {
            let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
            match &*compiled {
                Some((source, jinja)) if *source == job.source => Arc::clone(jinja),
                _ => {
                    let jinja = Arc::new(Jinja::compile(&job.source)?);
                    *compiled = Some((job.source.clone().into_owned(), Arc::clone(&jinja)));
                    jinja
                }
            }
        };
        jinja.render(job)
    }
}

impl Renderer for Here {
    fn render(&self, job: &Job<'_>) -> Result<String, TemplateError> {
        Ok(self.run(job)?.text)
    }
}
