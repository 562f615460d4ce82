//! Single ops in small graphs, and fused ops against the ops they stand for.

use inferno_graph::{
    DType, Graph, GraphBuilder, InputKind, Op, RopeScaling, RopeSpec, RopeStyle, ValueId,
    test_support::MapWeights,
};

use super::harness::{LAYOUT, Subject, assert_close, tokens};
use crate::{Backend, Phases};

const VOCABULARY: u32 = 37;

/// Checks every op that models do not exercise in all its forms, and that fused ops equal what they fuse.
///
/// # Panics
/// With what is wrong.
pub fn check_ops(backend: &dyn Backend) {
    check(backend, "scale, identity, mul, silu", DType::F32, |b, x| {
        let scaled = b.push(Op::Scale { factor: -1.75 }, &[x]);
        let same = b.push(Op::Identity, &[scaled]);
        let gate = b.push(Op::Silu, &[same]);
        b.push(Op::Mul, &[gate, x])
    });
    check(backend, "slices of slices", DType::F32, |b, x| {
        let wide = b.push(product(&["w0", "w1", "w2"], false), &[x]);
        let middle = b.push(Op::Slice { start: 40, len: 180 }, &[wide]);
        let part = b.push(Op::Slice { start: 9, len: b.width }, &[middle]);
        b.push(Op::RmsNorm { weight: "head".into(), eps: 1e-5 }, &[part])
    });
    check(backend, "rope of a part of a head", DType::F32, |b, x| {
        let spec = RopeSpec {
            heads: 3,
            head_dim: 32,
            rotary_dim: 20,
            base: 500.0,
            style: RopeStyle::Halves,
            scaling: RopeScaling::None,
        };
        b.push(Op::Rope(spec), &[x, InputKind::Positions.value()])
    });
    check(backend, "a node that nobody reads", DType::F32, |b, x| {
        b.push(Op::Silu, &[x]);
        x
    });
    for dtype in DType::ALL {
        fused_equals_unfused(backend, dtype);
        check(backend, &format!("matrices of two types, {dtype}"), dtype, |b, x| {
            let wide = b.push(product(&["w0", "exact"], false), &[x]);
            let parts = [0, b.width].map(|start| b.push(Op::Slice { start, len: b.width }, &[wide]));
            let gated = b.push(Op::GatedMatMul { gate: "exact".into(), up: "w1".into() }, &[parts[0]]);
            b.push(Op::Add, &[gated, parts[1]])
        });
        check(backend, &format!("products that are added, {dtype}"), dtype, |b, x| {
            let norm = || Op::AddRmsNorm { weight: "norm".into(), eps: 1e-5 };
            let product = |b: &mut Wiring, name, biased, x| b.push(product(&[name], biased), &[x]);
            let y = product(b, "w1", true, x);
            let sums = b.all(norm(), &[x, y]);
            let y = product(b, "w0", false, sums[1]);
            let sums = b.all(norm(), &[y, sums[0]]);
            b.push(Op::Add, &[sums[0], sums[1]])
        });
    }
    logits_may_be_a_view(backend);
}

fn product(weights: &[&str], biased: bool) -> Op {
    let names = |prefix: &str| weights.iter().map(|w| format!("{prefix}{w}").as_str().into()).collect();
    Op::MatMul { weights: names(""), biases: if biased { names("b") } else { Vec::new() } }
}

/// A graph in the making.
struct Wiring {
    builder: GraphBuilder,
    width: u32,
}

impl Wiring {
    fn all(&mut self, op: Op, inputs: &[ValueId]) -> Vec<ValueId> {
        self.builder.push(op, inputs).expect("the case is well typed")
    }

    fn push(&mut self, op: Op, inputs: &[ValueId]) -> ValueId {
        self.all(op, inputs)[0]
    }
}

/// Embedding, what `wire` adds, the requested rows, and a product with `w0`.
fn build(dtype: DType, wire: impl FnOnce(&mut Wiring, ValueId) -> ValueId) -> (Graph, MapWeights) {
    let width = if dtype.block_len() == 256 { 256 } else { 96 };
    let mut weights = MapWeights::default();
    // No two alike, so that none can be taken for another.
    let mut numbers = 0_u32..;
    let mut insert = |name: &str, dtype: DType, rows: u32, cols: u32, centre: f32| {
        let values: Vec<f32> = numbers
            .by_ref()
            .take((rows * cols) as usize)
            .map(|i| centre + (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 - 0.5)
            .collect();
        weights.insert(name, dtype, rows, cols, &values);
    };
    insert("table", DType::F32, VOCABULARY, width, 0.0);
    // As many rows as columns, so that products can be chained; one less, and a number that fits no tile.
    for (name, rows) in [("w0", width), ("w1", width), ("w2", 53)] {
        insert(name, dtype, rows, width, 0.0);
        insert(&format!("b{name}"), DType::F32, 1, rows, 0.0);
    }
    insert("exact", DType::F32, width, width, 0.0);
    insert("norm", DType::F32, 1, width, 1.0);
    insert("head", DType::F32, 1, 32, 1.0);
    let builder = GraphBuilder::new(128, weights.declarations()).expect("the weights are well formed");
    let mut wiring = Wiring { builder, width };
    let x = wiring.push(Op::Embedding { table: "table".into() }, &[InputKind::Tokens.value()]);
    let x = wire(&mut wiring, x);
    let x = wiring.push(Op::SelectRows, &[x, InputKind::Rows.value()]);
    let logits = wiring.push(product(&["w0"], false), &[x]);
    (wiring.builder.finish(logits).expect("the logits are rows"), weights)
}

fn check(
    backend: &dyn Backend,
    name: &str,
    dtype: DType,
    wire: impl FnOnce(&mut Wiring, ValueId) -> ValueId,
) {
    let subject = Subject::new(name, build(dtype, wire));
    // More than two tiles of sixteen rows, and some.
    let tokens = tokens(3, 35, VOCABULARY);
    let rounds = subject.executor(backend, LAYOUT).phases() == Phases::Apart;
    for prompt in [0, 12, 35] {
        let run = |chunks: &[usize]| subject.run_in(LAYOUT, backend, (&tokens, prompt), chunks);
        let found = run(&[35]);
        assert_close(name, dtype, rounds && prompt > 0, &found, &subject.reference(&tokens));
        assert_eq!(run(&[1, 33, 1]), found, "{name}: chunks change nothing, with {prompt} of a prompt");
    }
}

fn fused_equals_unfused(backend: &dyn Backend, dtype: DType) {
    let eps = 1e-5;
    let fused = |b: &mut Wiring, x: ValueId| {
        let wide = b.push(product(&["w0", "w2", "w1"], true), &[x]);
        let a = b.push(Op::Slice { start: 0, len: b.width }, &[wide]);
        let c = b.push(Op::Slice { start: b.width + 53, len: b.width }, &[wide]);
        let sums = b.all(Op::AddRmsNorm { weight: "norm".into(), eps }, &[a, c]);
        let gated = b.push(Op::GatedMatMul { gate: "w1".into(), up: "w0".into() }, &[sums[1]]);
        b.push(Op::Add, &[sums[0], gated])
    };
    let plain = |b: &mut Wiring, x: ValueId| {
        let a = b.push(product(&["w0"], true), &[x]);
        let c = b.push(product(&["w1"], true), &[x]);
        let sum = b.push(Op::Add, &[a, c]);
        let normed = b.push(Op::RmsNorm { weight: "norm".into(), eps }, &[sum]);
        let gate = b.push(product(&["w1"], false), &[normed]);
        let up = b.push(product(&["w0"], false), &[normed]);
        let gate = b.push(Op::Silu, &[gate]);
        let gated = b.push(Op::Mul, &[gate, up]);
        b.push(Op::Add, &[sum, gated])
    };
    let name = format!("fused ops, {dtype}");
    check(backend, &name, dtype, fused);
    check(backend, &name, dtype, plain);
    let tokens = tokens(5, 11, VOCABULARY);
    let run = |case| Subject::new(name.as_str(), case).run(backend, &tokens, &[11]);
    // Both ways round alike; what may differ is the order of a sum.
    assert_close(&name, DType::F32, false, &run(build(dtype, fused)), &run(build(dtype, plain)));
}

/// The logits as columns of a wider value, renamed.
fn logits_may_be_a_view(backend: &dyn Backend) {
    let (_, weights) = build(DType::F32, |_, x| x);
    let builder = GraphBuilder::new(128, weights.declarations()).expect("the weights are well formed");
    let mut b = Wiring { builder, width: 96 };
    let x = b.push(Op::Embedding { table: "table".into() }, &[InputKind::Tokens.value()]);
    let x = b.push(Op::SelectRows, &[x, InputKind::Rows.value()]);
    let wide = b.push(product(&["w0", "w2"], false), &[x]);
    let part = b.push(Op::Slice { start: 90, len: VOCABULARY }, &[wide]);
    let logits = b.push(Op::Identity, &[part]);
    let graph = b.builder.finish(logits).expect("the logits are rows");
    Subject::new("logits as a view", (graph, weights)).check(backend, DType::F32);
}
