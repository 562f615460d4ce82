//! Write an Inferno plugin: a trait to implement and one macro line.
//!
//! A pass rewrites the computation graph of a model when it is loaded:
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
//! A widget draws metrics on a board ([`widget`], [`settings`]):
//!
//! ```
//! use inferno_plugin::{
//!     Widget,
//!     metrics::{Frame, Query, Unit, latest},
//!     widget::{Stat, Theme, View, ViewBuilder, Viewport, WidgetError},
//! };
//!
//! struct Waiting;
//!
//! impl Widget for Waiting {
//!     type Settings = ();
//!
//!     fn queries((): &()) -> Vec<Query> {
//!         vec![Query::max("inferno_requests_waiting", 60, 1)]
//!     }
//!
//!     fn render((): &(), frames: &[Frame], _: Viewport, _: Theme) -> Result<View, WidgetError> {
//!         let waiting = frames[0].sum("model", "");
//!         let now = Stat::new("Waiting", latest(&waiting), Unit::Requests, frames[0].provenance);
//!         let mut view = ViewBuilder::new();
//!         view.stat(now.trend(waiting));
//!         Ok(view.finish())
//!     }
//! }
//!
//! inferno_plugin::widget!(Waiting);
//! ```
//!
//! An analyzer reads metrics and finds what could be better ([`analyzer`]).
//!
//! Owns the guest's side of the contract in `wit/`: its types under friendly names, and what makes a plugin read
//! like prose. Refuses to decide anything: whether a patch, a view or a finding is right is the host's to say. A plugin
//! sees no file, clock, socket or random number, since nothing here imports them. Not to be confused with
//! `inferno-plugin-host`, which is the other side of the same contract.
//!
//! Everything also compiles for the machine you work on, so that `cargo test` tries a plugin without WebAssembly.

pub mod analyzer;
mod bindings;
pub mod log;
pub mod metrics;
mod pass;
mod patch;
pub mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
mod view;
pub mod widget;

pub use analyzer::Analyzer;
pub use bindings::pass::{
    exports::inferno::plugin::pass::PassError,
    inferno::plugin::graph::{
        Attention, Dtype, Elem, GatedMatmul, Graph, Lead, Matmul, NewNode, NewValue, Node, NodeId, Norm, Op,
        Patch, Rewire, Rope, RopeScaling, RopeStyle, Slice, Target, ValueId, ValueRef, ValueType, Weight,
        Yarn,
    },
};
pub use pass::OptimizationPass;
pub use patch::{Added, PatchBuilder};
pub use view::{Placed, View};
pub use widget::Widget;

/// What the macros of this crate expand to. No part of its interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::{analyzer, pass, widget};
}
