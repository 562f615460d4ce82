//! A graph and a target, as a plugin sees them.
//!
//! The data is the host's own; the one thing that can fail is what the contract has no word for.

use inferno_graph::{
    DType, Dim, Elem, Graph, Node, Op, RopeScaling, RopeSpec, RopeStyle, Target, ValueId, ValueType,
    WeightDecl, WeightName,
};

use crate::{HostFault, bindings::pass::graph as wit};

/// The whole graph.
///
/// # Errors
/// When a value has a leading dimension of fixed size.
pub(crate) fn graph(graph: &Graph) -> Result<wit::Graph, HostFault> {
    Ok(wit::Graph {
        context_length: graph.context_length(),
        weights: graph.weights().values().map(weight).collect(),
        values: graph.values().iter().map(value_type).collect::<Result<_, _>>()?,
        nodes: graph.nodes().iter().map(node).collect(),
        logits: graph.logits().0,
    })
}

pub(crate) fn target(target: &Target) -> wit::Target {
    let Target { backend, device, features, parallelism } = target;
    wit::Target {
        backend: backend.clone(),
        device: device.clone(),
        features: features.clone(),
        parallelism: *parallelism,
    }
}

fn weight(decl: &WeightDecl) -> wit::Weight {
    let WeightDecl { name, dtype, rows, cols } = decl;
    wit::Weight { name: text(name), dtype: dtype_of(*dtype), rows: *rows, cols: *cols }
}

fn dtype_of(dtype: DType) -> wit::Dtype {
    match dtype {
        DType::F32 => wit::Dtype::Float32,
        DType::F16 => wit::Dtype::Float16,
        DType::Bf16 => wit::Dtype::Bfloat16,
        DType::Q4_0 => wit::Dtype::Q4x0,
        DType::Q4_1 => wit::Dtype::Q4x1,
        DType::Q5_0 => wit::Dtype::Q5x0,
        DType::Q5_1 => wit::Dtype::Q5x1,
        DType::Q8_0 => wit::Dtype::Q8x0,
        DType::Q4K => wit::Dtype::Q4k,
        DType::Q5K => wit::Dtype::Q5k,
        DType::Q6K => wit::Dtype::Q6k,
    }
}

fn value_type(value: &ValueType) -> Result<wit::ValueType, HostFault> {
    let elem = match value.elem {
        Elem::F32 => wit::Elem::Float32,
        Elem::U32 => wit::Elem::Uint32,
    };
    let lead = match value.lead {
        Dim::Tokens => wit::Lead::Tokens,
        Dim::Rows => wit::Lead::Rows,
        Dim::Fixed(_) => return Err(HostFault::NotExpressible { what: value.to_string() }),
    };
    Ok(wit::ValueType { elem, lead, width: value.width })
}

fn node(node: &Node) -> wit::Node {
    let ids = |values: &[ValueId]| values.iter().map(|value| value.0).collect();
    wit::Node { op: op(&node.op), inputs: ids(&node.inputs), outputs: ids(&node.outputs) }
}

pub(crate) fn op(op: &Op) -> wit::Op {
    match op {
        Op::Embedding { table } => wit::Op::Embedding(text(table)),
        Op::MatMul { weights, biases } => wit::Op::Matmul(wit::Matmul {
            weights: weights.iter().map(text).collect(),
            biases: biases.iter().map(text).collect(),
        }),
        Op::RmsNorm { weight, eps } => wit::Op::RmsNorm(norm(weight, *eps)),
        Op::Rope(spec) => wit::Op::Rope(rope(spec)),
        Op::Attention { layer, heads, kv_heads, head_dim, scale, window } => {
            wit::Op::Attention(wit::Attention {
                layer: *layer,
                heads: *heads,
                kv_heads: *kv_heads,
                head_dim: *head_dim,
                scale: *scale,
                window: *window,
            })
        }
        Op::Silu => wit::Op::Silu,
        Op::Mul => wit::Op::Mul,
        Op::Add => wit::Op::Add,
        Op::Scale { factor } => wit::Op::Scale(*factor),
        Op::Identity => wit::Op::Identity,
        Op::Slice { start, len } => wit::Op::Slice(wit::Slice { start: *start, len: *len }),
        Op::SelectRows => wit::Op::SelectRows,
        Op::GatedMatMul { gate, up } => {
            wit::Op::GatedMatmul(wit::GatedMatmul { gate: text(gate), up: text(up) })
        }
        Op::AddRmsNorm { weight, eps } => wit::Op::AddRmsNorm(norm(weight, *eps)),
    }
}

fn norm(weight: &WeightName, eps: f32) -> wit::Norm {
    wit::Norm { weight: text(weight), eps }
}

fn rope(spec: &RopeSpec) -> wit::Rope {
    let RopeSpec { heads, head_dim, rotary_dim, base, style, scaling } = spec;
    wit::Rope {
        heads: *heads,
        head_dim: *head_dim,
        rotary_dim: *rotary_dim,
        base: *base,
        style: match style {
            RopeStyle::Interleaved => wit::RopeStyle::Interleaved,
            RopeStyle::Halves => wit::RopeStyle::Halves,
        },
        scaling: match scaling {
            RopeScaling::None => wit::RopeScaling::None,
            RopeScaling::Linear { factor } => wit::RopeScaling::Linear(*factor),
            RopeScaling::Factors { weight } => wit::RopeScaling::Factors(text(weight)),
            RopeScaling::Yarn { factor, original_context } => {
                wit::RopeScaling::Yarn(wit::Yarn { factor: *factor, original_context: *original_context })
            }
        },
    }
}

fn text(name: &WeightName) -> String {
    name.as_str().to_owned()
}
