//! Questions to a graph: who makes a value, who uses it, which weight is that.
//!
//! Owns indices over a graph that it borrows. Refuses to change it: that is [`PatchBuilder`](crate::PatchBuilder).

use std::collections::BTreeMap;

use crate::{Graph, Node, NodeId, Op, ValueId, Weight};

/// A graph with its producers, users and weights indexed.
///
/// Ids come from the graph itself, which the host has checked: those of another graph panic.
#[derive(Debug, Clone)]
pub struct View<'g> {
    graph: &'g Graph,
    producers: Vec<Option<NodeId>>,
    users: Vec<Vec<NodeId>>,
    weights: BTreeMap<&'g str, &'g Weight>,
}

impl<'g> View<'g> {
    /// Indexes a graph, in time linear in its size.
    pub fn new(graph: &'g Graph) -> Self {
        let mut producers = vec![None; graph.values.len()];
        let mut users = vec![Vec::new(); graph.values.len()];
        for (id, node) in (0..).zip(&graph.nodes) {
            for output in &node.outputs {
                producers[*output as usize] = Some(id);
            }
            for input in &node.inputs {
                users[*input as usize].push(id);
            }
        }
        let weights = graph.weights.iter().map(|w| (w.name.as_str(), w)).collect();
        Self { graph, producers, users, weights }
    }

    /// All nodes, in topological order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = Placed<'g>> + ExactSizeIterator + use<'g> {
        let nodes: &'g [Node] = &self.graph.nodes;
        nodes.iter().enumerate().map(|(id, node)| Placed::new(id as NodeId, node))
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> Placed<'g> {
        Placed::new(id, &self.graph.nodes[id as usize])
    }

    /// The node that makes a value; `None` for an input of the graph.
    pub fn producer(&self, value: ValueId) -> Option<Placed<'g>> {
        self.producers[value as usize].map(|id| self.node(id))
    }

    /// The nodes that read a value, in topological order; one that reads it twice stands there twice.
    pub fn users(&self, value: ValueId) -> impl ExactSizeIterator<Item = Placed<'g>> {
        self.users[value as usize].iter().map(|id| self.node(*id))
    }

    /// Whether a value is what the graph is there to compute.
    pub fn is_output(&self, value: ValueId) -> bool {
        value == self.graph.logits
    }

    /// Whether a value is read exactly once, and is not an output. What makes it can then go with what reads it.
    pub fn is_used_once(&self, value: ValueId) -> bool {
        self.users[value as usize].len() == 1 && !self.is_output(value)
    }

    /// The length of a row of a value.
    pub fn width(&self, value: ValueId) -> u32 {
        self.graph.values[value as usize].width
    }

    /// The weight of that name.
    pub fn weight(&self, name: &str) -> Option<&'g Weight> {
        self.weights.get(name).copied()
    }

    /// The output features of several matrices laid side by side; `None` when one of them does not exist.
    pub fn rows(&self, weights: &[String]) -> Option<u32> {
        weights.iter().map(|name| self.weight(name).map(|w| w.rows)).sum()
    }
}

/// A node and its place in its graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed<'g> {
    /// Its place.
    pub id: NodeId,
    /// What it computes.
    pub op: &'g Op,
    /// What it reads, in the order its op documents.
    pub inputs: &'g [ValueId],
    /// What it produces, in the order its op documents.
    pub outputs: &'g [ValueId],
}

impl<'g> Placed<'g> {
    const fn new(id: NodeId, node: &'g Node) -> Self {
        Self { id, op: &node.op, inputs: node.inputs.as_slice(), outputs: node.outputs.as_slice() }
    }

    /// Its first input: what most ops call `x`.
    pub const fn input(&self) -> ValueId {
        self.inputs[0]
    }

    /// Its first output; the only one of most ops.
    pub const fn output(&self) -> ValueId {
        self.outputs[0]
    }
}
