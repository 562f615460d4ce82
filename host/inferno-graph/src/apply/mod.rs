//! From an untrusted [`Patch`] to a new checked [`Graph`], or to the reason why not.
//!
//! Owns what a patch means. Refuses to judge whether the new graph computes the same: that is `validate`.
//! The new graph keeps the order of the old nodes where data flow allows; an added node comes right before its
//! first reader. Nodes that nothing reads any more stay: removing them is a pass of its own.

mod order;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use order::{NodeRef, Source};

use crate::{
    Graph, GraphBuilder, GraphError, NodeId, Op, Patch, ValueId, ValueRef, ValueType, cost::StaticCost,
};

/// The most nodes a patch may add.
pub const MAX_ADDED: usize = 1 << 16;
/// The most inputs, and the most weights, that an added node may name.
pub const MAX_OPERANDS: usize = 64;
/// How many times the old graph's static cost the new one may have.
pub const MAX_GROWTH: u64 = 4;

impl Graph {
    /// The graph that this patch asks for; this one stays as it is.
    ///
    /// # Errors
    /// The first thing in the patch that does not hold.
    pub fn apply(&self, patch: &Patch) -> Result<Self, PatchError> {
        Patcher::new(self, patch)?.build()
    }
}

/// Applies several patches, each to the result of the one before it.
///
/// # Errors
/// As [`Graph::apply`], with the index of the patch.
pub fn replay(graph: &Graph, patches: &[Patch]) -> Result<Graph, ReplayError> {
    let mut graph = graph.clone();
    for (index, patch) in patches.iter().enumerate() {
        graph = graph.apply(patch).map_err(|source| ReplayError { index, source })?;
    }
    Ok(graph)
}

struct Patcher<'a> {
    graph: &'a Graph,
    patch: &'a Patch,
    /// Which old node makes each old value.
    producers: Vec<Option<NodeId>>,
    removed: Vec<bool>,
    rewired: BTreeMap<ValueId, ValueRef>,
}

impl<'a> Patcher<'a> {
    fn new(graph: &'a Graph, patch: &'a Patch) -> Result<Self, PatchError> {
        if patch.add.len() > MAX_ADDED {
            return Err(PatchError::TooManyNodes { found: patch.add.len() });
        }
        let mut removed = vec![false; graph.nodes().len()];
        for node in &patch.remove {
            let slot = removed.get_mut(node.index()).ok_or(PatchError::UnknownNode { node: *node })?;
            if std::mem::replace(slot, true) {
                return Err(PatchError::RemovedTwice { node: *node });
            }
        }
        let producers = graph.producers();
        let mut patcher = Self { graph, patch, producers, removed, rewired: BTreeMap::new() };
        for (index, node) in patch.add.iter().enumerate() {
            let found = node.inputs.len().max(node.op.weights().len());
            if found > MAX_OPERANDS {
                return Err(PatchError::TooManyOperands { node: index, found });
            }
            node.inputs.iter().try_for_each(|input| patcher.known(*input))?;
        }
        for (from, to) in &patch.rewire {
            patcher.known(ValueRef::Old(*from))?;
            patcher.known(*to)?;
            if patcher.rewired.insert(*from, *to).is_some() {
                return Err(PatchError::RewiredTwice { value: *from });
            }
        }
        Ok(patcher)
    }

    fn known(&self, value: ValueRef) -> Result<(), PatchError> {
        let known = match value {
            ValueRef::Old(id) => id.index() < self.graph.values().len(),
            ValueRef::New { node, output } => {
                self.patch.add.get(node as usize).is_some_and(|n| (output as usize) < n.op.outputs())
            }
        };
        if known { Ok(()) } else { Err(PatchError::UnknownValue { value: Shown(value) }) }
    }

    /// What a mention of a value stands for in the new graph: itself if it is there, else what its producer's
    /// removal left in its place, and so on.
    fn settle(&self, mentioned: ValueRef, reader: &dyn Fn() -> String) -> Result<Source, PatchError> {
        let mut value = mentioned;
        // Each step follows another rewire; more steps than rewires means going round.
        for _ in 0..=self.rewired.len() {
            let id = match value {
                ValueRef::New { node, output } => return Ok(Source::Node(NodeRef::Added(node), output)),
                ValueRef::Old(id) => id,
            };
            let Some(producer) = self.producers[id.index()] else { return Ok(Source::Input(id)) };
            if !self.removed[producer.index()] {
                return Ok(Source::Node(NodeRef::Old(producer), self.output_index(producer, id)));
            }
            value = *self.rewired.get(&id).ok_or_else(|| PatchError::RemovedValue {
                value: id,
                node: producer,
                reader: reader(),
            })?;
        }
        Err(PatchError::RewireCycle { value: Shown(mentioned) })
    }

    /// What a use in the old graph becomes.
    fn redirect(&self, used: ValueId, reader: &dyn Fn() -> String) -> Result<Source, PatchError> {
        self.settle(self.rewired.get(&used).copied().unwrap_or(ValueRef::Old(used)), reader)
    }

    fn output_index(&self, node: NodeId, value: ValueId) -> u32 {
        // A builder numbers the outputs of a node consecutively.
        value.0 - self.graph.nodes()[node.index()].outputs[0].0
    }

    fn op(&self, node: NodeRef) -> &Op {
        match node {
            NodeRef::Old(id) => &self.graph.nodes()[id.index()].op,
            NodeRef::Added(index) => &self.patch.add[index as usize].op,
        }
    }

    fn describe(&self, node: NodeRef) -> String {
        match node {
            NodeRef::Old(id) => format!("{id} ({})", self.op(node).name()),
            NodeRef::Added(index) => format!("added node {index} ({})", self.op(node).name()),
        }
    }

    fn sources(&self, node: NodeRef) -> Result<Vec<Source>, PatchError> {
        let reader = || self.describe(node);
        match node {
            NodeRef::Old(id) => {
                self.graph.nodes()[id.index()].inputs.iter().map(|v| self.redirect(*v, &reader)).collect()
            }
            NodeRef::Added(index) => {
                self.patch.add[index as usize].inputs.iter().map(|v| self.settle(*v, &reader)).collect()
            }
        }
    }

    fn build(&self) -> Result<Graph, PatchError> {
        let mut sources = BTreeMap::new();
        let old = (0..self.graph.nodes().len() as u32).map(NodeId).filter(|id| !self.removed[id.index()]);
        for node in old.map(NodeRef::Old).chain((0..self.patch.add.len() as u32).map(NodeRef::Added)) {
            sources.insert(node, self.sources(node)?);
        }
        let order = order::sort(&sources).map_err(|cycle| PatchError::Cycle {
            nodes: cycle.into_iter().map(|node| self.describe(node)).collect(),
        })?;

        let weights = self.graph.weights().values().cloned();
        let mut builder =
            GraphBuilder::new(self.graph.context_length(), weights).map_err(PatchError::IllTyped)?;
        let mut produced: BTreeMap<NodeRef, Vec<ValueId>> = BTreeMap::new();
        let place = |produced: &BTreeMap<NodeRef, Vec<ValueId>>, source: &Source| match source {
            Source::Input(value) => *value,
            Source::Node(node, output) => produced[node][*output as usize],
        };
        let rewires = self.rewires_by_node()?;
        for node in order {
            let inputs: Vec<_> = sources[&node].iter().map(|source| place(&produced, source)).collect();
            let outputs = builder.push(self.op(node).clone(), &inputs).map_err(|source| match source {
                GraphError::Type { source, .. } => PatchError::NodeType { node: self.describe(node), source },
                other => PatchError::IllTyped(other),
            })?;
            for (from, output) in rewires.get(&node).into_iter().flatten() {
                let found = builder.value_type(outputs[*output as usize]);
                self.same_type(*from, found)?;
            }
            produced.insert(node, outputs);
        }
        let logits = self.redirect(self.graph.logits(), &|| "the logits".to_owned())?;
        let graph = builder.finish(place(&produced, &logits)).map_err(PatchError::IllTyped)?;
        self.same_outside(&graph)?;
        Ok(graph)
    }

    /// Rewires by the node whose value they lead to; those that lead to an input are checked at once.
    fn rewires_by_node(&self) -> Result<BTreeMap<NodeRef, Vec<(ValueId, u32)>>, PatchError> {
        let mut by_node: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (from, to) in &self.rewired {
            match self.settle(*to, &|| format!("the rewiring of {from}"))? {
                Source::Input(value) => self.same_type(*from, self.graph.value_type(value))?,
                Source::Node(node, output) => by_node.entry(node).or_default().push((*from, output)),
            }
        }
        Ok(by_node)
    }

    fn same_type(&self, value: ValueId, found: ValueType) -> Result<(), PatchError> {
        let expected = self.graph.value_type(value);
        if found == expected { Ok(()) } else { Err(PatchError::RewireType { value, expected, found }) }
    }

    /// What the engine relies on stays: the shape of the logits and of the cache, and a bounded cost.
    fn same_outside(&self, graph: &Graph) -> Result<(), PatchError> {
        let (expected, found) =
            (self.graph.value_type(self.graph.logits()), graph.value_type(graph.logits()));
        if expected != found {
            return Err(PatchError::LogitsType { expected, found });
        }
        let (expected, found) = (self.graph.kv_widths(), graph.kv_widths());
        if expected != found {
            return Err(PatchError::CacheShape { expected, found });
        }
        let (old, new) = (StaticCost::of(self.graph), StaticCost::of(graph));
        for (what, old, new) in [
            ("multiply-adds", old.multiply_adds, new.multiply_adds),
            ("bytes of weights", old.weight_bytes, new.weight_bytes),
            ("activations", old.activations, new.activations),
        ] {
            if new > old.saturating_mul(MAX_GROWTH) {
                return Err(PatchError::Growth { what, old, new });
            }
        }
        Ok(())
    }
}

/// A value reference in messages: `%7`, or `output 1 of added node 3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown(pub ValueRef);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            ValueRef::Old(id) => id.fmt(f),
            ValueRef::New { node, output } => write!(f, "output {output} of added node {node}"),
        }
    }
}

/// Patch `index` of several could not be applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("patch {index} does not fit the graph")]
pub struct ReplayError {
    /// Which patch.
    pub index: usize,
    /// Why.
    pub source: PatchError,
}

/// Why a patch cannot be applied. A node of the old graph is `node 7 (silu)`, an added one `added node 0 (silu)`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PatchError {
    /// Too many nodes.
    #[error("a patch may add {MAX_ADDED} nodes, not {found}")]
    TooManyNodes {
        /// How many it adds.
        found: usize,
    },
    /// A node with too many inputs or weights.
    #[error("added node {node} names {found} inputs or weights; {MAX_OPERANDS} are allowed")]
    TooManyOperands {
        /// Index into the added nodes.
        node: usize,
        /// How many.
        found: usize,
    },
    /// Removal of what is not there.
    #[error("the patch removes {node}, which does not exist")]
    UnknownNode {
        /// The node.
        node: NodeId,
    },
    /// A node removed twice.
    #[error("the patch removes {node} twice")]
    RemovedTwice {
        /// The node.
        node: NodeId,
    },
    /// A value rewired twice.
    #[error("the patch rewires {value} twice")]
    RewiredTwice {
        /// The value.
        value: ValueId,
    },
    /// Mention of a value that neither graph nor patch has.
    #[error("the patch names {value}, which does not exist")]
    UnknownValue {
        /// The value.
        value: Shown,
    },
    /// A use of a removed value that nothing replaces.
    #[error(
        "{value} has no substitute for {reader}: {node}, which made it, is removed, and nothing takes its place"
    )]
    RemovedValue {
        /// The value.
        value: ValueId,
        /// The removed node.
        node: NodeId,
        /// Who reads it.
        reader: String,
    },
    /// Removed values rewired to one another.
    #[error("following the rewires from {value} leads round in a circle")]
    RewireCycle {
        /// Where it was entered.
        value: Shown,
    },
    /// Nodes that need one another.
    #[error("the new graph has a cycle: {}", nodes.join(" → "))]
    Cycle {
        /// Each reads the one after it, the last reads the first.
        nodes: Vec<String>,
    },
    /// A value replaced by one of another type.
    #[error("{value} is {expected} and cannot be replaced by {found}")]
    RewireType {
        /// The value.
        value: ValueId,
        /// Its type.
        expected: ValueType,
        /// The replacement's type.
        found: ValueType,
    },
    /// A node whose type rule does not hold in the new graph.
    #[error("{node} breaks its type rule")]
    NodeType {
        /// The node.
        node: String,
        /// Which rule.
        source: crate::rules::TypeError,
    },
    /// The new graph is none.
    #[error("the patched graph is not well-formed")]
    IllTyped(#[source] GraphError),
    /// Logits of another shape.
    #[error("the logits would become {found}; they must stay {expected}")]
    LogitsType {
        /// Before.
        expected: ValueType,
        /// After.
        found: ValueType,
    },
    /// A KV cache of another shape.
    #[error("the KV rows of the layers would become {found:?} wide; they must stay {expected:?}")]
    CacheShape {
        /// Width per layer before.
        expected: Vec<u32>,
        /// Width per layer after.
        found: Vec<u32>,
    },
    /// Far more work than before.
    #[error("the new graph has {new} {what} per token, more than {MAX_GROWTH} times the {old} before")]
    Growth {
        /// What grew.
        what: &'static str,
        /// Before.
        old: u64,
        /// After.
        new: u64,
    },
}
