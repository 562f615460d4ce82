//! Files for tests: a writer of GGUF, and tiny models that are complete.
//!
//! The writer writes what it is told, sound or not; it is no way to publish a model.

mod tiny;
mod writer;

pub use tiny::TinyModel;
pub use writer::{GgufWriter, RawTensor};
