//! From JSON to a graph, through the one builder that checks every rule.
//!
//! Numbers are rounded to `f32` as a browser's component tooling rounds them, so both sides read the same graph.

use inferno_graph::{
    self as ir, DType, Dim, Elem, GraphBuilder, GraphError, Op, RopeScaling, RopeSpec, RopeStyle, ValueId,
    ValueType, WeightDecl, WeightName,
};

use super::{
    Graph, GraphAttention, GraphDtype, GraphElem, GraphLead, GraphMatmul, GraphNorm, GraphOp, GraphRope,
    GraphRopeScaling, GraphRopeStyle, GraphValue, GraphWeight, Target,
};

/// Why JSON is no graph.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GraphDefect {
    /// A rule of graphs does not hold.
    #[error("the graph breaks a rule")]
    Rule(#[from] GraphError),
    /// A node says that it produces something else than its op does.
    #[error("node {node} lists the outputs {found:?}, but its op produces {expected:?}")]
    Outputs {
        /// The node.
        node: usize,
        /// What it lists.
        found: Vec<u32>,
        /// What it produces.
        expected: Vec<u32>,
    },
    /// The list of values is not what the nodes produce.
    #[error("the graph lists {found} values, but its inputs and nodes make {expected}")]
    Count {
        /// How many are listed.
        found: usize,
        /// How many there are.
        expected: usize,
    },
    /// A value's type is not what its node produces.
    #[error("value {value} is listed as {found}, but its node makes {expected}")]
    Value {
        /// The value.
        value: usize,
        /// What is listed.
        found: ValueType,
        /// What it is.
        expected: ValueType,
    },
}

impl TryFrom<Graph> for ir::Graph {
    type Error = GraphDefect;

    fn try_from(graph: Graph) -> Result<Self, GraphDefect> {
        let Graph { context_length, weights, values, nodes, logits } = graph;
        let mut builder = GraphBuilder::new(context_length, weights.into_iter().map(weight))?;
        for (at, node) in nodes.into_iter().enumerate() {
            let inputs: Vec<_> = node.inputs.into_iter().map(ValueId).collect();
            let produced: Vec<u32> = builder.push(op(node.op), &inputs)?.into_iter().map(|v| v.0).collect();
            if produced != node.outputs {
                return Err(GraphDefect::Outputs { node: at, found: node.outputs, expected: produced });
            }
        }
        let graph = builder.finish(ValueId(logits))?;
        if values.len() != graph.values().len() {
            return Err(GraphDefect::Count { found: values.len(), expected: graph.values().len() });
        }
        for (at, (listed, expected)) in values.into_iter().map(value).zip(graph.values()).enumerate() {
            if listed != *expected {
                return Err(GraphDefect::Value { value: at, found: listed, expected: *expected });
            }
        }
        Ok(graph)
    }
}

impl From<Target> for ir::Target {
    fn from(target: Target) -> Self {
        let Target { backend, device, features, parallelism } = target;
        Self { backend, device, features, parallelism }
    }
}

fn weight(weight: GraphWeight) -> WeightDecl {
    let GraphWeight { name, dtype, rows, cols } = weight;
    let dtype = match dtype {
        GraphDtype::Float32 => DType::F32,
        GraphDtype::Float16 => DType::F16,
        GraphDtype::Bfloat16 => DType::Bf16,
        GraphDtype::Q4x0 => DType::Q4_0,
        GraphDtype::Q4x1 => DType::Q4_1,
        GraphDtype::Q5x0 => DType::Q5_0,
        GraphDtype::Q5x1 => DType::Q5_1,
        GraphDtype::Q8x0 => DType::Q8_0,
        GraphDtype::Q4k => DType::Q4K,
        GraphDtype::Q5k => DType::Q5K,
        GraphDtype::Q6k => DType::Q6K,
    };
    WeightDecl { name: name.into(), dtype, rows, cols }
}

fn value(value: GraphValue) -> ValueType {
    let elem = match value.elem {
        GraphElem::Float32 => Elem::F32,
        GraphElem::Uint32 => Elem::U32,
    };
    let lead = match value.lead {
        GraphLead::Tokens => Dim::Tokens,
        GraphLead::Rows => Dim::Rows,
    };
    ValueType { elem, lead, width: value.width }
}

fn op(op: GraphOp) -> Op {
    match op {
        GraphOp::Embedding(table) => Op::Embedding { table: table.into() },
        GraphOp::Matmul(GraphMatmul { weights, biases }) => {
            Op::MatMul { weights: names(weights), biases: names(biases) }
        }
        GraphOp::RmsNorm(GraphNorm { weight, eps }) => Op::RmsNorm { weight: weight.into(), eps: eps as f32 },
        GraphOp::Rope(spec) => Op::Rope(rope(spec)),
        GraphOp::Attention(GraphAttention { layer, heads, kv_heads, head_dim, scale, window }) => {
            Op::Attention { layer, heads, kv_heads, head_dim, scale: scale as f32, window }
        }
        GraphOp::Silu => Op::Silu,
        GraphOp::Mul => Op::Mul,
        GraphOp::Add => Op::Add,
        GraphOp::Scale(factor) => Op::Scale { factor: factor as f32 },
        GraphOp::Identity => Op::Identity,
        GraphOp::Slice(slice) => Op::Slice { start: slice.start, len: slice.len },
        GraphOp::SelectRows => Op::SelectRows,
        GraphOp::GatedMatmul(gated) => Op::GatedMatMul { gate: gated.gate.into(), up: gated.up.into() },
        GraphOp::AddRmsNorm(GraphNorm { weight, eps }) => {
            Op::AddRmsNorm { weight: weight.into(), eps: eps as f32 }
        }
    }
}

fn rope(rope: GraphRope) -> RopeSpec {
    let GraphRope { heads, head_dim, rotary_dim, base, style, scaling } = rope;
    RopeSpec {
        heads,
        head_dim,
        rotary_dim,
        base: base as f32,
        style: match style {
            GraphRopeStyle::Interleaved => RopeStyle::Interleaved,
            GraphRopeStyle::Halves => RopeStyle::Halves,
        },
        scaling: match scaling {
            GraphRopeScaling::None => RopeScaling::None,
            GraphRopeScaling::Linear(factor) => RopeScaling::Linear { factor: factor as f32 },
            GraphRopeScaling::Factors(weight) => RopeScaling::Factors { weight: weight.into() },
            GraphRopeScaling::Yarn(yarn) => {
                RopeScaling::Yarn { factor: yarn.factor as f32, original_context: yarn.original_context }
            }
        },
    }
}

fn names(names: Vec<String>) -> Vec<WeightName> {
    names.into_iter().map(WeightName::from).collect()
}
