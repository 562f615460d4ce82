//! A patch as text, so that a test can say in a few lines what it expects.

use std::fmt::Write as _;

use crate::{Graph, Op, Patch, ValueId, ValueRef, View};

/// One line for each thing that the patch asks for.
///
/// A value of the graph is named after the first weight of what makes it where there is one (`q.0`), else after
/// its op and its number (`silu@14`); a value that the patch brings is `+0`, or `+0.1` for its second output.
pub fn describe(graph: &Graph, patch: &Patch) -> String {
    let view = View::new(graph);
    let old = |value: ValueId| match view.producer(value) {
        Some(node) => match weights(node.op).first() {
            Some(weight) => (*weight).clone(),
            None => format!("{}@{value}", name(node.op)),
        },
        None => ["tokens", "positions", "rows"][value as usize].to_owned(),
    };
    let named = |value: &ValueRef| match value {
        ValueRef::Old(value) => old(*value),
        ValueRef::New(new) if new.output == 0 => format!("+{}", new.node),
        ValueRef::New(new) => format!("+{}.{}", new.node, new.output),
    };
    let mut text = String::new();
    for id in &patch.remove {
        let _ = writeln!(text, "remove {}", old(view.node(*id).output()));
    }
    for (index, node) in patch.add.iter().enumerate() {
        let inputs: Vec<_> = node.inputs.iter().map(named).collect();
        let _ = writeln!(text, "+{index} = {}({})", attributes(&node.op), inputs.join(", "));
    }
    for rewire in &patch.rewire {
        let _ = writeln!(text, "{} -> {}", old(rewire.from), named(&rewire.to));
    }
    text
}

fn attributes(op: &Op) -> String {
    match op {
        Op::Slice(slice) => format!("slice {}..{}", slice.start, slice.start + slice.len),
        Op::Scale(factor) => format!("scale {factor}"),
        op => [name(op).to_owned()].iter().chain(weights(op)).cloned().collect::<Vec<_>>().join(" "),
    }
}

fn weights(op: &Op) -> Vec<&String> {
    match op {
        Op::Embedding(table) => vec![table],
        Op::Matmul(matmul) => matmul.weights.iter().chain(&matmul.biases).collect(),
        Op::RmsNorm(norm) | Op::AddRmsNorm(norm) => vec![&norm.weight],
        Op::GatedMatmul(gated) => vec![&gated.gate, &gated.up],
        _ => vec![],
    }
}

const fn name(op: &Op) -> &'static str {
    match op {
        Op::Embedding(_) => "embedding",
        Op::Matmul(_) => "matmul",
        Op::RmsNorm(_) => "rms-norm",
        Op::Rope(_) => "rope",
        Op::Attention(_) => "attention",
        Op::Silu => "silu",
        Op::Mul => "mul",
        Op::Add => "add",
        Op::Scale(_) => "scale",
        Op::Identity => "identity",
        Op::Slice(_) => "slice",
        Op::SelectRows => "select-rows",
        Op::GatedMatmul(_) => "gated-matmul",
        Op::AddRmsNorm(_) => "add-rms-norm",
    }
}
