//! The Llama family, op by op: Touvron et al. 2023, with grouped-query attention, and the biases of Qwen2 and
//! the head norms of Qwen3 where the file has their weights.

use std::collections::BTreeSet;

use inferno_graph::{
    Graph, GraphBuilder, GraphError, InputKind, Op, RopeSpec, ValueId, WeightDecl, WeightName,
};

use crate::config::Config;

/// Builds the graph of a Llama-like model over all weights of its file.
///
/// # Errors
/// When a weight is missing, has the wrong shape, or is not part of this family: a weight that nothing reads
/// means that the model computes something we do not know of.
pub fn build_graph(config: &Config, weights: Vec<WeightDecl>) -> Result<Graph, ArchError> {
    let unread: BTreeSet<WeightName> = weights.iter().map(|weight| weight.name.clone()).collect();
    let graph = GraphBuilder::new(config.context_length, weights)?;
    let mut model = Llama { config, graph, unread };
    let logits = model.whole()?;
    if let Some(name) = model.unread.into_iter().find(|name| !derivable(name)) {
        return Err(ArchError::Unread { name, architecture: config.architecture.name() });
    }
    Ok(model.graph.finish(logits)?)
}

/// Old writers stored the rotation's frequencies, which follow from the hyperparameters.
fn derivable(name: &WeightName) -> bool {
    name.as_str().ends_with("attn_rot_embd.weight") || name.as_str().ends_with("rotary_emb.inv_freq")
}

struct Llama<'a> {
    config: &'a Config,
    graph: GraphBuilder,
    unread: BTreeSet<WeightName>,
}

impl Llama<'_> {
    fn whole(&mut self) -> Result<ValueId, ArchError> {
        let embedding = Op::Embedding { table: "token_embd.weight".into() };
        let mut x = self.push(embedding, &[InputKind::Tokens.value()])?;
        for layer in 0..self.config.layers {
            x = self.attention(layer, x)?;
            x = self.feed_forward(layer, x)?;
        }
        let x = self.push(Op::SelectRows, &[x, InputKind::Rows.value()])?;
        let x = self.norm("output_norm", x)?;
        // Without a matrix of its own the output is tied to the embedding.
        let head = if self.has("output.weight") { "output" } else { "token_embd" };
        self.matmul(head, x)
    }

    /// The first half of a block: `x + o(attention(norm(x)))`.
    fn attention(&mut self, layer: u32, x: ValueId) -> Result<ValueId, ArchError> {
        let Config { heads, kv_heads, head_dim, window, .. } = *self.config;
        let block = |name: &str| format!("blk.{layer}.{name}");
        let normed = self.norm(&block("attn_norm"), x)?;
        let q = self.matmul(&block("attn_q"), normed)?;
        let k = self.matmul(&block("attn_k"), normed)?;
        let v = self.matmul(&block("attn_v"), normed)?;
        let q = self.norm_if_any(&block("attn_q_norm"), q)?;
        let k = self.norm_if_any(&block("attn_k_norm"), k)?;
        let q = self.rope(heads, q)?;
        let k = self.rope(kv_heads, k)?;
        let scale = 1.0 / (head_dim as f32).sqrt();
        let attention = Op::Attention { layer, heads, kv_heads, head_dim, scale, window };
        let mixed = self.push(attention, &[q, k, v])?;
        let out = self.matmul(&block("attn_output"), mixed)?;
        self.push(Op::Add, &[x, out])
    }

    /// The second half: `x + down(silu(gate(norm(x))) · up(norm(x)))`.
    fn feed_forward(&mut self, layer: u32, x: ValueId) -> Result<ValueId, ArchError> {
        let block = |name: &str| format!("blk.{layer}.{name}");
        self.expect_rows(&block("ffn_gate.weight"), self.config.feed_forward)?;
        let normed = self.norm(&block("ffn_norm"), x)?;
        let gate = self.matmul(&block("ffn_gate"), normed)?;
        let up = self.matmul(&block("ffn_up"), normed)?;
        let gate = self.push(Op::Silu, &[gate])?;
        let inner = self.push(Op::Mul, &[gate, up])?;
        let out = self.matmul(&block("ffn_down"), inner)?;
        self.push(Op::Add, &[x, out])
    }

    /// `x · Wᵀ`, plus the bias where the file has one.
    fn matmul(&mut self, name: &str, x: ValueId) -> Result<ValueId, ArchError> {
        let bias = format!("{name}.bias");
        let biases = if self.has(&bias) { vec![bias.into()] } else { Vec::new() };
        self.push(Op::MatMul { weights: vec![format!("{name}.weight").into()], biases }, &[x])
    }

    fn norm(&mut self, name: &str, x: ValueId) -> Result<ValueId, ArchError> {
        self.push(Op::RmsNorm { weight: format!("{name}.weight").into(), eps: self.config.eps }, &[x])
    }

    fn norm_if_any(&mut self, name: &str, x: ValueId) -> Result<ValueId, ArchError> {
        if !self.has(&format!("{name}.weight")) {
            return Ok(x);
        }
        // The weight must be as long as a head: a longer one would norm across heads.
        self.expect_cols(&format!("{name}.weight"), self.config.head_dim)?;
        self.norm(name, x)
    }

    fn rope(&mut self, heads: u32, x: ValueId) -> Result<ValueId, ArchError> {
        let Config { head_dim, rotary_dim, rope_base: base, rope_style: style, .. } = *self.config;
        let scaling = self.config.rope_scaling.clone();
        let rope = Op::Rope(RopeSpec { heads, head_dim, rotary_dim, base, style, scaling });
        self.push(rope, &[x, InputKind::Positions.value()])
    }

    fn has(&self, name: &str) -> bool {
        self.graph.weight(name).is_some()
    }

    fn expect_rows(&self, name: &str, expected: u32) -> Result<(), ArchError> {
        self.expect(name, expected, |weight| weight.rows)
    }

    fn expect_cols(&self, name: &str, expected: u32) -> Result<(), ArchError> {
        self.expect(name, expected, |weight| weight.cols)
    }

    /// Holds a weight to the hyperparameters where the type rules cannot; a missing one is theirs to report.
    fn expect(&self, name: &str, expected: u32, of: fn(&WeightDecl) -> u32) -> Result<(), ArchError> {
        match self.graph.weight(name).map(of) {
            Some(found) if found != expected => {
                Err(ArchError::Hyperparameter { name: name.into(), expected, found })
            }
            _ => Ok(()),
        }
    }

    fn push(&mut self, op: Op, inputs: &[ValueId]) -> Result<ValueId, ArchError> {
        for name in op.weights() {
            self.unread.remove(name);
        }
        Ok(self.graph.push1(op, inputs)?)
    }
}

/// Why weights and hyperparameters do not make a graph.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ArchError {
    /// A weight is missing or has a shape its op cannot take.
    #[error("the weights do not fit the architecture")]
    Graph(#[from] GraphError),
    /// A weight contradicts the metadata.
    #[error("weight `{name}` has {found} where the metadata says {expected}")]
    Hyperparameter {
        /// Its name.
        name: WeightName,
        /// What the metadata says.
        expected: u32,
        /// What it has.
        found: u32,
    },
    /// A weight that nothing reads.
    #[error("weight `{name}` is no part of architecture {architecture} as it is supported here")]
    Unread {
        /// Its name.
        name: WeightName,
        /// The family.
        architecture: &'static str,
    },
}
