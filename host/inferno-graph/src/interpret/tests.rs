//! Each op against values computed by hand, and the interpreter against itself where two ways must agree.

use std::sync::Arc;

use super::*;
use crate::{
    DType, GraphBuilder, InputKind, RopeScaling, RopeSpec, RopeStyle, ValueType,
    test_support::{MapWeights, TinyLlama},
};

/// Weights that hand-computed cases use, by name.
fn weights() -> MapWeights {
    let mut weights = MapWeights::default();
    let mut put = |name: &str, rows, values: &[f32]| {
        weights.insert(name, DType::F32, rows, values.len() as u32 / rows, values);
    };
    // Tokens 0, 1, 2 embed as these rows.
    put("table", 3, &[1.0, 2.0, 3.0, 4.0, 0.5, -0.5, 2.0, -2.0, 0.0, 1.0, 0.0, -1.0]);
    put("sum_and_first", 2, &[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    put("second", 1, &[0.0, 1.0, 0.0, 0.0]);
    put("bias2", 1, &[10.0, 20.0]);
    put("bias1", 1, &[-1.0]);
    put("pair", 1, &[1.0, 2.0]);
    put("ones", 1, &[1.0; 4]);
    put("gate", 2, &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    put("up", 2, &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    put("factors", 1, &[2.0, 4.0]);
    weights
}

/// Evaluates `op` on the embedded `tokens` and checks each row it yields. `repeat` tells which inputs it takes.
fn check(op: Op, inputs: &[ValueId], tokens: &[u32], expected: &[&[f32]]) {
    let weights = weights();
    let mut graph = GraphBuilder::new(64, weights.declarations()).unwrap();
    graph.push(Op::Embedding { table: "table".into() }, &[ValueId(0)]).unwrap();
    let name = op.name();
    let outputs = graph.push(op, inputs).unwrap();
    let last = *outputs.last().unwrap();
    let rows = if name == "select-rows" {
        last
    } else {
        graph.push1(Op::SelectRows, &[last, InputKind::Rows.value()]).unwrap()
    };
    let graph = graph.finish(rows).unwrap();
    let batch = [Sequence::new(tokens.iter().copied(), Past::Empty)];
    let found = evaluate(&graph, &weights, &batch).unwrap().logits;
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        let close = found.len() == expected.len()
            && found.iter().zip(*expected).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1.0));
        assert!(close, "{name}: {found:?} is not {expected:?}");
    }
}

/// The embedding's value in the graphs of [`check`].
const X: ValueId = ValueId(3);
const POSITIONS: ValueId = ValueId(1);

#[test]
fn ops_mean_what_a_pencil_says() {
    let x0: &[f32] = &[1.0, 2.0, 3.0, 4.0];
    let matmul = |weights: &[&str], biases: &[&str]| Op::MatMul {
        weights: weights.iter().map(|w| (*w).into()).collect(),
        biases: biases.iter().map(|w| (*w).into()).collect(),
    };
    check(Op::Identity, &[X], &[0, 1], &[x0, &[0.5, -0.5, 2.0, -2.0]]);
    check(matmul(&["sum_and_first"], &[]), &[X], &[0, 1], &[&[10.0, 1.0], &[0.0, 0.5]]);
    check(matmul(&["sum_and_first"], &["bias2"]), &[X], &[0], &[&[20.0, 21.0]]);
    check(matmul(&["sum_and_first", "second"], &[]), &[X], &[0, 1], &[&[10.0, 1.0, 2.0], &[0.0, 0.5, -0.5]]);
    check(matmul(&["second", "sum_and_first"], &["bias1", "bias2"]), &[X], &[0], &[&[1.0, 20.0, 21.0]]);
    // mean square 7.5; groups of two: 2.5 and 12.5.
    let norm = |weight: &str, eps| Op::RmsNorm { weight: weight.into(), eps };
    check(norm("ones", 1e-9), &[X], &[0], &[&[0.365_148, 0.730_297, 1.095_445, 1.460_593]]);
    check(norm("ones", 1.5), &[X], &[0], &[&[1.0 / 3.0, 2.0 / 3.0, 1.0, 4.0 / 3.0]]);
    check(norm("pair", 1e-9), &[X], &[0], &[&[0.632_456, 2.529_822, 0.848_528, 2.262_742]]);
    check(Op::Silu, &[X], &[2], &[&[0.0, 0.731_058_6, 0.0, -0.268_941_4]]);
    check(Op::Mul, &[X, X], &[0], &[&[1.0, 4.0, 9.0, 16.0]]);
    check(Op::Add, &[X, X], &[0], &[&[2.0, 4.0, 6.0, 8.0]]);
    check(Op::Scale { factor: -0.5 }, &[X], &[0], &[&[-0.5, -1.0, -1.5, -2.0]]);
    check(Op::Slice { start: 1, len: 2 }, &[X], &[0, 1], &[&[2.0, 3.0], &[-0.5, 2.0]]);
    check(Op::SelectRows, &[X, ValueId(2)], &[2], &[&[0.0, 1.0, 0.0, -1.0]]);
    // silu(1) · 3, silu(2) · 4.
    let gated = Op::GatedMatMul { gate: "gate".into(), up: "up".into() };
    check(gated, &[X], &[0], &[&[2.193_176, 7.046_376]]);
    // 2x has mean square 30.
    let add_norm = Op::AddRmsNorm { weight: "ones".into(), eps: 6.0 };
    check(add_norm, &[X, X], &[0], &[&[1.0 / 3.0, 2.0 / 3.0, 1.0, 4.0 / 3.0]]);
}

#[test]
fn rope_turns_pairs() {
    let rope = |style, scaling, rotary_dim| {
        Op::Rope(RopeSpec { heads: 1, head_dim: 4, rotary_dim, base: 100.0, style, scaling })
    };
    let x0: &[f32] = &[1.0, 2.0, 3.0, 4.0];
    let turn =
        |a: f32, b: f32, angle: f32| [a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()];
    // Two pairs: frequencies 1 and 1/10. Position 0 stays, position 1 turns by 1 and 0.1.
    let ([a, b], [c, d]) = (turn(1.0, 2.0, 1.0), turn(3.0, 4.0, 0.1));
    let interleaved = rope(RopeStyle::Interleaved, RopeScaling::None, 4);
    check(interleaved, &[X, POSITIONS], &[0, 0], &[x0, &[a, b, c, d]]);
    let ([a, c], [b, d]) = (turn(1.0, 3.0, 1.0), turn(2.0, 4.0, 0.1));
    check(rope(RopeStyle::Halves, RopeScaling::None, 4), &[X, POSITIONS], &[0, 0], &[x0, &[a, b, c, d]]);
    let [a, b] = turn(1.0, 2.0, 1.0);
    check(rope(RopeStyle::Halves, RopeScaling::None, 2), &[X, POSITIONS], &[0, 0], &[x0, &[a, b, 3.0, 4.0]]);
    let ([a, b], [c, d]) = (turn(1.0, 2.0, 0.25), turn(3.0, 4.0, 0.025));
    let linear = rope(RopeStyle::Interleaved, RopeScaling::Linear { factor: 4.0 }, 4);
    check(linear, &[X, POSITIONS], &[0, 0], &[x0, &[a, b, c, d]]);
    let ([a, b], [c, d]) = (turn(1.0, 2.0, 0.5), turn(3.0, 4.0, 0.025));
    let factors = RopeScaling::Factors { weight: "factors".into() };
    check(rope(RopeStyle::Interleaved, factors, 4), &[X, POSITIONS], &[0, 0], &[x0, &[a, b, c, d]]);
}

#[test]
fn attention_averages_what_it_sees() {
    let attention = |heads, kv_heads, head_dim, window| Op::Attention {
        layer: 0,
        heads,
        kv_heads,
        head_dim,
        scale: 1.0,
        window,
    };
    let (x0, x2): (&[f32], &[f32]) = (&[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 0.0, -1.0]);
    // Token 2 after token 0: scores x2·x0 = −2 and x2·x2 = 2.
    let near = 1.0 / (1.0 + (-4.0_f32).exp());
    let far = 1.0 - near;
    let mixed = [far, 2.0 * far + near, 3.0 * far, 4.0 * far - near];
    check(attention(1, 1, 4, None), &[X, X, X], &[0, 2], &[x0, &mixed]);
    check(attention(1, 1, 4, Some(2)), &[X, X, X], &[0, 2], &[x0, &mixed]);
    check(attention(1, 1, 4, Some(1)), &[X, X, X], &[0, 2], &[x0, x2]);
    // Two heads: scores 2 and 1, then −4 and 1.
    let [a, b] = [1.0_f32, -5.0].map(|difference| 1.0 / (1.0 + (-difference).exp()));
    let mixed = [a, 2.0 * a + (1.0 - a), 3.0 * b, 4.0 * b - (1.0 - b)];
    check(attention(2, 2, 2, None), &[X, X, X], &[0, 2], &[x0, &mixed]);
}

#[test]
fn a_recorded_past_continues_as_one_run() {
    for variant in [
        TinyLlama::default(),
        TinyLlama { biases: true, rope_style: RopeStyle::Halves, ..TinyLlama::default() },
        TinyLlama { qk_norm: true, tied: true, window: Some(3), ..TinyLlama::default() },
        TinyLlama::of(DType::Q4K),
    ] {
        let (graph, weights) = variant.build();
        let tokens = [5, 17, 3, 60, 42, 7];
        let whole = evaluate(&graph, &weights, &[Sequence::new(tokens, Past::Empty)]).unwrap();
        let mut past = evaluate(&graph, &weights, &[Sequence::new([5, 17], Past::Empty)]).unwrap().appended;
        let mut past = past.remove(0);
        let next = Sequence::new([3, 60, 42], Past::Recorded(Arc::new(past.clone())));
        let other = Sequence::new([9, 8], Past::Empty);
        past.extend(&evaluate(&graph, &weights, &[other, next]).unwrap().appended[1]);
        let last = Sequence::new([7], Past::Recorded(Arc::new(past.clone())));
        let found = evaluate(&graph, &weights, &[last]).unwrap();
        past.extend(&found.appended[0]);
        // Not "close": the same bits, whatever else is in the batch.
        assert_eq!(found.logits.row(0), whole.logits.row(5));
        assert_eq!(past, whole.appended[0]);
    }
}

#[test]
fn a_random_past_is_the_same_wherever_it_is_read() {
    let past = RandomPast { seed: 7, len: 20, magnitude: 3.0 };
    let mut whole = [0.0; 64];
    past.fill(1, sequence::KvKind::Key, 11, 0, &mut whole);
    let mut part = [0.0; 10];
    past.fill(1, sequence::KvKind::Key, 11, 23, &mut part);
    assert_eq!(whole[23..33], part);
    let mut value = [0.0; 64];
    past.fill(1, sequence::KvKind::Value, 11, 0, &mut value);
    assert_ne!(whole, value);
    let mean_square = whole.iter().map(|v| v * v).sum::<f32>() / 64.0;
    assert!((1.5..4.5).contains(&mean_square), "uniform over ±3 has mean square 3, not {mean_square}");
}

#[test]
fn a_memo_changes_nothing() {
    let (graph, weights) = TinyLlama::default().build();
    let random = RandomPast { seed: 1, len: 50, magnitude: 1.0 };
    let batch = [Sequence::new([1, 2, 3], Past::Empty), Sequence::new([4, 5], Past::Random(random))];
    let plain = evaluate(&graph, &weights, &batch).unwrap();
    let unasked = batch.clone().map(|s| Sequence { logits_for: Vec::new(), ..s });
    let unasked = evaluate(&graph, &weights, &unasked).unwrap();
    assert!(unasked.logits.is_empty() && unasked.appended == plain.appended);
    let mut memo = Memo::default();
    for _ in 0..2 {
        assert_eq!(evaluate_with(&graph, &weights, &batch, &mut memo).unwrap(), plain);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let (graph, weights) = TinyLlama::default().build();
    let full = Past::Random(RandomPast { seed: 0, len: 128, magnitude: 1.0 });
    let cases = [
        (Sequence::new([], Past::Empty), "sequence 0 cannot be evaluated: it has no tokens"),
        (
            Sequence::new([1], full),
            "sequence 0 cannot be evaluated: 128 + 1 positions exceed the context of 128",
        ),
        (Sequence::new([80], Past::Empty), "token 80 lies beyond an embedding of 80 rows"),
    ];
    for (sequence, message) in cases {
        assert_eq!(evaluate(&graph, &weights, &[sequence]).unwrap_err().to_string(), message);
    }
    let other = TinyLlama { dtype: DType::F16, ..TinyLlama::default() }.build().1;
    let error = evaluate(&graph, &other, &[Sequence::new([1], Past::Empty)]).unwrap_err();
    let InterpretError::Weight(error) = error else { panic!("{error}") };
    assert_eq!(error.to_string(), "weight `token_embd.weight` is not as the graph declares it");
    assert_eq!(graph.value_type(graph.logits()), ValueType::rows(Dim::Rows, 80));
}
