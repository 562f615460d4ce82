//! The only place that runs components: stores, limits, grants and the code cache.
//!
//! Owns: the wasmtime engine and its settings, what a component may be and may import, the limits of a call, the
//! faults a guest can commit, the log that guests write to, the cache of compiled code, and the figures about all
//! of it. Refuses: bytes that are not a [`Verified<Component>`](inferno_trust::Verified), WASI in any form, async,
//! and every opinion about patches: whether a patch is right is for `inferno-graph` to find out. Easily confused
//! with `inferno-trust`, which says who made a component and never looks inside it.

mod bindings;
mod code_cache;
mod convert;
mod engine;
mod fault;
mod host;
mod inspect;
mod limits;
mod load;
mod log;
mod meter;
mod pass;
mod stats;
mod text;
mod ticker;

pub use convert::PatchDefect;
pub use fault::{GuestFault, HostFault};
pub use host::{HostConfig, HostError, PluginHost};
pub use limits::{CodeLimits, Limits, LogLimits, PatchLimits, RunLimits};
pub use load::LoadError;
pub use pass::OptimizationPass;
pub use stats::{CacheStats, PluginReport, PluginStats, Usage};
