//! What can go wrong between a graph and a device.

use inferno_graph::WeightError;

/// Why a backend could not prepare or run.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// A weight is not there, is not what the graph declares, or cannot be read.
    #[error("a weight of the graph cannot be used")]
    Weight(#[from] WeightError),
    /// The backend has no kernel for this.
    #[error("the {backend} backend cannot run {what}")]
    Unsupported {
        /// The backend's name.
        backend: &'static str,
        /// The op, or an attribute of it.
        what: String,
    },
    /// The batch does not fit the executor.
    #[error("the batch cannot run: {reason}")]
    Batch {
        /// What does not fit.
        reason: String,
    },
    /// Not enough memory on the device.
    #[error("{bytes} bytes for {what} could not be allocated")]
    OutOfMemory {
        /// What for.
        what: &'static str,
        /// How much.
        bytes: usize,
    },
    /// The device failed.
    #[error("the device failed: {detail}")]
    Device {
        /// In the driver's words.
        detail: String,
    },
}
