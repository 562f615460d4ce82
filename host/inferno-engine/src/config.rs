//! The sizes an engine is run with.

use std::num::NonZeroU32;

/// How much an engine takes on at once. Every combination is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineConfig {
    /// Tokens in one step, decode and prefill together. Larger: prompts are read faster. Smaller: running answers
    /// stutter less while a prompt is read.
    pub max_batch_tokens: NonZeroU32,
    /// Tokens of one prompt in one step, so that a long prompt leaves room for a short one behind it.
    pub prefill_chunk: NonZeroU32,
    /// Requests that run at once. Never more than `max_batch_tokens`, so that every running answer gets its token
    /// in every step; the smaller of the two counts.
    pub max_sequences: NonZeroU32,
    /// Requests that wait beyond those that run; the next one is refused.
    pub max_waiting: u32,
}

impl EngineConfig {
    /// The cap on running requests that follows from both limits.
    pub(crate) fn running_cap(&self) -> usize {
        self.max_sequences.min(self.max_batch_tokens).get() as usize
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        let size = |n| NonZeroU32::new(n).expect("the default sizes below are not zero");
        Self {
            max_batch_tokens: size(512),
            prefill_chunk: size(256),
            max_sequences: size(32),
            max_waiting: 256,
        }
    }
}
