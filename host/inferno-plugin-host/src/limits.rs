//! How much a component may be, use and hand over. Every one of them has these limits; none can ask for more.
//!
//! Owns the numbers and why they are what they are. Easily confused with `inferno_package::Capability`: that is
//! what a component may *do*, and is requested and granted.

use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// All limits of one kind of plugin. The defaults suit optimization passes, which are called once, before anybody waits
/// for an answer; see [`Limits::beside_streams`] for the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// What its bytes may hold, checked before anything is compiled.
    pub code: CodeLimits,
    /// What one call may use.
    pub run: RunLimits,
    /// What one call may write to the log.
    pub log: LogLimits,
}

impl Limits {
    /// Those of widgets and analyzers, which are called again and again while answers are generated.
    ///
    /// A widget that was written in Rust draws a chart of 60 values with 37,000 instructions in 1.1 MiB, and reads as many
    /// values as may be handed to it with 15,000,000 in 5.5 MiB.
    pub fn beside_streams() -> Self {
        let run = RunLimits {
            memory_bytes: 16 * MIB,
            fuel: 100_000_000,
            wall_time: Duration::from_millis(250),
            ..RunLimits::default()
        };
        let log = LogLimits { lines: 5, bytes: 2 * KIB, ..LogLimits::default() };
        Self { code: CodeLimits::default(), run, log }
    }
}

impl Limits {
    /// Those of an optimization pass that is run beside streams, once, because somebody wants to see what it does.
    pub fn trial() -> Self {
        let beside = Self::beside_streams();
        let run = RunLimits { fuel: 500_000_000, wall_time: Duration::from_secs(1), ..RunLimits::default() };
        Self { run, ..beside }
    }
}

/// What the bytes of a component may hold.
///
/// Compilation cannot be interrupted, so its cost is bounded here: it grows with the code, and faster than
/// linearly only within one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLimits {
    /// Bytes of the component. Default 8 MiB; a pass written in Rust has 100 KiB.
    pub component_bytes: usize,
    /// Functions in all modules together. Default 20,000.
    pub functions: u32,
    /// Bytes of one function's body. Default 128 KiB; compilers emit such only for enormous switches.
    pub function_bytes: u32,
    /// Locals of one function. Default 10,000.
    pub function_locals: u32,
    /// Modules and components inside the component, at any depth. Default 64; a Rust guest has three.
    pub nested: u32,
    /// How deep components may be nested. Default 4.
    pub depth: u32,
    /// Types, imports, exports and instances declared by components, at any depth. Default 10,000.
    pub declarations: u32,
}

impl Default for CodeLimits {
    fn default() -> Self {
        Self {
            component_bytes: 8 * MIB,
            functions: 20_000,
            function_bytes: 128 * KIB as u32,
            function_locals: 10_000,
            nested: 64,
            depth: 4,
            declarations: 10_000,
        }
    }
}

/// What one call may use. A call has a store of its own, so these count from zero each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLimits {
    /// Bytes of all linear memories together. Default 64 MiB.
    pub memory_bytes: usize,
    /// Elements of one table. Default 10,000.
    pub table_elements: usize,
    /// Bytes of the native stack. Default 512 KiB, which fits the smallest main thread we run on. All kinds share one
    /// engine, so the largest of theirs holds for all.
    pub stack_bytes: usize,
    /// Instructions, roughly: wasmtime's fuel, with one more unit per byte of a bulk copy. The same input uses
    /// the same fuel on every machine. Default 2,000,000,000; `fuse-qkv` uses 1,900,000 on a graph of 484 nodes.
    pub fuel: u64,
    /// Time on the clock, for what fuel does not see. Default 10 s.
    pub wall_time: Duration,
    /// Bytes, as Rust lays them out, that a guest may hand over in one call or return. Default 16 MiB.
    pub transfer_bytes: usize,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 * MIB,
            table_elements: 10_000,
            stack_bytes: 512 * KIB,
            fuel: 2_000_000_000,
            wall_time: Duration::from_secs(10),
            transfer_bytes: 16 * MIB,
        }
    }
}

/// What one call may write to the log. What exceeds it is dropped and counted, never a reason to kill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLimits {
    /// Lines. Default 100.
    pub lines: u32,
    /// Bytes of one line; the rest of it is cut. Default 500.
    pub line_bytes: usize,
    /// Bytes of all lines together. Default 16 KiB.
    pub bytes: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { lines: 100, line_bytes: 500, bytes: 16 * KIB }
    }
}

/// What may be handed to a widget or an analyzer in one call. More is the caller's mistake, not the guest's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputLimits {
    /// Bytes of the settings. Default 16 KiB.
    pub settings_bytes: usize,
    /// Frames, and so queries. Default 16.
    pub frames: usize,
    /// Series in all frames together. Default 5,000.
    pub series: usize,
    /// Times and values in all frames together. Default 200,000.
    pub values: usize,
}

impl Default for InputLimits {
    fn default() -> Self {
        Self { settings_bytes: 16 * KIB, frames: 16, series: 5_000, values: 200_000 }
    }
}

/// What a patch may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchLimits {
    /// Nodes it adds. Default 16,384: five times the nodes of the largest models.
    pub nodes: usize,
    /// Inputs of one node. Default 8; no op takes more than three.
    pub inputs: usize,
    /// Weights or biases that one node lays side by side. Default 64.
    pub weights: usize,
}

impl Default for PatchLimits {
    fn default() -> Self {
        Self { nodes: 16_384, inputs: 8, weights: 64 }
    }
}
