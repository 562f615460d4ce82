//! What the pass asks for, graph by graph.

use inferno_plugin::testing::{Llama, TestGraph, describe, target};
use inferno_plugin::{Graph, Op, OptimizationPass};

use crate::FuseResidualNorm;

fn check(graph: &Graph, expected: &str) {
    let patch = FuseResidualNorm::apply(graph, &target()).unwrap();
    assert_eq!(describe(graph, &patch), expected);
}

/// `x + silu(x)`, closed over what `last` makes of it.
fn residual(last: impl FnOnce(&mut TestGraph, u32) -> u32) -> Graph {
    let mut g = TestGraph::new();
    let x = g.embedding(8);
    let active = g.push(Op::Silu, &[x]);
    let sum = g.push(Op::Add, &[x, active]);
    let logits = last(&mut g, sum);
    g.finish(logits)
}

#[test]
fn a_sum_and_its_norm_become_one_operation() {
    let graph = residual(|g, sum| {
        let normed = g.rms_norm("norm", 8, sum);
        g.push(Op::SelectRows, &[normed, TestGraph::ROWS])
    });
    check(
        &graph,
        "\
remove add@5
remove norm
+0 = add-rms-norm norm(embedding, silu@4)
add@5 -> +0
norm -> +0.1
",
    );
}

#[test]
fn of_two_norms_of_one_sum_the_first_is_fused() {
    let graph = residual(|g, sum| {
        let first = g.rms_norm("first", 8, sum);
        let second = g.rms_norm("second", 8, sum);
        let both = g.push(Op::Mul, &[first, second]);
        g.push(Op::SelectRows, &[both, TestGraph::ROWS])
    });
    check(
        &graph,
        "\
remove add@5
remove first
+0 = add-rms-norm first(embedding, silu@4)
add@5 -> +0
first -> +0.1
",
    );
}

#[test]
fn every_sum_but_the_last_is_treated() {
    // Two sums in each layer; the rows that logits are wanted for are picked between the last and its norm.
    let patch = FuseResidualNorm::apply(&Llama::new(3).graph(), &target()).unwrap();
    assert_eq!((patch.remove.len(), patch.add.len(), patch.rewire.len()), (10, 5, 10));
}

#[test]
fn a_norm_of_picked_rows_is_left_alone() {
    let graph = residual(|g, sum| {
        let wanted = g.push(Op::SelectRows, &[sum, TestGraph::ROWS]);
        g.rms_norm("norm", 8, wanted)
    });
    check(&graph, "");
}

#[test]
fn a_norm_over_heads_is_left_alone() {
    let graph = residual(|g, sum| {
        let normed = g.rms_norm("norm", 4, sum);
        g.push(Op::SelectRows, &[normed, TestGraph::ROWS])
    });
    check(&graph, "");
}
