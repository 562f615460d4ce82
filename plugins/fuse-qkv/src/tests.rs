//! What the pass asks for, graph by graph.

use inferno_plugin::testing::{Llama, TestGraph, describe, target};
use inferno_plugin::{Attention, Graph, Op, OptimizationPass};

use crate::FuseQkv;

fn check(graph: &Graph, expected: &str) {
    let patch = FuseQkv::apply(graph, &target()).unwrap();
    assert_eq!(describe(graph, &patch), expected);
}

#[test]
fn three_projections_of_one_input_become_one() {
    let expected = "\
remove q.0
remove k.0
remove v.0
+0 = matmul q.0 k.0 v.0(attention-norm.0)
+1 = slice 0..16(+0)
+2 = slice 16..24(+0)
+3 = slice 24..32(+0)
q.0 -> +1
k.0 -> +2
v.0 -> +3
";
    check(&Llama::new(1).graph(), expected);
    // Norms over the heads sit between projection and rotary embedding, and stay there.
    check(&Llama::new(1).head_norms().graph(), expected);
}

#[test]
fn biases_come_along() {
    let graph = Llama::new(1).biased().graph();
    let patch = FuseQkv::apply(&graph, &target()).unwrap();
    let Op::Matmul(product) = &patch.add[0].op else { panic!("the product comes first") };
    assert_eq!(product.weights, ["q.0", "k.0", "v.0"]);
    assert_eq!(product.biases, ["q.0.bias", "k.0.bias", "v.0.bias"]);
}

#[test]
fn every_layer_is_treated() {
    let patch = FuseQkv::apply(&Llama::new(3).graph(), &target()).unwrap();
    assert_eq!((patch.remove.len(), patch.add.len(), patch.rewire.len()), (9, 12, 9));
}

#[test]
fn a_bias_on_one_projection_only_is_left_alone() {
    let mut graph = Llama::new(1).biased().graph();
    let projection = graph.nodes.iter_mut().find_map(|node| match &mut node.op {
        Op::Matmul(matmul) if matmul.weights == ["k.0"] => Some(matmul),
        _ => None,
    });
    projection.unwrap().biases.clear();
    check(&graph, "");
}

#[test]
fn projections_of_different_inputs_are_left_alone() {
    check(&attention_over(|g, x| [g.push(Op::Silu, &[x]), x, x]), "");
}

#[test]
fn one_projection_for_keys_and_values_is_left_alone() {
    let mut g = TestGraph::new();
    let x = g.embedding(8);
    let (q, kv) = (g.matmul("q", 8, x), g.matmul("kv", 8, x));
    check(&closed(g, [q, kv, kv]), "");
}

/// An attention over projections of three values made from one.
fn attention_over(inputs: impl FnOnce(&mut TestGraph, u32) -> [u32; 3]) -> Graph {
    let mut g = TestGraph::new();
    let x = g.embedding(8);
    let [q, k, v] = inputs(&mut g, x);
    let projected = [g.matmul("q", 8, q), g.matmul("k", 8, k), g.matmul("v", 8, v)];
    closed(g, projected)
}

fn closed(mut g: TestGraph, qkv: [u32; 3]) -> Graph {
    let op = Attention { layer: 0, heads: 2, kv_heads: 2, head_dim: 4, scale: 0.5, window: None };
    let mixed = g.push(Op::Attention(op), &qkv);
    let logits = g.push(Op::SelectRows, &[mixed, TestGraph::ROWS]);
    g.finish(logits)
}
