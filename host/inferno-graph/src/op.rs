//! The closed set of operations.
//!
//! Each op is a pure function of its inputs and its attributes, except that [`Op::Attention`] also appends to
//! the KV cache of its layer. `rules` gives their types, `interpret` their meaning. A new op is added in those
//! two places, in the plugin contract and in every backend, or not at all.

use serde::{Deserialize, Serialize};

use crate::{RopeSpec, WeightName};

/// An operation with its attributes. Shapes: `T` tokens, `R` requested rows, `W` any width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// `u32[T] → f32[T, cols]`: rows of `table` picked by token.
    Embedding {
        /// `[vocabulary, cols]`.
        table: WeightName,
    },
    /// `f32[n, K] → f32[n, ΣM]`: `x · Wᵀ + b`, with the rows of several weights laid side by side.
    MatMul {
        /// One or more matrices `[M, K]`.
        weights: Vec<WeightName>,
        /// None, or one vector `[M]` per matrix.
        biases: Vec<WeightName>,
    },
    /// `f32[n, W] → f32[n, W]`: root-mean-square norm over consecutive groups as long as `weight`
    /// (Zhang and Sennrich 2019). A group is the whole row, or a head.
    RmsNorm {
        /// `[group]`, where the group divides `W`.
        weight: WeightName,
        /// Added to the mean square.
        eps: f32,
    },
    /// `f32[T, heads · head_dim], u32[T] → f32[T, heads · head_dim]`: rotary position embedding.
    Rope(RopeSpec),
    /// `q f32[T, heads · head_dim], k f32[T, kv_heads · head_dim], v (as k) → f32[T, heads · head_dim]`:
    /// appends `k` and `v` to the cache of `layer`, then causal softmax attention of each token over its own
    /// sequence. Query head `h` reads KV head `h · kv_heads / heads`.
    Attention {
        /// Which cache; each layer has exactly one attention.
        layer: u32,
        /// Query heads.
        heads: u32,
        /// KV heads; divides `heads`.
        kv_heads: u32,
        /// Elements of one head.
        head_dim: u32,
        /// What scores are multiplied by before the softmax.
        scale: f32,
        /// A token sees itself and the `window − 1` tokens before it; absent: everything before it.
        window: Option<u32>,
    },
    /// `f32[n, W] → f32[n, W]`: `x · σ(x)`.
    Silu,
    /// `f32[n, W], f32[n, W] → f32[n, W]`, elementwise.
    Mul,
    /// `f32[n, W], f32[n, W] → f32[n, W]`, elementwise.
    Add,
    /// `f32[n, W] → f32[n, W]`: multiplied by a constant.
    Scale {
        /// The constant.
        factor: f32,
    },
    /// `x → x`.
    Identity,
    /// `f32[n, W] → f32[n, len]`: columns `start .. start + len`.
    Slice {
        /// The first column.
        start: u32,
        /// How many columns.
        len: u32,
    },
    /// `f32[T, W], u32[R] → f32[R, W]`: the rows that logits are wanted for.
    SelectRows,
    /// `f32[n, K] → f32[n, M]`: `silu(x · gateᵀ) · (x · upᵀ)`, the first half of a SwiGLU feed-forward
    /// (Shazeer 2020).
    GatedMatMul {
        /// `[M, K]`.
        gate: WeightName,
        /// `[M, K]`.
        up: WeightName,
    },
    /// `a f32[n, W], b f32[n, W] → (a + b, rms_norm(a + b))`, over the whole row.
    AddRmsNorm {
        /// `[W]`.
        weight: WeightName,
        /// Added to the mean square.
        eps: f32,
    },
}

impl Op {
    /// The op's name in reports and in the plugin contract.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Embedding { .. } => "embedding",
            Self::MatMul { .. } => "matmul",
            Self::RmsNorm { .. } => "rms-norm",
            Self::Rope(_) => "rope",
            Self::Attention { .. } => "attention",
            Self::Silu => "silu",
            Self::Mul => "mul",
            Self::Add => "add",
            Self::Scale { .. } => "scale",
            Self::Identity => "identity",
            Self::Slice { .. } => "slice",
            Self::SelectRows => "select-rows",
            Self::GatedMatMul { .. } => "gated-matmul",
            Self::AddRmsNorm { .. } => "add-rms-norm",
        }
    }

    /// How many values the op produces.
    pub const fn outputs(&self) -> usize {
        match self {
            Self::AddRmsNorm { .. } => 2,
            _ => 1,
        }
    }

    /// The weights the op reads.
    pub fn weights(&self) -> Vec<&WeightName> {
        match self {
            Self::Embedding { table } => vec![table],
            Self::MatMul { weights, biases } => weights.iter().chain(biases).collect(),
            Self::RmsNorm { weight, .. } | Self::AddRmsNorm { weight, .. } => vec![weight],
            Self::Rope(spec) => spec.weight().into_iter().collect(),
            Self::GatedMatMul { gate, up } => vec![gate, up],
            Self::Attention { .. }
            | Self::Silu
            | Self::Mul
            | Self::Add
            | Self::Scale { .. }
            | Self::Identity
            | Self::Slice { .. }
            | Self::SelectRows => Vec::new(),
        }
    }
}
