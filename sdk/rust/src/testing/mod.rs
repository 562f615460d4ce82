//! What tests of a pass need: small graphs, and patches as text.
//!
//! Owns shapes, not truth: whether a patch leaves the model's answers as they were is checked by the host, with
//! numbers. Not to be confused with `inferno-models`, which builds the graphs of real models.

mod builder;
mod describe;
mod llama;

pub use builder::TestGraph;
pub use describe::describe;
pub use llama::Llama;

use crate::Target;

/// A machine of no particular kind.
pub fn target() -> Target {
    Target { backend: "cpu".into(), device: "a test".into(), features: Vec::new(), parallelism: 1 }
}
