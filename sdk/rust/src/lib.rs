//! Write an Inferno plugin: a trait to implement and one macro line.
//!
//! ```
//! use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Target, View};
//!
//! struct DropIdentities;
//!
//! impl OptimizationPass for DropIdentities {
//!     fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
//!         let mut patch = PatchBuilder::new();
//!         for node in View::new(graph).nodes().filter(|node| *node.op == Op::Identity) {
//!             patch.remove(node);
//!             patch.rewire(node.output(), node.input());
//!         }
//!         Ok(patch.finish())
//!     }
//! }
//!
//! inferno_plugin::optimization_pass!(DropIdentities);
//! ```
//!
//! Owns the guest's side of the contract in `wit/`: its types under friendly names, and what makes a pass read
//! like prose. Refuses to decide anything: whether a patch is right is the host's to say. A plugin sees no
//! file, clock, socket or random number, since nothing here imports them. Not to be confused with
//! `inferno-plugin-host`, which is the other side of the same contract.
//!
//! Everything also compiles for the machine you work on, so that `cargo test` tries a pass without WebAssembly.

mod bindings;
pub mod log;
mod pass;
mod patch;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod view;

pub use bindings::exports::inferno::plugin::pass::PassError;
pub use bindings::inferno::plugin::graph::{
    Attention, Dtype, Elem, GatedMatmul, Graph, Lead, Matmul, NewNode, NewValue, Node, NodeId, Norm, Op,
    Patch, Rewire, Rope, RopeScaling, RopeStyle, Slice, Target, ValueId, ValueRef, ValueType, Weight, Yarn,
};
pub use pass::OptimizationPass;
pub use patch::{Added, PatchBuilder};
pub use view::{Placed, View};

/// What the macros of this crate expand to. No part of its interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::{export_optimization_pass, exports};
}
