//! From hyperparameters and declared weights to a computation graph.
//!
//! Owns the names that weights have in a file and the order of operations of each family. Refuses to fuse
//! anything: that is what optimization passes are for.

mod llama;

pub use llama::{ArchError, build_graph};
