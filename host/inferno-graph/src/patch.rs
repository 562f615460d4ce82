//! A patch: what an optimization pass asks to change.
//!
//! A patch is untrusted data. Its only way into a [`Graph`](crate::Graph) is `Graph::apply`, which builds a new
//! graph and leaves the old one as it was. What it means, in full:
//!
//! - `rewire` substitutes all at once: a use of `a` becomes a use of `b` even where `b` is rewired too.
//! - A removed value stands for what it is rewired to, wherever it is mentioned: by an added node, or as the target
//!   of a rewire. This is followed as far as it goes; going round in a circle is an error.
//! - An added node that reads a value which remains reads that value itself, rewired or not, and so can wrap it.
//! - Types of rewired values, of the logits and of every layer's cache stay as they are.

use serde::{Deserialize, Serialize};

use crate::{NodeId, Op, ValueId};

/// Nodes to remove, nodes to add, and uses of old values to redirect.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// Nodes of the old graph that disappear, with the values they produce.
    pub remove: Vec<NodeId>,
    /// Nodes that appear, in any order.
    pub add: Vec<NewNode>,
    /// Every remaining use of the first value, graph outputs included, becomes a use of the second.
    pub rewire: Vec<(ValueId, ValueRef)>,
}

/// A node that a patch adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewNode {
    /// What it computes.
    pub op: Op,
    /// What it reads, in the order its op documents.
    pub inputs: Vec<ValueRef>,
}

/// A value that exists, or that a patch brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueRef {
    /// A value of the old graph.
    Old(ValueId),
    /// Output `output` of the patch's node number `node`.
    New {
        /// Index into [`Patch::add`].
        node: u32,
        /// Which of its outputs.
        output: u32,
    },
}

impl Patch {
    /// Whether the patch changes nothing.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.add.is_empty() && self.rewire.is_empty()
    }
}
