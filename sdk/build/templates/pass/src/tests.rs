//! What the pass asks for, graph by graph.

use inferno_plugin::testing::{Llama, TestGraph, describe, target};
use inferno_plugin::{Graph, Op, OptimizationPass};

use crate::MyPlugin;

fn check(graph: &Graph, expected: &str) {
    let patch = MyPlugin::apply(graph, &target()).expect("a patch");
    assert_eq!(describe(graph, &patch), expected);
}

/// A graph with those scales, one after the other.
fn scaled(factors: &[f32]) -> Graph {
    let mut g = TestGraph::new();
    let mut x = g.embedding(8);
    for factor in factors {
        x = g.push(Op::Scale(*factor), &[x]);
    }
    let wanted = g.push(Op::SelectRows, &[x, TestGraph::ROWS]);
    let logits = g.matmul("head", 32, wanted);
    g.finish(logits)
}

#[test]
fn a_scale_by_one_goes() {
    check(&scaled(&[1.0]), "remove scale@4\nscale@4 -> embedding\n");
}

#[test]
fn two_scales_become_one() {
    let expected = "\
remove scale@4
remove scale@5
+0 = scale 6(embedding)
scale@5 -> +0
";
    check(&scaled(&[2.0, 3.0]), expected);
}

#[test]
fn what_changes_something_stays() {
    check(&scaled(&[2.0]), "");
    check(&Llama::new(2).graph(), "");
}
