//! The scheduler, KV blocks and sampling: synchronous and steppable.
//!
//! Owns: which request runs when, which block of the KV cache belongs to whom, how the next token is chosen, how
//! tokens become text, and the thread that all of this happens on. Refuses: tokenizing and chat templates
//! (`inferno-models`), the wire (`inferno-http`), metrics (the root adapts [`EventSink`] to `inferno-telemetry`)
//! and any notion of a device. Easily confused with `inferno-backend`, whose executor runs the batch that this
//! crate decides on.
//!
//! Two layers: [`Engine`] does nothing until [`Engine::step`] is called and is what the tests exercise;
//! [`EngineHandle`] owns one engine on one thread and is what a server talks to.
//!
//! Invariants: a block that others may read is never written; the first of the running requests never waits for
//! memory, and each becomes the first in the end; requests of one priority start in the order in which they arrived
//! (but for those that stand back while another computes what both begin with), and none is overtaken by more than
//! [`MOST_OVERTAKEN`] later ones; what a request says depends on its prompt, its parameters and its seed, never on
//! its neighbours in the batch, nor on what was computed before or taken from it and computed again (as far as the
//! backend's arithmetic does not either).

mod blocks;
mod budget;
mod config;
mod engine;
mod events;
mod queue;
mod request;
mod runner;
mod sampler;
mod schedule;
mod sequence;
mod sink;
mod stop;
mod text;
mod vocabulary;

#[cfg(any(test, feature = "test-support"))]
pub mod test_support;
#[cfg(test)]
mod tests;

pub use config::{EngineConfig, HastyStep, InvalidConfig, LatencyBudget};
pub use engine::{Engine, EngineFault, EngineStats};
pub use events::{Event, EventKind, RequestFault, Timings, TokenEvent, TokenLogprob, TopToken, Usage};
pub use queue::MOST_OVERTAKEN;
pub use request::{InvalidRequest, Priority, Rejected, Request, StopStrings, TopLogprobs};
pub use runner::{EngineHandle, EngineState, EventStream, RunnerConfig, SubmitError};
pub use sink::{EventSink, Observation};
pub use vocabulary::Vocabulary;
