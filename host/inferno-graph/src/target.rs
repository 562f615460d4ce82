//! The hardware a graph is to run on, as a pass is told of it.

use serde::{Deserialize, Serialize};

/// A description of a backend on this machine. Part of the key under which an optimization is cached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The backend: `cpu`, `cuda`, `wgpu`.
    pub backend: String,
    /// The device, in its maker's words.
    pub device: String,
    /// Instruction sets or device features the backend will use, sorted.
    pub features: Vec<String>,
    /// Threads, or compute units.
    pub parallelism: u32,
}
