//! From a graph to its JSON. Numbers become `f64`, which holds every `f32` exactly.

use inferno_graph::{
    self as ir, DType, Dim, Elem, Op, RopeScaling, RopeSpec, RopeStyle, ValueId, ValueType, WeightDecl,
    WeightName,
};

use super::{
    Graph, GraphAttention, GraphDtype, GraphElem, GraphGatedMatmul, GraphLead, GraphMatmul, GraphNode,
    GraphNorm, GraphOp, GraphRope, GraphRopeScaling, GraphRopeStyle, GraphSlice, GraphValue, GraphWeight,
    GraphYarn, Target,
};

/// The plugin contract has no word for a value of this graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin contract has no word for values of the type {0}")]
pub struct NotExpressible(String);

impl TryFrom<&ir::Graph> for Graph {
    type Error = NotExpressible;

    fn try_from(graph: &ir::Graph) -> Result<Self, NotExpressible> {
        Ok(Self {
            context_length: graph.context_length(),
            weights: graph.weights().values().map(weight).collect(),
            values: graph.values().iter().map(value).collect::<Result<_, _>>()?,
            nodes: graph.nodes().iter().map(node).collect(),
            logits: graph.logits().0,
        })
    }
}

impl From<&ir::Target> for Target {
    fn from(target: &ir::Target) -> Self {
        let ir::Target { backend, device, features, parallelism } = target.clone();
        Self { backend, device, features, parallelism }
    }
}

fn weight(decl: &WeightDecl) -> GraphWeight {
    GraphWeight { name: text(&decl.name), dtype: dtype(decl.dtype), rows: decl.rows, cols: decl.cols }
}

fn dtype(dtype: DType) -> GraphDtype {
    match dtype {
        DType::F32 => GraphDtype::Float32,
        DType::F16 => GraphDtype::Float16,
        DType::Bf16 => GraphDtype::Bfloat16,
        DType::Q4_0 => GraphDtype::Q4x0,
        DType::Q4_1 => GraphDtype::Q4x1,
        DType::Q5_0 => GraphDtype::Q5x0,
        DType::Q5_1 => GraphDtype::Q5x1,
        DType::Q8_0 => GraphDtype::Q8x0,
        DType::Q4K => GraphDtype::Q4k,
        DType::Q5K => GraphDtype::Q5k,
        DType::Q6K => GraphDtype::Q6k,
    }
}

fn value(value: &ValueType) -> Result<GraphValue, NotExpressible> {
    let elem = match value.elem {
        Elem::F32 => GraphElem::Float32,
        Elem::U32 => GraphElem::Uint32,
    };
    let lead = match value.lead {
        Dim::Tokens => GraphLead::Tokens,
        Dim::Rows => GraphLead::Rows,
        Dim::Fixed(_) => return Err(NotExpressible(value.to_string())),
    };
    Ok(GraphValue { elem, lead, width: value.width })
}

fn node(node: &ir::Node) -> GraphNode {
    let ids = |values: &[ValueId]| values.iter().map(|value| value.0).collect();
    GraphNode { op: op(&node.op), inputs: ids(&node.inputs), outputs: ids(&node.outputs) }
}

fn op(op: &Op) -> GraphOp {
    match op {
        Op::Embedding { table } => GraphOp::Embedding(text(table)),
        Op::MatMul { weights, biases } => GraphOp::Matmul(GraphMatmul {
            weights: weights.iter().map(text).collect(),
            biases: biases.iter().map(text).collect(),
        }),
        Op::RmsNorm { weight, eps } => GraphOp::RmsNorm(norm(weight, *eps)),
        Op::Rope(spec) => GraphOp::Rope(rope(spec)),
        Op::Attention { layer, heads, kv_heads, head_dim, scale, window } => {
            GraphOp::Attention(GraphAttention {
                layer: *layer,
                heads: *heads,
                kv_heads: *kv_heads,
                head_dim: *head_dim,
                scale: f64::from(*scale),
                window: *window,
            })
        }
        Op::Silu => GraphOp::Silu,
        Op::Mul => GraphOp::Mul,
        Op::Add => GraphOp::Add,
        Op::Scale { factor } => GraphOp::Scale(f64::from(*factor)),
        Op::Identity => GraphOp::Identity,
        Op::Slice { start, len } => GraphOp::Slice(GraphSlice { start: *start, len: *len }),
        Op::SelectRows => GraphOp::SelectRows,
        Op::GatedMatMul { gate, up } => {
            GraphOp::GatedMatmul(GraphGatedMatmul { gate: text(gate), up: text(up) })
        }
        Op::AddRmsNorm { weight, eps } => GraphOp::AddRmsNorm(norm(weight, *eps)),
    }
}

fn norm(weight: &WeightName, eps: f32) -> GraphNorm {
    GraphNorm { weight: text(weight), eps: f64::from(eps) }
}

fn rope(spec: &RopeSpec) -> GraphRope {
    let RopeSpec { heads, head_dim, rotary_dim, base, style, scaling } = spec;
    GraphRope {
        heads: *heads,
        head_dim: *head_dim,
        rotary_dim: *rotary_dim,
        base: f64::from(*base),
        style: match style {
            RopeStyle::Interleaved => GraphRopeStyle::Interleaved,
            RopeStyle::Halves => GraphRopeStyle::Halves,
        },
        scaling: match scaling {
            RopeScaling::None => GraphRopeScaling::None,
            RopeScaling::Linear { factor } => GraphRopeScaling::Linear(f64::from(*factor)),
            RopeScaling::Factors { weight } => GraphRopeScaling::Factors(text(weight)),
            RopeScaling::Yarn { factor, original_context } => GraphRopeScaling::Yarn(GraphYarn {
                factor: f64::from(*factor),
                original_context: *original_context,
            }),
        },
    }
}

fn text(name: &WeightName) -> String {
    name.as_str().to_owned()
}
