//! The graph itself: typed SSA values and the nodes that produce them, in topological order.
//!
//! Invariant: every [`Graph`] that exists obeys the type rules, is acyclic, and has one attention per layer.
//! The fields are private and [`GraphBuilder`] is the only way in, so nobody downstream checks again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Dim, Elem, Op, ValueId, ValueType, WeightDecl, WeightName,
    rules::{self, TypeError},
};

/// The index of a node within its graph; also its place in topological order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The identifier as an index into [`Graph::nodes`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "node {}", self.0)
    }
}

/// An op applied to values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// What it reads, in the order its op documents.
    pub inputs: Vec<ValueId>,
    /// What it produces, in the order its op documents.
    pub outputs: Vec<ValueId>,
}

/// What a batch feeds into a graph. Every graph has exactly these inputs, as its first values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// `u32[T]`: the tokens, sequence after sequence.
    Tokens,
    /// `u32[T]`: the position of each token in its sequence.
    Positions,
    /// `u32[R]`: which of the `T` rows logits are wanted for.
    Rows,
}

impl InputKind {
    /// All inputs in the order of their values.
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Positions, Self::Rows];

    /// The value that carries this input in every graph.
    pub const fn value(self) -> ValueId {
        ValueId(self as u32)
    }

    /// Its type.
    pub const fn value_type(self) -> ValueType {
        match self {
            Self::Tokens | Self::Positions => ValueType::indices(Dim::Tokens),
            Self::Rows => ValueType::indices(Dim::Rows),
        }
    }
}

/// A checked computation graph from tokens to logits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Graph {
    context_length: u32,
    weights: BTreeMap<WeightName, WeightDecl>,
    values: Vec<ValueType>,
    nodes: Vec<Node>,
    logits: ValueId,
}

impl Graph {
    /// The most positions a sequence may have.
    pub fn context_length(&self) -> u32 {
        self.context_length
    }

    /// The weights a node may name, by name.
    pub fn weights(&self) -> &BTreeMap<WeightName, WeightDecl> {
        &self.weights
    }

    /// Types of all values; the first three are the inputs.
    pub fn values(&self) -> &[ValueType] {
        &self.values
    }

    /// Nodes in topological order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The output: `f32[R, vocabulary]`.
    pub fn logits(&self) -> ValueId {
        self.logits
    }

    /// The number of logits in a row.
    pub fn vocabulary(&self) -> u32 {
        self.values[self.logits.index()].width
    }

    /// The type of a value.
    pub fn value_type(&self, value: ValueId) -> ValueType {
        self.values[value.index()]
    }

    /// Width of one key or value row per layer, indexed by layer.
    pub fn kv_widths(&self) -> Vec<u32> {
        let widths: BTreeMap<u32, u32> = self
            .nodes
            .iter()
            .filter_map(|n| match &n.op {
                Op::Attention { layer, kv_heads, head_dim, .. } => Some((*layer, kv_heads * head_dim)),
                _ => None,
            })
            .collect();
        widths.into_values().collect()
    }

    /// The node that produces each value; `None` for inputs.
    pub fn producers(&self) -> Vec<Option<NodeId>> {
        let mut producers = vec![None; self.values.len()];
        for (id, node) in (0..).zip(&self.nodes) {
            for output in &node.outputs {
                producers[output.index()] = Some(NodeId(id));
            }
        }
        producers
    }
}

/// Builds a [`Graph`] node by node, in topological order.
#[derive(Debug, Clone)]
pub struct GraphBuilder {
    context_length: u32,
    weights: BTreeMap<WeightName, WeightDecl>,
    values: Vec<ValueType>,
    nodes: Vec<Node>,
}

impl GraphBuilder {
    /// An empty graph over these weights.
    ///
    /// # Errors
    /// When two weights share a name, or one has a shape no row of its type can have.
    pub fn new(
        context_length: u32,
        weights: impl IntoIterator<Item = WeightDecl>,
    ) -> Result<Self, GraphError> {
        let mut by_name = BTreeMap::new();
        for weight in weights {
            if weight.rows == 0 || weight.cols == 0 || weight.dtype.row_bytes(weight.cols as usize).is_none()
            {
                return Err(GraphError::WeightShape { weight });
            }
            if let Some(first) = by_name.insert(weight.name.clone(), weight) {
                return Err(GraphError::DuplicateWeight { name: first.name });
            }
        }
        let values = InputKind::ALL.map(InputKind::value_type).to_vec();
        Ok(Self { context_length, weights: by_name, values, nodes: Vec::new() })
    }

    /// The declaration of a weight.
    pub fn weight(&self, name: &str) -> Option<&WeightDecl> {
        self.weights.get(name)
    }

    /// The type of a value that an earlier [`push`](Self::push) returned.
    pub(crate) fn value_type(&self, value: ValueId) -> ValueType {
        self.values[value.index()]
    }

    /// Appends a node and returns the values it produces.
    ///
    /// # Errors
    /// When an input does not exist yet or the op's type rule does not hold.
    pub fn push(&mut self, op: Op, inputs: &[ValueId]) -> Result<Vec<ValueId>, GraphError> {
        let at = NodeId(self.nodes.len() as u32);
        let mut types = Vec::with_capacity(inputs.len());
        for input in inputs {
            let known = self.values.get(input.index());
            types.push(*known.ok_or(GraphError::UnknownValue { node: at, value: *input })?);
        }
        let produced = rules::infer(&op, &types, &self.weights).map_err(|source| GraphError::Type {
            node: at,
            op: op.name(),
            source,
        })?;
        let first = self.values.len() as u32;
        let outputs: Vec<_> = (first..first + produced.len() as u32).map(ValueId).collect();
        self.values.extend(produced);
        self.nodes.push(Node { op, inputs: inputs.to_vec(), outputs: outputs.clone() });
        Ok(outputs)
    }

    /// Appends a node that produces one value.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push1(&mut self, op: Op, inputs: &[ValueId]) -> Result<ValueId, GraphError> {
        Ok(self.push(op, inputs)?[0])
    }

    /// Closes the graph.
    ///
    /// # Errors
    /// When `logits` is not `f32[R, _]`, or the layers are not numbered `0..n` with one attention each.
    pub fn finish(self, logits: ValueId) -> Result<Graph, GraphError> {
        match self.values.get(logits.index()) {
            Some(ValueType { elem: Elem::F32, lead: Dim::Rows, .. }) => {}
            Some(found) => return Err(GraphError::Logits { found: *found }),
            None => return Err(GraphError::NoLogits { value: logits }),
        }
        let mut layers = BTreeSet::new();
        for node in &self.nodes {
            if let Op::Attention { layer, .. } = node.op
                && !layers.insert(layer)
            {
                return Err(GraphError::DuplicateLayer { layer });
            }
        }
        if let Some(missing) = (0..).zip(&layers).find_map(|(want, have)| (want != *have).then_some(want)) {
            return Err(GraphError::MissingLayer { layer: missing });
        }
        let Self { context_length, weights, values, nodes } = self;
        Ok(Graph { context_length, weights, values, nodes, logits })
    }
}

/// Why something is not a graph.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GraphError {
    /// A weight whose rows are empty or no whole number of blocks.
    #[error("weight `{}` cannot be {} × {} values of {}", weight.name, weight.rows, weight.cols, weight.dtype)]
    WeightShape {
        /// The weight as declared.
        weight: WeightDecl,
    },
    /// Two weights of one name.
    #[error("two weights are named `{name}`")]
    DuplicateWeight {
        /// The name.
        name: WeightName,
    },
    /// A use of a value that nothing produced before.
    #[error("{node} reads {value}, which nothing before it produces")]
    UnknownValue {
        /// The reader.
        node: NodeId,
        /// The value.
        value: ValueId,
    },
    /// An op's type rule does not hold.
    #[error("{node} ({op}) breaks its type rule")]
    Type {
        /// The node.
        node: NodeId,
        /// Its op.
        op: &'static str,
        /// Which rule.
        source: TypeError,
    },
    /// The output has the wrong type.
    #[error("the logits must be f32[R, vocabulary], not {found}")]
    Logits {
        /// What they are.
        found: ValueType,
    },
    /// The output does not exist.
    #[error("the logits are {value}, which nothing produces")]
    NoLogits {
        /// The value.
        value: ValueId,
    },
    /// Two attentions on one cache.
    #[error("layer {layer} has two attentions")]
    DuplicateLayer {
        /// The layer.
        layer: u32,
    },
    /// A gap in the layers.
    #[error("layer {layer} has no attention")]
    MissingLayer {
        /// The first missing layer.
        layer: u32,
    },
}
