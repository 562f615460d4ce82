//! What a template is run on and what comes of it. Both cross the border between processes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

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
