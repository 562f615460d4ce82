//! The only place that runs components: stores, limits, grants and the code cache.
//!
//! Owns: the wasmtime engine and its settings, what a component may be and may import, the limits of a call, the
//! faults a guest can commit, the log that guests write to, the cache of compiled code, and the figures about all
//! of it. Refuses: bytes that are not a [`Verified<Component>`](inferno_trust::Verified), WASI in any form, async,
//! and every opinion about what plugins say: whether a patch is right is for `inferno-graph` to find out. Easily confused
//! with `inferno-trust`, which says who made a component and never looks inside it.

mod analyzer;
mod backoff;
mod bindings;
mod call_error;
mod code_cache;
mod convert;
mod engine;
mod exchange;
mod fault;
mod gate;
mod host;
mod identity;
mod inspect;
mod json;
mod limits;
mod load;
mod log;
mod meter;
mod pass;
mod plugin;
mod stats;
mod text;
mod ticker;
mod trial;
mod widget;
mod world;

pub use analyzer::Analyzer;
pub use backoff::{BackoffRule, Health};
pub use call_error::CallError;
pub use convert::PatchDefect;
pub use fault::{GuestFault, HostFault};
pub use host::{HostConfig, HostError, PluginHost};
pub use identity::PluginIdentity;
pub use inspect::{ComponentFacts, inspect_component};
pub use json::{graph_json, target_json};
pub use limits::{CodeLimits, InputLimits, Limits, LogLimits, PatchLimits, RunLimits};
pub use load::LoadError;
pub use pass::OptimizationPass;
pub use stats::{CacheStats, PluginReport, PluginStats, Usage};
pub use widget::Widget;
