//! From the source of a plugin to a component: project templates, the compiler for WebAssembly, the encoder, and
//! recorded inputs to try a plugin on.
//!
//! Owns: how guests are compiled, so that the same sources give the same bytes in whatever folder they lie. Refuses:
//! signing and publishing, which are the marketplace's, and running what comes out, which is the plugin host's.
//! Easily confused with `inferno-plugin`, which is what a plugin is written with; this crate holds a copy of it and
//! puts it into every project.

pub mod compile;
mod error;
mod project;
pub mod recordings;
mod sdk;
pub mod templates;

pub use error::BuildError;
pub use project::{Built, Project, ProjectError};
