//! A graph and a target as JSON, ready to be handed to a pass in a browser.

use inferno_graph::{Graph, Target};
use serde_json::{Value, json};

use crate::{HostFault, bindings::pass::graph as wit, convert};

/// The record `graph` of the contract.
///
/// # Errors
/// When the graph has something that the contract cannot express.
pub fn graph_json(graph: &Graph) -> Result<Value, HostFault> {
    let wit::Graph { context_length, weights, values, nodes, logits } = convert::to_wit::graph(graph)?;
    Ok(json!({
        "contextLength": context_length,
        "weights": weights.iter().map(weight).collect::<Vec<_>>(),
        "values": values.iter().map(value_type).collect::<Vec<_>>(),
        "nodes": nodes.iter().map(node).collect::<Vec<_>>(),
        "logits": logits,
    }))
}

/// The record `target` of the contract.
pub fn target_json(target: &Target) -> Value {
    let wit::Target { backend, device, features, parallelism } = convert::to_wit::target(target);
    json!({ "backend": backend, "device": device, "features": features, "parallelism": parallelism })
}

fn weight(weight: &wit::Weight) -> Value {
    let dtype = match weight.dtype {
        wit::Dtype::Float32 => "float32",
        wit::Dtype::Float16 => "float16",
        wit::Dtype::Bfloat16 => "bfloat16",
        wit::Dtype::Q4x0 => "q4x0",
        wit::Dtype::Q4x1 => "q4x1",
        wit::Dtype::Q5x0 => "q5x0",
        wit::Dtype::Q5x1 => "q5x1",
        wit::Dtype::Q8x0 => "q8x0",
        wit::Dtype::Q4k => "q4k",
        wit::Dtype::Q5k => "q5k",
        wit::Dtype::Q6k => "q6k",
    };
    json!({ "name": weight.name, "dtype": dtype, "rows": weight.rows, "cols": weight.cols })
}

fn value_type(value: &wit::ValueType) -> Value {
    let elem = match value.elem {
        wit::Elem::Float32 => "float32",
        wit::Elem::Uint32 => "uint32",
    };
    let lead = match value.lead {
        wit::Lead::Tokens => "tokens",
        wit::Lead::Rows => "rows",
    };
    json!({ "elem": elem, "lead": lead, "width": value.width })
}

fn node(node: &wit::Node) -> Value {
    json!({ "op": op(&node.op), "inputs": node.inputs, "outputs": node.outputs })
}

fn op(op: &wit::Op) -> Value {
    let (tag, val) = match op {
        wit::Op::Embedding(table) => ("embedding", json!(table)),
        wit::Op::Matmul(wit::Matmul { weights, biases }) => {
            ("matmul", json!({ "weights": weights, "biases": biases }))
        }
        wit::Op::RmsNorm(norm) => ("rms-norm", norm_json(norm)),
        wit::Op::Rope(spec) => ("rope", rope(spec)),
        wit::Op::Attention(attention) => ("attention", attention_json(attention)),
        wit::Op::Silu => ("silu", Value::Null),
        wit::Op::Mul => ("mul", Value::Null),
        wit::Op::Add => ("add", Value::Null),
        wit::Op::Scale(factor) => ("scale", json!(factor)),
        wit::Op::Identity => ("identity", Value::Null),
        wit::Op::Slice(wit::Slice { start, len }) => ("slice", json!({ "start": start, "len": len })),
        wit::Op::SelectRows => ("select-rows", Value::Null),
        wit::Op::GatedMatmul(wit::GatedMatmul { gate, up }) => {
            ("gated-matmul", json!({ "gate": gate, "up": up }))
        }
        wit::Op::AddRmsNorm(norm) => ("add-rms-norm", norm_json(norm)),
    };
    variant(tag, val)
}

fn norm_json(norm: &wit::Norm) -> Value {
    json!({ "weight": norm.weight, "eps": norm.eps })
}

fn attention_json(attention: &wit::Attention) -> Value {
    let wit::Attention { layer, heads, kv_heads, head_dim, scale, window } = attention;
    let mut json = json!({
        "layer": layer, "heads": heads, "kvHeads": kv_heads, "headDim": head_dim, "scale": scale,
    });
    if let Some(window) = window {
        json["window"] = json!(window);
    }
    json
}

fn rope(rope: &wit::Rope) -> Value {
    let style = match rope.style {
        wit::RopeStyle::Interleaved => "interleaved",
        wit::RopeStyle::Halves => "halves",
    };
    let (tag, val) = match &rope.scaling {
        wit::RopeScaling::None => ("none", Value::Null),
        wit::RopeScaling::Linear(factor) => ("linear", json!(factor)),
        wit::RopeScaling::Factors(weight) => ("factors", json!(weight)),
        wit::RopeScaling::Yarn(wit::Yarn { factor, original_context }) => {
            ("yarn", json!({ "factor": factor, "originalContext": original_context }))
        }
    };
    json!({
        "heads": rope.heads,
        "headDim": rope.head_dim,
        "rotaryDim": rope.rotary_dim,
        "base": rope.base,
        "style": style,
        "scaling": variant(tag, val),
    })
}

fn variant(tag: &str, val: Value) -> Value {
    if val.is_null() { json!({ "tag": tag }) } else { json!({ "tag": tag, "val": val }) }
}
