//! Small random models for tests of this crate and of those above it (feature `test-support`).
//!
//! Everything here is the real thing in small: weights are encoded as files encode them, graphs pass the builder.

mod tiny_llama;
mod weights;

pub use tiny_llama::TinyLlama;
pub use weights::MapWeights;
