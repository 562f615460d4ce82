//! A graph goes out and comes back the same, and JSON that is no graph is refused by name.

use inferno_graph::{self as ir, test_support::TinyLlama};

use super::*;

fn tiny() -> Graph {
    Graph::try_from(&TinyLlama::default().build().0).expect("a graph that the contract has words for")
}

#[test]
fn there_and_back() {
    let (graph, _) = TinyLlama::default().build();
    let text = serde_json::to_string(&tiny()).expect("JSON");
    let read: Graph = serde_json::from_str(&text).expect("what was just written");
    assert_eq!(ir::Graph::try_from(read).expect("a graph"), graph);
}

#[test]
fn every_op_is_spelt_as_the_contract_spells_it() {
    let norm = GraphNorm { weight: "n".into(), eps: f64::from(1e-5_f32) };
    let rope = |scaling| GraphRope {
        heads: 1,
        head_dim: 2,
        rotary_dim: 2,
        base: 10000.0,
        style: GraphRopeStyle::Halves,
        scaling,
    };
    let attention = GraphAttention { layer: 0, heads: 1, kv_heads: 1, head_dim: 2, scale: 0.5, window: None };
    let ops = [
        GraphOp::Embedding("e".into()),
        GraphOp::Matmul(GraphMatmul { weights: vec!["w".into()], biases: vec![] }),
        GraphOp::RmsNorm(norm.clone()),
        GraphOp::Rope(rope(GraphRopeScaling::None)),
        GraphOp::Rope(rope(GraphRopeScaling::Linear(2.0))),
        GraphOp::Rope(rope(GraphRopeScaling::Factors("f".into()))),
        GraphOp::Rope(rope(GraphRopeScaling::Yarn(GraphYarn { factor: 2.0, original_context: 8 }))),
        GraphOp::Attention(attention.clone()),
        GraphOp::Attention(GraphAttention { window: Some(4), ..attention }),
        GraphOp::Silu,
        GraphOp::Mul,
        GraphOp::Add,
        GraphOp::Scale(0.125),
        GraphOp::Identity,
        GraphOp::Slice(GraphSlice { start: 0, len: 1 }),
        GraphOp::SelectRows,
        GraphOp::GatedMatmul(GraphGatedMatmul { gate: "g".into(), up: "u".into() }),
        GraphOp::AddRmsNorm(norm),
    ];
    let lines: Vec<_> = ops.iter().map(|op| serde_json::to_string(op).expect("JSON")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_f32_keeps_every_bit() {
    for bits in [0x3f80_0001_u32, 0x358637bd, 0x7f7f_ffff, 0x0000_0001] {
        let factor = f32::from_bits(bits);
        let text = serde_json::to_string(&GraphOp::Scale(f64::from(factor))).expect("JSON");
        let GraphOp::Scale(read) = serde_json::from_str(&text).expect("what was just written") else {
            panic!("{text} is no longer a scale")
        };
        assert_eq!((read as f32).to_bits(), bits, "{text}");
    }
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Graph)) -> String {
    let mut graph = tiny();
    change(&mut graph);
    let defect = ir::Graph::try_from(graph).expect_err("it must be refused");
    crate::error::chain(&defect)
}

#[test]
fn what_is_no_graph_is_refused() {
    let text = [
        refused(|g| g.nodes[0].outputs = vec![9]),
        refused(|g| g.nodes[1].inputs = vec![999]),
        refused(|g| g.values.truncate(38)),
        refused(|g| g.values[3].width += 1),
        refused(|g| g.logits = 999),
        refused(|g| g.weights[0].rows = 0),
    ];
    insta::assert_snapshot!(text.join("\n"));
}
