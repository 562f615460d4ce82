//! What the pass asks for, graph by graph.

use inferno_plugin::testing::{Llama, TestGraph, describe, target};
use inferno_plugin::{Graph, Op, OptimizationPass};

use crate::MyPlugin;

fn check(graph: &Graph, expected: &str) {
    let patch = MyPlugin::apply(graph, &target()).expect("a patch");
    assert_eq!(describe(graph, &patch), expected);
}

#[test]
fn products_of_one_input_become_one() {
    let expected = "\
remove q.0
remove k.0
remove v.0
remove gate.0
remove up.0
+0 = matmul q.0 k.0 v.0(attention-norm.0)
+1 = slice 0..16(+0)
+2 = slice 16..24(+0)
+3 = slice 24..32(+0)
+4 = matmul gate.0 up.0(feed-forward-norm.0)
+5 = slice 0..24(+4)
+6 = slice 24..48(+4)
q.0 -> +1
k.0 -> +2
v.0 -> +3
gate.0 -> +5
up.0 -> +6
";
    check(&Llama::new(1).graph(), expected);
}

#[test]
fn a_product_alone_stays_as_it_is() {
    let mut g = TestGraph::new();
    let x = g.embedding(8);
    let y = g.matmul("first", 8, x);
    let z = g.push(Op::Silu, &[y]);
    let wanted = g.push(Op::SelectRows, &[z, TestGraph::ROWS]);
    let logits = g.matmul("head", 32, wanted);
    check(&g.finish(logits), "");
}

#[test]
fn products_with_biases_stay_as_they_are() {
    let graph = Llama::new(1).biased().graph();
    let patch = MyPlugin::apply(&graph, &target()).expect("a patch");
    assert_eq!(patch.remove.len(), 2, "only the feed-forward has none");
}
