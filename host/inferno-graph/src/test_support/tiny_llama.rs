//! A Llama-like model of a few kilobytes with random weights, in all the variants of the family.

use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;

use super::MapWeights;
use crate::{DType, Graph, GraphBuilder, InputKind, Op, RopeScaling, RopeSpec, RopeStyle, ValueId};

/// Which variant. Weights are named as GGUF names them: `blk.0.attn_q.weight`.
#[derive(Debug, Clone)]
pub struct TinyLlama {
    /// Transformer blocks.
    pub layers: u32,
    /// The width of the residual stream.
    pub width: u32,
    /// Query heads.
    pub heads: u32,
    /// KV heads; fewer than `heads` is grouped-query attention.
    pub kv_heads: u32,
    /// Elements of one head.
    pub head_dim: u32,
    /// The width between the two halves of a feed-forward.
    pub feed_forward: u32,
    /// Tokens.
    pub vocabulary: u32,
    /// The most positions.
    pub context_length: u32,
    /// Biases on q, k and v, as Qwen2 has them.
    pub biases: bool,
    /// Norms of each q and k head, as Qwen3 has them.
    pub qk_norm: bool,
    /// Whether the output shares the embedding's weight.
    pub tied: bool,
    /// Which elements rope pairs.
    pub rope_style: RopeStyle,
    /// How rope is stretched. [`RopeScaling::Factors`] must name `rope_freqs.weight`.
    pub rope_scaling: RopeScaling,
    /// Sliding-window attention.
    pub window: Option<u32>,
    /// Type of all matrices; vectors are F32.
    pub dtype: DType,
    /// Another seed, other weights.
    pub seed: u64,
}

impl Default for TinyLlama {
    fn default() -> Self {
        Self {
            layers: 2,
            width: 64,
            heads: 4,
            kv_heads: 2,
            head_dim: 16,
            feed_forward: 96,
            vocabulary: 80,
            context_length: 128,
            biases: false,
            qk_norm: false,
            tied: false,
            rope_style: RopeStyle::Interleaved,
            rope_scaling: RopeScaling::None,
            window: None,
            dtype: DType::F32,
            seed: 0,
        }
    }
}

impl TinyLlama {
    /// The default with matrices of `dtype`, wide enough for its blocks.
    pub fn of(dtype: DType) -> Self {
        let wide = dtype.block_len() == 256;
        let (width, feed_forward) = if wide { (256, 512) } else { (64, 96) };
        Self { dtype, width, feed_forward, head_dim: width / 4, ..Self::default() }
    }

    /// The graph, node by node as a loader makes it, and its weights.
    ///
    /// # Panics
    /// When the sizes contradict one another.
    pub fn build(&self) -> (Graph, MapWeights) {
        let weights = self.weights();
        let graph = self.graph(&weights);
        (graph, weights)
    }

    fn weights(&self) -> MapWeights {
        let (q, kv) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
        let mut rng = ChaCha12Rng::seed_from_u64(self.seed);
        let mut weights = MapWeights::default();
        let mut matrix = |name: &str, rows: u32, cols: u32| {
            // Unit variance in, unit variance out.
            let spread = (3.0 / cols as f32).sqrt();
            weights.insert_random(&mut rng, (name, self.dtype, rows, cols), 0.0, spread);
        };
        matrix("token_embd.weight", self.vocabulary, self.width);
        if !self.tied {
            matrix("output.weight", self.vocabulary, self.width);
        }
        for layer in 0..self.layers {
            matrix(&format!("blk.{layer}.attn_q.weight"), q, self.width);
            matrix(&format!("blk.{layer}.attn_k.weight"), kv, self.width);
            matrix(&format!("blk.{layer}.attn_v.weight"), kv, self.width);
            matrix(&format!("blk.{layer}.attn_output.weight"), self.width, q);
            matrix(&format!("blk.{layer}.ffn_gate.weight"), self.feed_forward, self.width);
            matrix(&format!("blk.{layer}.ffn_up.weight"), self.feed_forward, self.width);
            matrix(&format!("blk.{layer}.ffn_down.weight"), self.width, self.feed_forward);
        }
        let mut vector = |name: &str, len: u32, centre: f32, spread: f32| {
            weights.insert_random(&mut rng, (name, DType::F32, 1, len), centre, spread);
        };
        vector("output_norm.weight", self.width, 1.0, 0.3);
        if matches!(self.rope_scaling, RopeScaling::Factors { .. }) {
            vector("rope_freqs.weight", self.head_dim / 2, 4.0, 3.0);
        }
        for layer in 0..self.layers {
            vector(&format!("blk.{layer}.attn_norm.weight"), self.width, 1.0, 0.3);
            vector(&format!("blk.{layer}.ffn_norm.weight"), self.width, 1.0, 0.3);
            if self.biases {
                vector(&format!("blk.{layer}.attn_q.bias"), q, 0.0, 0.5);
                vector(&format!("blk.{layer}.attn_k.bias"), kv, 0.0, 0.5);
                vector(&format!("blk.{layer}.attn_v.bias"), kv, 0.0, 0.5);
            }
            if self.qk_norm {
                vector(&format!("blk.{layer}.attn_q_norm.weight"), self.head_dim, 1.0, 0.3);
                vector(&format!("blk.{layer}.attn_k_norm.weight"), self.head_dim, 1.0, 0.3);
            }
        }
        weights
    }

    fn graph(&self, weights: &MapWeights) -> Graph {
        let builder = GraphBuilder::new(self.context_length, weights.declarations());
        let mut graph = Wiring { graph: builder.expect("weights have distinct names and whole blocks") };
        let embedding = Op::Embedding { table: "token_embd.weight".into() };
        let mut x = graph.push(embedding, &[InputKind::Tokens.value()]);
        for layer in 0..self.layers {
            let normed = graph.norm(&format!("blk.{layer}.attn_norm.weight"), x);
            let attended = self.attention(&mut graph, layer, normed);
            x = graph.push(Op::Add, &[x, attended]);
            let normed = graph.norm(&format!("blk.{layer}.ffn_norm.weight"), x);
            let gate = graph.matmul(&format!("blk.{layer}.ffn_gate"), false, normed);
            let up = graph.matmul(&format!("blk.{layer}.ffn_up"), false, normed);
            let gate = graph.push(Op::Silu, &[gate]);
            let hidden = graph.push(Op::Mul, &[gate, up]);
            let fed = graph.matmul(&format!("blk.{layer}.ffn_down"), false, hidden);
            x = graph.push(Op::Add, &[x, fed]);
        }
        let x = graph.push(Op::SelectRows, &[x, InputKind::Rows.value()]);
        let x = graph.norm("output_norm.weight", x);
        let logits = graph.matmul(if self.tied { "token_embd" } else { "output" }, false, x);
        graph.graph.finish(logits).expect("each layer has one attention")
    }

    fn attention(&self, graph: &mut Wiring, layer: u32, x: ValueId) -> ValueId {
        let mut q = graph.matmul(&format!("blk.{layer}.attn_q"), self.biases, x);
        let mut k = graph.matmul(&format!("blk.{layer}.attn_k"), self.biases, x);
        let v = graph.matmul(&format!("blk.{layer}.attn_v"), self.biases, x);
        if self.qk_norm {
            q = graph.norm(&format!("blk.{layer}.attn_q_norm.weight"), q);
            k = graph.norm(&format!("blk.{layer}.attn_k_norm.weight"), k);
        }
        let rope = |heads| {
            Op::Rope(RopeSpec {
                heads,
                head_dim: self.head_dim,
                rotary_dim: self.head_dim,
                base: 10_000.0,
                style: self.rope_style,
                scaling: self.rope_scaling.clone(),
            })
        };
        let q = graph.push(rope(self.heads), &[q, InputKind::Positions.value()]);
        let k = graph.push(rope(self.kv_heads), &[k, InputKind::Positions.value()]);
        let attention = Op::Attention {
            layer,
            heads: self.heads,
            kv_heads: self.kv_heads,
            head_dim: self.head_dim,
            scale: (self.head_dim as f32).powf(-0.5),
            window: self.window,
        };
        let attended = graph.push(attention, &[q, k, v]);
        graph.matmul(&format!("blk.{layer}.attn_output"), false, attended)
    }
}

/// A builder whose mistakes are the test's.
struct Wiring {
    graph: GraphBuilder,
}

impl Wiring {
    fn push(&mut self, op: Op, inputs: &[ValueId]) -> ValueId {
        self.graph.push1(op, inputs).expect("the sizes of a tiny model agree")
    }

    fn norm(&mut self, weight: &str, x: ValueId) -> ValueId {
        self.push(Op::RmsNorm { weight: weight.into(), eps: 1e-5 }, &[x])
    }

    fn matmul(&mut self, name: &str, bias: bool, x: ValueId) -> ValueId {
        let biases = if bias { vec![format!("{name}.bias").into()] } else { Vec::new() };
        self.push(Op::MatMul { weights: vec![format!("{name}.weight").into()], biases }, &[x])
    }
}
