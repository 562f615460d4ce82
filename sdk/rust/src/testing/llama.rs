//! A llama in miniature, with the variations that a pass should not stumble over.

use super::TestGraph;
use crate::{Attention, Graph, Matmul, Op, Rope, RopeScaling, RopeStyle, ValueId};

const HEADS: u32 = 4;
const KV_HEADS: u32 = 2;
const HEAD_DIM: u32 = 4;
const HIDDEN: u32 = HEADS * HEAD_DIM;
const FEED_FORWARD: u32 = 24;
const VOCABULARY: u32 = 32;

/// The shape of a small llama: rows of 16, four query heads over two KV heads, a feed-forward of 24.
///
/// Weights are named by what they are and their layer: `q.0`, `gate.1`. A pass must not rely on that.
#[derive(Debug, Clone, Copy, Default)]
pub struct Llama {
    layers: u32,
    biased: bool,
    head_norms: bool,
}

impl Llama {
    /// A llama of so many layers.
    pub const fn new(layers: u32) -> Self {
        Self { layers, biased: false, head_norms: false }
    }

    /// With biases on the projections that feed attention, as Qwen 2 has.
    pub const fn biased(self) -> Self {
        Self { biased: true, ..self }
    }

    /// With norms over the heads of queries and keys, as Qwen 3 has.
    pub const fn head_norms(self) -> Self {
        Self { head_norms: true, ..self }
    }

    /// Its graph.
    pub fn graph(self) -> Graph {
        let mut g = TestGraph::new();
        let mut x = g.embedding(HIDDEN);
        for layer in 0..self.layers {
            let attended = self.attention(&mut g, layer, x);
            x = g.push(Op::Add, &[x, attended]);
            let fed = feed_forward(&mut g, layer, x);
            x = g.push(Op::Add, &[x, fed]);
        }
        let wanted = g.push(Op::SelectRows, &[x, TestGraph::ROWS]);
        let normed = g.rms_norm("norm", HIDDEN, wanted);
        let logits = g.matmul("head", VOCABULARY, normed);
        g.finish(logits)
    }

    fn attention(self, g: &mut TestGraph, layer: u32, x: ValueId) -> ValueId {
        let normed = g.rms_norm(format!("attention-norm.{layer}"), HIDDEN, x);
        let [q, k, v] = [("q", HEADS), ("k", KV_HEADS), ("v", KV_HEADS)]
            .map(|(name, heads)| self.projection(g, format!("{name}.{layer}"), heads * HEAD_DIM, normed));
        let q = self.positioned(g, format!("q-norm.{layer}"), HEADS, q);
        let k = self.positioned(g, format!("k-norm.{layer}"), KV_HEADS, k);
        let attention = Attention {
            layer,
            heads: HEADS,
            kv_heads: KV_HEADS,
            head_dim: HEAD_DIM,
            scale: 0.5,
            window: None,
        };
        let mixed = g.push(Op::Attention(attention), &[q, k, v]);
        g.matmul(format!("o.{layer}"), HIDDEN, mixed)
    }

    fn projection(self, g: &mut TestGraph, name: String, rows: u32, x: ValueId) -> ValueId {
        let weights = vec![g.weight(&name, rows, HIDDEN)];
        let biases = if self.biased { vec![g.weight(format!("{name}.bias"), 1, rows)] } else { vec![] };
        g.push(Op::Matmul(Matmul { weights, biases }), &[x])
    }

    fn positioned(self, g: &mut TestGraph, norm: String, heads: u32, x: ValueId) -> ValueId {
        let x = if self.head_norms { g.rms_norm(norm, HEAD_DIM, x) } else { x };
        let rope = Rope {
            heads,
            head_dim: HEAD_DIM,
            rotary_dim: HEAD_DIM,
            base: 10_000.0,
            style: RopeStyle::Halves,
            scaling: RopeScaling::None,
        };
        g.push(Op::Rope(rope), &[x, TestGraph::POSITIONS])
    }
}

fn feed_forward(g: &mut TestGraph, layer: u32, x: ValueId) -> ValueId {
    let normed = g.rms_norm(format!("feed-forward-norm.{layer}"), HIDDEN, x);
    let gate = g.matmul(format!("gate.{layer}"), FEED_FORWARD, normed);
    let up = g.matmul(format!("up.{layer}"), FEED_FORWARD, normed);
    let active = g.push(Op::Silu, &[gate]);
    let gated = g.push(Op::Mul, &[active, up]);
    g.matmul(format!("down.{layer}"), HIDDEN, gated)
}
