//! A graph is spelt as the contract spells it, and loses nothing on the way.

use inferno_graph::{self as ir, test_support::TinyLlama};

use super::*;

fn tiny() -> Graph {
    Graph::try_from(&TinyLlama::default().build().0).expect("a graph that the contract has words for")
}

#[test]
fn there_and_back() {
    let text = serde_json::to_string(&tiny()).expect("JSON");
    assert_eq!(serde_json::from_str::<Graph>(&text).expect("what was just written"), tiny());
    let more = text.replacen('{', r#"{"more":1,"#, 1);
    let error = serde_json::from_str::<Graph>(&more).expect_err("an unknown key").to_string();
    assert!(error.starts_with("unknown field `more`"), "{error}");
}

#[test]
fn values_and_weights_are_spelt_as_the_contract_spells_them() {
    let graph = tiny();
    let line = |value: serde_json::Result<String>| value.expect("JSON");
    insta::assert_snapshot!(line(serde_json::to_string(&graph.values[0])), @r#"{"elem":"uint32","lead":"tokens","width":1}"#);
    insta::assert_snapshot!(line(serde_json::to_string(&graph.values[2])), @r#"{"elem":"uint32","lead":"rows","width":1}"#);
    insta::assert_snapshot!(line(serde_json::to_string(&graph.values[3])), @r#"{"elem":"float32","lead":"tokens","width":64}"#);
    let dtypes = ir::DType::ALL.map(|dtype| {
        let graph = Graph::try_from(&TinyLlama::of(dtype).build().0).expect("a graph");
        let matrix = graph.weights.into_iter().find(|weight| weight.name == "token_embd.weight");
        line(serde_json::to_string(&matrix.expect("an embedding").dtype))
    });
    insta::assert_snapshot!(dtypes.join(" "), @r#""float32" "float16" "bfloat16" "q4x0" "q4x1" "q5x0" "q5x1" "q8x0" "q4k" "q5k" "q6k""#);
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
