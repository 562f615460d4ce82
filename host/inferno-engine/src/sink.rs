//! What an operator may watch an engine do.
//!
//! Owned here and adapted by the root, so that this crate knows no telemetry. Calls come from the engine's thread
//! between two steps: an implementation counts or enqueues and returns; it must not block.

use std::time::Duration;

use inferno_types::{FinishReason, RequestId};

use crate::{RequestFault, Timings, Usage};

/// Receives observations.
pub trait EventSink: Send + Sync {
    /// Takes note of one.
    fn observe(&self, observation: &Observation<'_>);
}

/// Something an engine did. All durations are measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation<'a> {
    /// A request was accepted.
    Queued {
        /// Which.
        request: RequestId,
        /// Its tokens.
        prompt_tokens: u32,
    },
    /// A request got its memory and runs from the next step on.
    Started {
        /// Which.
        request: RequestId,
        /// How long it waited.
        queued: Duration,
    },
    /// A request that starts begins with tokens that were computed before.
    PrefixReused {
        /// Which.
        request: RequestId,
        /// How many tokens of its prompt need not be computed again.
        tokens: u32,
    },
    /// A running request gave its memory up to others, and waits to go on where it was.
    Preempted {
        /// Which.
        request: RequestId,
    },
    /// A request that was preempted runs again.
    Resumed {
        /// Which.
        request: RequestId,
    },
    /// A request's first token.
    FirstToken {
        /// Whose.
        request: RequestId,
        /// Since submission.
        after: Duration,
    },
    /// Any later token.
    Token {
        /// Whose.
        request: RequestId,
        /// Since the token before it.
        after: Duration,
    },
    /// A request was completed.
    Finished {
        /// Which.
        request: RequestId,
        /// Why.
        reason: FinishReason,
        /// Its tokens.
        usage: Usage,
        /// Its times.
        timings: Timings,
    },
    /// A request could not be completed.
    Failed {
        /// Which.
        request: RequestId,
        /// Why.
        fault: &'a RequestFault,
    },
    /// A request was cancelled, waiting or running; its memory is free again.
    Cancelled {
        /// Which.
        request: RequestId,
    },
    /// A request's deadline passed, waiting or running; its memory is free again.
    Expired {
        /// Which.
        request: RequestId,
    },
    /// A step that had work was done.
    Step {
        /// Of the whole step.
        duration: Duration,
        /// The part of it that the executor took.
        executing: Duration,
        /// Requests that it was about.
        sequences: u32,
        /// Prompt tokens that were read. Of those that several steps read together, each step has the part that it did.
        prefill_tokens: u32,
        /// Answer tokens that were computed.
        decode_tokens: u32,
    },
}

/// Watches nothing.
pub(crate) struct NoSink;

impl EventSink for NoSink {
    fn observe(&self, _: &Observation<'_>) {}
}
