//! Graphs in the shape of the Llama family, small in width and of any depth.

use inferno_graph::{
    DType, Graph, GraphBuilder, InputKind, Op, RopeScaling, RopeSpec, RopeStyle, ValueId, WeightDecl,
    WeightName,
};

const WIDTH: u32 = 64;
const HEADS: u32 = 4;
const KV_HEADS: u32 = 2;
const HEAD_DIM: u32 = 16;
const HIDDEN: u32 = 96;
const VOCABULARY: u32 = 32;
const EPS: f32 = 1e-5;

/// Nodes of [`llama`]: sixteen for a layer, four around them.
pub(crate) const fn nodes(layers: usize) -> usize {
    16 * layers + 4
}

/// Embedding, `layers` blocks of attention and gated feed-forward, a norm and the output matrix.
pub(crate) fn llama(layers: u32) -> Graph {
    let mut weights = vec![matrix("token_embd.weight", VOCABULARY, WIDTH), vector("output_norm.weight")];
    for layer in 0..layers {
        let name = |part: &str| format!("blk.{layer}.{part}.weight");
        weights.extend([
            vector(&name("attn_norm")),
            matrix(&name("attn_q"), HEADS * HEAD_DIM, WIDTH),
            matrix(&name("attn_k"), KV_HEADS * HEAD_DIM, WIDTH),
            matrix(&name("attn_v"), KV_HEADS * HEAD_DIM, WIDTH),
            matrix(&name("attn_output"), WIDTH, HEADS * HEAD_DIM),
            vector(&name("ffn_norm")),
            matrix(&name("ffn_gate"), HIDDEN, WIDTH),
            matrix(&name("ffn_up"), HIDDEN, WIDTH),
            matrix(&name("ffn_down"), WIDTH, HIDDEN),
        ]);
    }
    let mut graph = GraphBuilder::new(128, weights).expect("the weights are right");
    let table = WeightName::from("token_embd.weight");
    let mut x = push(&mut graph, Op::Embedding { table: table.clone() }, &[InputKind::Tokens.value()]);
    for layer in 0..layers {
        x = block(&mut graph, layer, x);
    }
    let x = push(&mut graph, norm("output_norm.weight"), &[x]);
    let x = push(&mut graph, Op::SelectRows, &[x, InputKind::Rows.value()]);
    let logits = push(&mut graph, Op::MatMul { weights: vec![table], biases: Vec::new() }, &[x]);
    graph.finish(logits).expect("the graph is right")
}

fn block(graph: &mut GraphBuilder, layer: u32, x: ValueId) -> ValueId {
    let name = |part: &str| format!("blk.{layer}.{part}.weight");
    let positions = InputKind::Positions.value();
    let normed = push(graph, norm(&name("attn_norm")), &[x]);
    let q = push(graph, matmul(&name("attn_q")), &[normed]);
    let k = push(graph, matmul(&name("attn_k")), &[normed]);
    let v = push(graph, matmul(&name("attn_v")), &[normed]);
    let q = push(graph, rope(HEADS), &[q, positions]);
    let k = push(graph, rope(KV_HEADS), &[k, positions]);
    let attention = Op::Attention {
        layer,
        heads: HEADS,
        kv_heads: KV_HEADS,
        head_dim: HEAD_DIM,
        scale: 0.25,
        window: None,
    };
    let mixed = push(graph, attention, &[q, k, v]);
    let out = push(graph, matmul(&name("attn_output")), &[mixed]);
    let x = push(graph, Op::Add, &[x, out]);
    let normed = push(graph, norm(&name("ffn_norm")), &[x]);
    let gate = push(graph, matmul(&name("ffn_gate")), &[normed]);
    let up = push(graph, matmul(&name("ffn_up")), &[normed]);
    let gate = push(graph, Op::Silu, &[gate]);
    let product = push(graph, Op::Mul, &[gate, up]);
    let down = push(graph, matmul(&name("ffn_down")), &[product]);
    push(graph, Op::Add, &[x, down])
}

fn push(graph: &mut GraphBuilder, op: Op, inputs: &[ValueId]) -> ValueId {
    graph.push1(op, inputs).expect("the node is right")
}

fn matmul(weight: &str) -> Op {
    Op::MatMul { weights: vec![weight.into()], biases: Vec::new() }
}

fn norm(weight: &str) -> Op {
    Op::RmsNorm { weight: weight.into(), eps: EPS }
}

fn rope(heads: u32) -> Op {
    Op::Rope(RopeSpec {
        heads,
        head_dim: HEAD_DIM,
        rotary_dim: HEAD_DIM,
        base: 10_000.0,
        style: RopeStyle::Interleaved,
        scaling: RopeScaling::None,
    })
}

fn matrix(name: &str, rows: u32, cols: u32) -> WeightDecl {
    WeightDecl { name: name.into(), dtype: DType::F32, rows, cols }
}

fn vector(name: &str) -> WeightDecl {
    matrix(name, 1, WIDTH)
}

#[test]
fn the_nodes_are_counted_right() {
    for layers in [1, 2, 30] {
        assert_eq!(llama(layers).nodes().len(), nodes(layers as usize));
    }
}
