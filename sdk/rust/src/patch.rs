//! Building a patch without counting indices.

use std::collections::BTreeSet;

use crate::{NewNode, NewValue, NodeId, Op, Patch, Placed, Rewire, ValueId, ValueRef};

/// Collects what a pass asks to change.
///
/// # Design
/// The three lists of a [`Patch`] refer to one another by index. Here a node that is added hands out a handle to
/// its outputs, and a node may be removed by each of several matches that it takes part in.
#[derive(Debug, Clone, Default)]
pub struct PatchBuilder {
    remove: BTreeSet<NodeId>,
    add: Vec<NewNode>,
    rewire: Vec<Rewire>,
}

impl PatchBuilder {
    /// An empty patch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes a node with the values it produces. Removing it again changes nothing.
    pub fn remove(&mut self, node: Placed<'_>) {
        self.remove.insert(node.id);
    }

    /// Whether a node has been removed.
    pub fn removes(&self, node: Placed<'_>) -> bool {
        self.remove.contains(&node.id)
    }

    /// Adds a node that reads values of the old graph or of nodes added before.
    ///
    /// When it reads a value of a removed node, it reads what that value is rewired to.
    pub fn add(&mut self, op: Op, inputs: impl IntoIterator<Item = impl Into<ValueRef>>) -> Added {
        let node = self.add.len() as u32;
        self.add.push(NewNode { op, inputs: inputs.into_iter().map(Into::into).collect() });
        Added { node }
    }

    /// Turns every remaining use of `from` into a use of `to`, the output of the graph included.
    pub fn rewire(&mut self, from: ValueId, to: impl Into<ValueRef>) {
        self.rewire.push(Rewire { from, to: to.into() });
    }

    /// The patch; empty when nothing was asked for.
    pub fn finish(self) -> Patch {
        Patch { remove: self.remove.into_iter().collect(), add: self.add, rewire: self.rewire }
    }
}

/// A node that a patch adds. Where a value is wanted, its first output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    node: u32,
}

impl Added {
    /// One of its outputs, in the order its op documents.
    pub const fn output(self, output: u32) -> ValueRef {
        ValueRef::New(NewValue { node: self.node, output })
    }
}

impl From<Added> for ValueRef {
    fn from(added: Added) -> Self {
        added.output(0)
    }
}

impl From<ValueId> for ValueRef {
    fn from(value: ValueId) -> Self {
        Self::Old(value)
    }
}
