//! The world `optimization-pass` as Rust types: generated from `wit/`, do not edit.
//!
//! Owns the only `bindgen!` of the workspace. Nothing outside `convert` and `pass` names these types; everybody
//! else sees those of `inferno-graph`.

wasmtime::component::bindgen!({
    path: "../../wit/0.1",
    world: "optimization-pass",
});

pub(crate) use exports::inferno::plugin::pass::PassError;
pub(crate) use inferno::plugin::{graph, log};
