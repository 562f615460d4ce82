//! What can go wrong in a call, and whose fault it is.
//!
//! Owns the line between a guest that broke ([`GuestFault`]) and a host that could not serve ([`HostFault`]).
//! Neither is to be confused with a pass that returns an error of its own: that is an answer.

use std::time::Duration;

use inferno_insight::{InvalidQuery, OpportunityDefect, ViewDefect};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::{PatchDefect, RunLimits, meter::Exceeded, text};

const REASON_BYTES: usize = 500;
const FRAMES: usize = 4;

/// The guest broke. Its store is gone; the server and the graph are as before.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GuestFault {
    /// An instruction that cannot be carried out, a panic among them.
    #[error("it trapped: {reason}")]
    Trap {
        /// The trap, and the innermost functions if the component names them.
        reason: String,
    },
    /// Too many instructions.
    #[error("it did not finish within {limit} instructions: an endless loop, or far too much work")]
    OutOfFuel {
        /// How many were allowed.
        limit: u64,
    },
    /// Too slow by the clock.
    #[error("it did not finish within {} s", limit.as_secs_f64())]
    DeadlineExceeded {
        /// How long it was allowed to take.
        limit: Duration,
    },
    /// Too much memory.
    #[error("it used more than {} of memory", Bytes(*limit))]
    MemoryLimit {
        /// Bytes that were allowed.
        limit: usize,
    },
    /// Too large a table.
    #[error("it grew a table beyond {limit} elements")]
    TableLimit {
        /// Elements that were allowed.
        limit: usize,
    },
    /// Calls nested too deeply.
    #[error("its calls nest too deeply: they used more than {} of stack", Bytes(*limit))]
    StackOverflow {
        /// Bytes that were allowed.
        limit: usize,
    },
    /// A list or a string too large to be read.
    #[error("it handed over more than {} at once", Bytes(*limit))]
    TooMuchData {
        /// Bytes that were allowed.
        limit: usize,
    },
    /// A patch with too many parts.
    #[error("its patch is too large")]
    PatchTooLarge(#[source] PatchDefect),
    /// What it handed over is no value of the promised type, or it allocates where it must not.
    #[error("it breaks the calling convention: {reason}")]
    CallingConvention {
        /// The words of the engine.
        reason: String,
    },
    /// A patch that refers to something that is not there.
    #[error("what it returned is no patch of this graph")]
    MalformedOutput(#[source] PatchDefect),
    /// A view that cannot be drawn.
    #[error("what it drew is no view")]
    View(#[source] ViewDefect),
    /// Findings that nobody should believe.
    #[error("what it found is refused")]
    Opportunities(#[source] OpportunityDefect),
    /// A query out of bounds.
    #[error("it asks for what cannot be answered")]
    InvalidQuery(#[source] InvalidQuery),
    /// More queries than anybody answers.
    #[error("it asks {found} queries at once, and at most {limit} are allowed")]
    TooManyQueries {
        /// How many.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A query for a metric that it never said it would read.
    #[error("it asks for the metric `{metric}`, which its signed manifest does not name")]
    ForeignMetric {
        /// The metric.
        metric: String,
    },
    /// A schema of settings that is none.
    #[error("its schema of settings cannot be used: {reason}")]
    Schema {
        /// Why.
        reason: String,
    },
    /// It says so itself.
    #[error("it reports an internal error: {reason}")]
    Internal {
        /// Its words, cleaned and cut.
        reason: String,
    },
}

/// The host could not run the guest. Not the guest's fault; worth another try or a look at the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostFault {
    /// All slots for instances are taken.
    #[error("too many plugins run at the same time; try again")]
    Busy,
    /// The graph has something that the contract cannot express.
    #[error("the plugin contract cannot express {what}")]
    NotExpressible {
        /// What it is.
        what: String,
    },
    /// Anything else.
    #[error("the WebAssembly engine failed: {reason}")]
    Engine {
        /// Its words.
        reason: String,
    },
}

/// Where an error of wasmtime arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Instantiate,
    Call,
}

/// A fault of either side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    Guest(GuestFault),
    Host(HostFault),
}

impl From<GuestFault> for Fault {
    fn from(fault: GuestFault) -> Self {
        Self::Guest(fault)
    }
}

impl From<HostFault> for Fault {
    fn from(fault: HostFault) -> Self {
        Self::Host(fault)
    }
}

impl From<PatchDefect> for Fault {
    fn from(defect: PatchDefect) -> Self {
        Self::Guest(match defect {
            PatchDefect::TooMany { .. } => GuestFault::PatchTooLarge(defect),
            _ => GuestFault::MalformedOutput(defect),
        })
    }
}

/// Reads whose fault an error of wasmtime is.
pub(crate) fn classify(error: &wasmtime::Error, phase: Phase, limits: &RunLimits) -> Fault {
    if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
        return match exceeded {
            Exceeded::Memory => GuestFault::MemoryLimit { limit: limits.memory_bytes }.into(),
            Exceeded::Table => GuestFault::TableLimit { limit: limits.table_elements }.into(),
            Exceeded::System => HostFault::Engine { reason: exceeded.to_string() }.into(),
        };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return HostFault::Busy.into();
    }
    let Some(trap) = error.downcast_ref::<Trap>() else { return without_trap(error, phase, limits) };
    Fault::Guest(match trap {
        Trap::OutOfFuel => GuestFault::OutOfFuel { limit: limits.fuel },
        Trap::Interrupt => GuestFault::DeadlineExceeded { limit: limits.wall_time },
        Trap::StackOverflow => GuestFault::StackOverflow { limit: limits.stack_bytes },
        Trap::InvalidChar
        | Trap::StringOutOfBounds
        | Trap::ListOutOfBounds
        | Trap::InvalidDiscriminant
        | Trap::UnalignedPointer => GuestFault::CallingConvention { reason: trap.to_string() },
        // The stack of compiled languages lies in memory and is checked by nobody.
        Trap::MemoryOutOfBounds => GuestFault::Trap {
            reason: format!("{}; too deep a recursion ends like this as well", trapped(*trap, error)),
        },
        _ => GuestFault::Trap { reason: trapped(*trap, error) },
    })
}

fn without_trap(error: &wasmtime::Error, phase: Phase, limits: &RunLimits) -> Fault {
    let reason = text::chain(error, REASON_BYTES);
    if phase == Phase::Instantiate {
        return HostFault::Engine { reason }.into();
    }
    // wasmtime gives this error no public type; a test over an oversized list notices when its words change.
    if reason.contains("fuel allocated for hostcalls") {
        return GuestFault::TooMuchData { limit: limits.transfer_bytes }.into();
    }
    // Guest code fails by traps only: what is left is the passing of arguments and results.
    GuestFault::CallingConvention { reason: text::clean(&error.root_cause().to_string(), REASON_BYTES) }
        .into()
}

/// The trap in wasmtime's words without its prefix, and where it happened.
fn trapped(trap: Trap, error: &wasmtime::Error) -> String {
    let message = trap.to_string();
    let mut reason = message.strip_prefix("wasm trap: ").unwrap_or(&message).to_owned();
    let frames = error.downcast_ref::<WasmBacktrace>().map_or(&[][..], WasmBacktrace::frames);
    let names: Vec<_> = frames
        .iter()
        .filter_map(|frame| frame.func_name())
        .take(FRAMES)
        .map(|n| text::clean(n, 80))
        .collect();
    if !names.is_empty() {
        reason = format!("{reason} (in {})", names.join(" < "));
    }
    reason
}

/// A number of bytes in the largest unit that divides it.
struct Bytes(usize);

impl std::fmt::Display for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        let unit = units.iter().find(|(size, _)| self.0 >= *size && self.0.is_multiple_of(*size));
        match unit {
            Some((size, name)) => write!(f, "{} {name}", self.0 / size),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_well() {
        let memory = |limit| GuestFault::MemoryLimit { limit }.to_string();
        assert_eq!(memory(64 << 20), "it used more than 64 MiB of memory");
        assert_eq!(memory(1000), "it used more than 1000 bytes of memory");
        let deadline = |ms| GuestFault::DeadlineExceeded { limit: Duration::from_millis(ms) }.to_string();
        assert_eq!(deadline(10_000), "it did not finish within 10 s");
        assert_eq!(deadline(250), "it did not finish within 0.25 s");
    }
}
