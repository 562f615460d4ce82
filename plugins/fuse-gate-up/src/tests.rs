//! What the pass asks for, graph by graph.

use inferno_plugin::testing::{Llama, TestGraph, describe, target};
use inferno_plugin::{Graph, Op, OptimizationPass};

use crate::FuseGateUp;

fn check(graph: &Graph, expected: &str) {
    let patch = FuseGateUp::apply(graph, &target()).unwrap();
    assert_eq!(describe(graph, &patch), expected);
}

/// A feed-forward of a gate and a value, closed over what `last` makes of them.
fn feed_forward(last: impl FnOnce(&mut TestGraph, Parts) -> u32) -> Graph {
    let mut g = TestGraph::new();
    let x = g.embedding(8);
    let gate = g.matmul("gate", 12, x);
    let up = g.matmul("up", 12, x);
    let active = g.push(Op::Silu, &[gate]);
    let out = last(&mut g, Parts { gate, up, active });
    let logits = g.push(Op::SelectRows, &[out, TestGraph::ROWS]);
    g.finish(logits)
}

struct Parts {
    gate: u32,
    up: u32,
    active: u32,
}

const FUSED: &str = "\
remove gate
remove up
remove silu@6
remove mul@7
+0 = gated-matmul gate up(embedding)
mul@7 -> +0
";

#[test]
fn a_gated_feed_forward_becomes_one_operation() {
    check(&feed_forward(|g, p| g.push(Op::Mul, &[p.active, p.up])), FUSED);
    check(&feed_forward(|g, p| g.push(Op::Mul, &[p.up, p.active])), FUSED);
}

#[test]
fn every_layer_is_treated() {
    let patch = FuseGateUp::apply(&Llama::new(3).graph(), &target()).unwrap();
    assert_eq!((patch.remove.len(), patch.add.len(), patch.rewire.len()), (12, 3, 3));
}

#[test]
fn a_part_that_is_read_elsewhere_is_left_alone() {
    let with = |part: fn(&Parts) -> u32| {
        feed_forward(|g, p| {
            let product = g.push(Op::Mul, &[p.active, p.up]);
            g.push(Op::Add, &[product, part(&p)])
        })
    };
    check(&with(|p| p.gate), "");
    check(&with(|p| p.up), "");
    check(&with(|p| p.active), "");
}

#[test]
fn a_gate_over_itself_is_left_alone() {
    check(&feed_forward(|g, p| g.push(Op::Mul, &[p.active, p.gate])), "");
    check(&feed_forward(|g, p| g.push(Op::Mul, &[p.active, p.active])), "");
}

#[test]
fn biases_and_several_weights_are_left_alone() {
    let changed = |change: fn(&mut inferno_plugin::Matmul)| {
        let mut graph = feed_forward(|g, p| g.push(Op::Mul, &[p.active, p.up]));
        for node in &mut graph.nodes {
            if let Op::Matmul(matmul) = &mut node.op {
                change(matmul);
            }
        }
        graph
    };
    check(&changed(|matmul| matmul.biases.push("bias".into())), "");
    check(&changed(|matmul| matmul.weights.push("more".into())), "");
}
