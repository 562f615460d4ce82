//! A graph as JSON: exactly what the browser's component tooling takes and gives for the records of `wit/0.1/graph.wit`.
//!
//! Owns the shapes and the way there from `inferno-graph`, so that a pass in a browser sees, to the bit, what a pass in
//! the server sees: keys in camel case, enums in kebab case, `{"tag", "val"}` for variants, absent
//! keys for absent options. Refuses to say whether what a client sends is a good graph: a pass that is tried out may be
//! given any. Easily confused with the JSON of `inferno-graph` itself, which the optimization cache
//! keeps and nobody else reads.

#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use write::NotExpressible;

/// The computation graph of a model, as flat arenas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Graph {
    /// The most positions a sequence may have.
    pub context_length: u32,
    /// Weights by name, without their bytes.
    pub weights: Vec<GraphWeight>,
    /// The types of all values. The first three are the tokens, their positions, and the rows whose logits are wanted.
    pub values: Vec<GraphValue>,
    /// In topological order.
    pub nodes: Vec<GraphNode>,
    /// The index of the value that is the output.
    pub logits: u32,
}

/// A weight. A vector has one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphWeight {
    /// Its name, as the model's file spells it.
    pub name: String,
    /// How it is stored.
    pub dtype: GraphDtype,
    /// Output features.
    pub rows: u32,
    /// Input features.
    pub cols: u32,
}

/// How a weight is stored. The quantized types are GGML's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum GraphDtype {
    Float32,
    Float16,
    Bfloat16,
    Q4x0,
    Q4x1,
    Q5x0,
    Q5x1,
    Q8x0,
    Q4k,
    Q5k,
    Q6k,
}

/// The type of a value: `elem[lead, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphValue {
    /// What one element is.
    pub elem: GraphElem,
    /// The leading dimension.
    pub lead: GraphLead,
    /// Elements of a row.
    pub width: u32,
}

/// What one element of a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum GraphElem {
    Float32,
    Uint32,
}

/// The leading dimension of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GraphLead {
    /// The tokens of the batch.
    Tokens,
    /// The rows whose logits are wanted.
    Rows,
}

/// An op applied to values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphNode {
    /// What it computes.
    pub op: GraphOp,
    /// The indices of the values that it reads.
    pub inputs: Vec<u32>,
    /// The indices of the values that it produces.
    pub outputs: Vec<u32>,
}

/// The closed set of operations; `wit/0.1/graph.wit` says what each means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the contract says what each means")]
pub enum GraphOp {
    Embedding(String),
    Matmul(GraphMatmul),
    RmsNorm(GraphNorm),
    Rope(GraphRope),
    Attention(GraphAttention),
    Silu,
    Mul,
    Add,
    Scale(f64),
    Identity,
    Slice(GraphSlice),
    SelectRows,
    GatedMatmul(GraphGatedMatmul),
    AddRmsNorm(GraphNorm),
}

/// The attributes of `matmul`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphMatmul {
    /// One or more matrices; their outputs are laid side by side.
    pub weights: Vec<String>,
    /// None, or one vector per matrix.
    pub biases: Vec<String>,
}

/// The attributes of `rms-norm` and `add-rms-norm`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphNorm {
    /// The weight, as long as a group.
    pub weight: String,
    /// Added to the mean square.
    pub eps: f64,
}

/// The attributes of `attention`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphAttention {
    /// Which cache.
    pub layer: u32,
    /// Query heads.
    pub heads: u32,
    /// Key and value heads.
    pub kv_heads: u32,
    /// Elements of one head.
    pub head_dim: u32,
    /// What scores are multiplied by.
    pub scale: f64,
    /// A token sees itself and the `window - 1` tokens before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
}

/// The attributes of `slice`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphSlice {
    /// The first column.
    pub start: u32,
    /// How many.
    pub len: u32,
}

/// The attributes of `gated-matmul`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphGatedMatmul {
    /// The matrix whose output goes through `silu`.
    pub gate: String,
    /// The other.
    pub up: String,
}

/// The attributes of `rope`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphRope {
    /// Heads in one row.
    pub heads: u32,
    /// Elements of one head.
    pub head_dim: u32,
    /// Elements of a head that are rotated.
    pub rotary_dim: u32,
    /// The base of the wavelengths.
    pub base: f64,
    /// Which elements pair up.
    pub style: GraphRopeStyle,
    /// How frequencies are stretched.
    pub scaling: GraphRopeScaling,
}

/// Which elements of a head form a rotated pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GraphRopeStyle {
    /// Neighbours.
    Interleaved,
    /// The first half with the second.
    Halves,
}

/// How rotary frequencies are stretched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum GraphRopeScaling {
    /// As trained.
    None,
    /// Positions divided by this.
    Linear(f64),
    /// Frequencies divided by the entries of this weight.
    Factors(String),
    /// YaRN.
    Yarn(GraphYarn),
}

/// The attributes of YaRN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphYarn {
    /// How much longer the context became.
    pub factor: f64,
    /// The context that was trained on.
    pub original_context: u32,
}

/// The hardware that a graph is to run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// `cpu`, `cuda`, `wgpu`.
    pub backend: String,
    /// The device, in its maker's words.
    pub device: String,
    /// Instruction sets or device features, sorted.
    pub features: Vec<String>,
    /// Threads, or compute units.
    pub parallelism: u32,
}
