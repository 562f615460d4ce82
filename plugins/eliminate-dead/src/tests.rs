//! What the pass asks for, graph by graph.

use inferno_plugin::testing::{Llama, TestGraph, describe, target};
use inferno_plugin::{Attention, Graph, Op, OptimizationPass};

use crate::EliminateDead;

fn check(graph: &Graph, expected: &str) {
    let patch = EliminateDead::apply(graph, &target()).unwrap();
    assert_eq!(describe(graph, &patch), expected);
}

/// Logits that are the picked rows of what `body` makes of an embedding.
fn graph(body: impl FnOnce(&mut TestGraph, u32) -> u32) -> Graph {
    let mut g = TestGraph::new();
    let x = g.embedding(8);
    let out = body(&mut g, x);
    let logits = g.push(Op::SelectRows, &[out, TestGraph::ROWS]);
    g.finish(logits)
}

#[test]
fn a_graph_without_waste_stays_as_it_is() {
    check(&Llama::new(2).biased().head_norms().graph(), "");
}

#[test]
fn a_chain_that_nothing_uses_goes_whole() {
    let graph = graph(|g, x| {
        let unused = g.matmul("unused", 8, x);
        g.push(Op::Silu, &[unused]);
        x
    });
    check(&graph, "remove unused\nremove silu@5\n");
}

#[test]
fn what_is_handed_on_is_read_at_its_source() {
    let graph = graph(|g, x| {
        let same = g.push(Op::Identity, &[x]);
        let same = g.push(Op::Scale(1.0), &[same]);
        g.push(Op::Silu, &[same])
    });
    check(
        &graph,
        "\
remove identity@4
remove scale@5
identity@4 -> embedding
scale@5 -> embedding
",
    );
}

#[test]
fn an_identity_that_nothing_uses_goes_without_a_trace() {
    let graph = graph(|g, x| {
        g.push(Op::Identity, &[x]);
        x
    });
    check(&graph, "remove identity@4\n");
}

#[test]
fn logits_that_are_handed_on_are_rewired_too() {
    let mut graph = graph(|_, x| x);
    let (picked, same) = (graph.logits, graph.values.len() as u32);
    graph.values.push(graph.values[picked as usize]);
    graph.nodes.push(inferno_plugin::Node { op: Op::Identity, inputs: vec![picked], outputs: vec![same] });
    graph.logits = same;
    check(&graph, "remove identity@5\nidentity@5 -> select-rows@4\n");
}

#[test]
fn other_factors_stay() {
    check(&graph(|g, x| g.push(Op::Scale(1.000_001), &[x])), "");
}

#[test]
fn an_attention_stays_with_what_it_reads() {
    let graph = graph(|g, x| {
        let [q, k, v] = ["q", "k", "v"].map(|name| g.matmul(name, 8, x));
        let op = Attention { layer: 0, heads: 2, kv_heads: 2, head_dim: 4, scale: 0.5, window: None };
        let mixed = g.push(Op::Attention(op), &[q, k, v]);
        g.matmul("unused", 8, mixed);
        x
    });
    check(&graph, "remove unused\n");
}
