//! An engine on a thread of its own, and how async code talks to it.
//!
//! Every queue is bounded and has an answer for being full: commands and waiting requests are answered with
//! [`SubmitError::Busy`], events that are not read end their request. So neither side can hold the other up, and
//! the engine never waits for a client.

mod handle;
mod stream;
mod thread;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

pub use handle::EngineHandle;
pub use stream::EventStream;

use crate::Rejected;

/// The sizes of a runner's queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunnerConfig {
    /// Commands that may wait while a step runs.
    pub commands: NonZeroUsize,
    /// Events of one request that may wait to be read. One more slot is kept for the last one.
    pub events: NonZeroUsize,
}

impl Default for RunnerConfig {
    fn default() -> Self {
        let size = |n| NonZeroUsize::new(n).expect("the default sizes below are not zero");
        Self { commands: size(64), events: size(256) }
    }
}

/// Whether an engine takes requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineState {
    /// It does.
    Ready,
    /// It completes what it accepted and takes no more.
    Draining,
    /// It was shut down.
    Stopped,
    /// Its executor failed or its thread panicked.
    Failed {
        /// What happened.
        reason: Arc<str>,
    },
}

impl EngineState {
    fn is_final(&self) -> bool {
        matches!(self, Self::Stopped | Self::Failed { .. })
    }
}

/// Why a request was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The queue is full.
    #[error("the server is busy; try again in {} s", retry_after.as_secs())]
    Busy {
        /// An estimate of when a place becomes free: how long recent requests ran, divided by how many run at once;
        /// whole seconds, at least 1 and at most 60.
        retry_after: Duration,
    },
    /// The engine does not take this request.
    #[error("the request cannot be served")]
    Rejected(#[source] Rejected),
    /// The engine is draining or stopped.
    #[error("the server is shutting down; send the request to another one, or again later")]
    ShuttingDown,
    /// The engine failed.
    #[error("the engine failed: {reason}; restart it")]
    Failed {
        /// What happened.
        reason: Arc<str>,
    },
}
