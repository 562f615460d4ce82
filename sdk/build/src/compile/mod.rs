//! From crates to components: a compiler for WebAssembly, flags that make builds repeatable, and the encoder.
//!
//! Owns the way of one cargo workspace of guests to its components. Refuses to know what a project or a manifest of
//! a package is: that is [`Project`](crate::Project).

mod compiler;
#[cfg(unix)]
mod debian;
mod encode;
mod guests;
mod process;
mod repeatable;
#[cfg(unix)]
mod sysroot;

pub use compiler::Compiler;
pub use encode::{component, exports, imports, imports_only_the_contract};
pub use guests::{Guests, Module, Targets};

/// What components are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";
