//! A graph built node by node, with the types of its values worked out.

use crate::{Dtype, Elem, Graph, Lead, Matmul, Node, Norm, Op, ValueId, ValueType, Weight};

/// A graph under construction. Panics where a real model could not exist, as a test should.
#[derive(Debug, Clone)]
pub struct TestGraph {
    graph: Graph,
}

impl TestGraph {
    /// The tokens of the batch.
    pub const TOKENS: ValueId = 0;
    /// Their positions.
    pub const POSITIONS: ValueId = 1;
    /// The rows whose logits are wanted.
    pub const ROWS: ValueId = 2;

    /// A graph of three inputs and nothing else.
    pub fn new() -> Self {
        let indices = |lead| ValueType { elem: Elem::Uint32, lead, width: 1 };
        let values = vec![indices(Lead::Tokens), indices(Lead::Tokens), indices(Lead::Rows)];
        let graph = Graph { context_length: 64, weights: vec![], values, nodes: vec![], logits: 0 };
        Self { graph }
    }

    /// Declares a weight and returns its name. A vector has one row.
    pub fn weight(&mut self, name: impl Into<String>, rows: u32, cols: u32) -> String {
        let name = name.into();
        self.graph.weights.push(Weight { name: name.clone(), dtype: Dtype::Float32, rows, cols });
        name
    }

    /// Appends a node and returns the values it produces.
    pub fn push_all(&mut self, op: Op, inputs: &[ValueId]) -> Vec<ValueId> {
        let value_type = self.produced(&op, inputs);
        let count = if matches!(op, Op::AddRmsNorm(_)) { 2 } else { 1 };
        let first = self.graph.values.len() as ValueId;
        let outputs: Vec<_> = (first..first + count).collect();
        self.graph.values.extend(outputs.iter().map(|_| value_type));
        self.graph.nodes.push(Node { op, inputs: inputs.to_vec(), outputs: outputs.clone() });
        outputs
    }

    /// Appends a node and returns its first output.
    pub fn push(&mut self, op: Op, inputs: &[ValueId]) -> ValueId {
        self.push_all(op, inputs)[0]
    }

    /// Embeds the tokens in rows of `width`.
    pub fn embedding(&mut self, width: u32) -> ValueId {
        let table = self.weight("embedding", 32, width);
        self.push(Op::Embedding(table), &[Self::TOKENS])
    }

    /// Multiplies by a fresh matrix of `rows` output features.
    pub fn matmul(&mut self, name: impl Into<String>, rows: u32, x: ValueId) -> ValueId {
        let weight = self.weight(name, rows, self.width(x));
        self.push(Op::Matmul(Matmul { weights: vec![weight], biases: vec![] }), &[x])
    }

    /// Norms over groups of `group` with a fresh weight.
    pub fn rms_norm(&mut self, name: impl Into<String>, group: u32, x: ValueId) -> ValueId {
        let weight = self.weight(name, 1, group);
        self.push(Op::RmsNorm(Norm { weight, eps: 1e-5 }), &[x])
    }

    /// The length of a row of a value.
    pub fn width(&self, value: ValueId) -> u32 {
        self.graph.values[value as usize].width
    }

    /// Closes the graph.
    pub fn finish(mut self, logits: ValueId) -> Graph {
        self.graph.logits = logits;
        self.graph
    }

    fn produced(&self, op: &Op, inputs: &[ValueId]) -> ValueType {
        let x = self.graph.values[inputs[0] as usize];
        let wide = |width| ValueType { elem: Elem::Float32, lead: x.lead, width };
        match op {
            Op::Embedding(table) => wide(self.find(table).cols),
            Op::Matmul(matmul) => wide(matmul.weights.iter().map(|w| self.find(w).rows).sum()),
            Op::GatedMatmul(gated) => wide(self.find(&gated.gate).rows),
            Op::Slice(slice) => wide(slice.len),
            Op::SelectRows => ValueType { lead: Lead::Rows, ..x },
            _ => x,
        }
    }

    fn find(&self, name: &str) -> &Weight {
        self.graph.weights.iter().find(|w| w.name == name).expect("a test names weights that it has declared")
    }
}

impl Default for TestGraph {
    fn default() -> Self {
        Self::new()
    }
}
