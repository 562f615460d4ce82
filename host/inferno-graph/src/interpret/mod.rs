//! The reference interpreter: what every op means, in `f32`, slowly and plainly.
//!
//! Owns the meaning of a graph; a backend or a patch is right when it agrees with this. Refuses cleverness: no
//! cache layout, no fused kernels, no precision below `f32`. What it does for speed is decode each weight row
//! once for all tokens of a batch and use all cores, since it runs a real model whenever a patch is validated.
//! Easily confused with the CPU backend, which is what requests run on.

mod attention;
mod layout;
mod memo;
mod pointwise;
mod project;
mod sequence;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, hash_map::Entry},
    num::NonZero,
    sync::Arc,
    thread,
};

use self::layout::Layout;
pub use self::{
    memo::Memo,
    sequence::{KvState, LayerKv, Past, RandomPast, Rows, Sequence},
};
use crate::{Dim, Graph, Node, NodeId, Op, ValueId, Weight, WeightError, WeightName, WeightSource, quant};

/// What a batch evaluates to.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// One row per requested token, sequence after sequence.
    pub logits: Rows,
    /// What each sequence appended to the cache of each layer.
    pub appended: Vec<KvState>,
}

/// Evaluates a graph on several sequences at once.
///
/// # Errors
/// When a weight is missing or not as declared, or a sequence does not fit the graph.
pub fn evaluate(
    graph: &Graph,
    weights: &dyn WeightSource,
    batch: &[Sequence],
) -> Result<Evaluation, InterpretError> {
    Run::new(graph, weights, batch, None)?.finish()
}

/// As [`evaluate`], remembering results in `memo` and reusing those it already has. All graphs evaluated with one
/// memo must share their weights and their batch.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_with(
    graph: &Graph,
    weights: &dyn WeightSource,
    batch: &[Sequence],
    memo: &mut Memo,
) -> Result<Evaluation, InterpretError> {
    Run::new(graph, weights, batch, Some(memo))?.finish()
}

/// An activation: row-major, shared with the memo where there is one.
type Tensor = Arc<[f32]>;

struct Run<'a> {
    graph: &'a Graph,
    source: &'a dyn WeightSource,
    /// What was needed so far, so that a source that reads from a file reads it once.
    weights: HashMap<WeightName, Weight>,
    batch: &'a [Sequence],
    layout: Layout,
    memo: Option<&'a mut Memo>,
    values: Vec<Option<Tensor>>,
    appended: Vec<KvState>,
    threads: usize,
}

impl<'a> Run<'a> {
    fn new(
        graph: &'a Graph,
        source: &'a dyn WeightSource,
        batch: &'a [Sequence],
        memo: Option<&'a mut Memo>,
    ) -> Result<Self, InterpretError> {
        let layout = Layout::new(graph, batch)?;
        let values = vec![None; graph.values().len()];
        let appended = batch.iter().map(|_| KvState::empty(&graph.kv_widths())).collect();
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let weights = HashMap::new();
        Ok(Self { graph, source, weights, batch, layout, memo, values, appended, threads })
    }

    fn finish(mut self) -> Result<Evaluation, InterpretError> {
        let last_use = last_uses(self.graph);
        for (id, node) in (0..).map(NodeId).zip(self.graph.nodes()) {
            let outputs = self.node(node)?;
            for (value, output) in node.outputs.iter().zip(outputs) {
                self.values[value.index()] = Some(output);
            }
            for value in node.inputs.iter().chain(&node.outputs) {
                if last_use[value.index()] <= id.index() {
                    self.values[value.index()] = None;
                }
            }
        }
        let logits = self.read(self.graph.logits());
        let width = self.graph.vocabulary() as usize;
        Ok(Evaluation { logits: Rows::new(width, logits.to_vec()), appended: self.appended })
    }

    fn node(&mut self, node: &Node) -> Result<Vec<Tensor>, InterpretError> {
        let input = |i: usize| self.read(node.inputs[i]);
        let output = match &node.op {
            Op::Embedding { table } => {
                let table = self.weight(table)?;
                let tokens = self.layout.indices(node.inputs[0]);
                let mut out = vec![0.0; tokens.len() * table.cols];
                for (token, row) in tokens.iter().zip(out.chunks_exact_mut(table.cols)) {
                    let token = *token as usize;
                    if token >= table.rows {
                        return Err(InterpretError::Token { token, rows: table.rows });
                    }
                    quant::dequantize_row(table.dtype, table.as_ref().row(token), row);
                }
                out.into()
            }
            Op::MatMul { weights, biases } => {
                let x = input(0);
                let parts = weights.iter().map(|w| self.project(w, &x)).collect::<Result<Vec<_>, _>>()?;
                let biases = biases.iter().map(|b| self.vector(b)).collect::<Result<Vec<_>, _>>()?;
                project::side_by_side(&parts, &biases, self.count(node.inputs[0]))
            }
            Op::GatedMatMul { gate, up } => {
                let x = input(0);
                let (gate, up) = (self.project(gate, &x)?, self.project(up, &x)?);
                gate.iter().zip(&*up).map(|(g, u)| pointwise::silu(*g) * u).collect()
            }
            Op::RmsNorm { weight, eps } => self.norm(&input(0), weight, *eps, node.inputs[0])?,
            Op::AddRmsNorm { weight, eps } => {
                let sum: Tensor = input(0).iter().zip(&*input(1)).map(|(a, b)| a + b).collect();
                let normed = self.norm(&sum, weight, *eps, node.inputs[0])?;
                return Ok(vec![sum, normed]);
            }
            Op::Rope(spec) => {
                let x = input(0);
                let factors = spec.weight().map_or_else(|| Ok(Vec::new()), |name| self.vector(name))?;
                pointwise::rope(&x, self.layout.indices(node.inputs[1]), spec, &factors)
            }
            Op::Attention { layer, .. } => {
                let (q, k, v) = (input(0), input(1), input(2));
                for (state, span) in self.appended.iter_mut().zip(&self.layout.spans) {
                    state.append(*layer, &k, &v, span.clone());
                }
                self.attention(&node.op, [&q, &k, &v])
            }
            Op::Silu => input(0).iter().map(|x| pointwise::silu(*x)).collect(),
            Op::Mul => input(0).iter().zip(&*input(1)).map(|(a, b)| a * b).collect(),
            Op::Add => input(0).iter().zip(&*input(1)).map(|(a, b)| a + b).collect(),
            Op::Scale { factor } => input(0).iter().map(|x| x * factor).collect(),
            Op::Identity => input(0),
            Op::Slice { start, len } => {
                let width = self.graph.value_type(node.inputs[0]).width as usize;
                let (start, len) = (*start as usize, *len as usize);
                input(0).chunks_exact(width).flat_map(|row| &row[start..start + len]).copied().collect()
            }
            Op::SelectRows => {
                let (x, width) = (input(0), self.graph.value_type(node.inputs[0]).width as usize);
                let row = |r: &u32| &x[*r as usize * width..(*r as usize + 1) * width];
                self.layout.indices(node.inputs[1]).iter().flat_map(row).copied().collect()
            }
        };
        Ok(vec![output])
    }

    fn read(&self, value: ValueId) -> Tensor {
        Arc::clone(
            self.values[value.index()].as_ref().expect("a checked graph reads activations it produced"),
        )
    }

    /// How many rows a value has in this batch.
    fn count(&self, value: ValueId) -> usize {
        match self.graph.value_type(value).lead {
            Dim::Tokens => self.layout.tokens.len(),
            Dim::Rows => self.layout.rows.len(),
            Dim::Fixed(n) => n as usize,
        }
    }

    fn norm(
        &mut self,
        x: &[f32],
        weight: &WeightName,
        eps: f32,
        like: ValueId,
    ) -> Result<Tensor, InterpretError> {
        let weight = self.vector(weight)?;
        let width = self.graph.value_type(like).width as usize;
        let on_tokens = self.graph.value_type(like).lead == Dim::Tokens;
        let mut out = Vec::with_capacity(x.len());
        for (i, row) in x.chunks_exact(width).enumerate() {
            let token = if on_tokens { i } else { self.layout.rows[i] as usize };
            for group in row.chunks_exact(weight.len()) {
                pointwise::rms_norm(group, &weight, eps * self.layout.eps_factors[token], &mut out);
            }
        }
        Ok(out.into())
    }

    fn attention(&mut self, op: &Op, [q, k, v]: [&Tensor; 3]) -> Tensor {
        if let Some(known) = self.memo.as_ref().and_then(|memo| memo.attention(op, [q, k, v])) {
            return known;
        }
        let out = attention::attention(op, [q, k, v], self.batch, &self.layout, self.threads);
        if let Some(memo) = &mut self.memo {
            memo.keep_attention(op, [q, k, v], &out);
        }
        out
    }

    fn project(&mut self, name: &WeightName, x: &Tensor) -> Result<Tensor, InterpretError> {
        if let Some(known) = self.memo.as_ref().and_then(|memo| memo.projection(name, x)) {
            return Ok(known);
        }
        let out = project::project(x, self.weight(name)?.as_ref(), self.threads);
        if let Some(memo) = &mut self.memo {
            memo.keep_projection(name, x, &out);
        }
        Ok(out)
    }

    fn vector(&mut self, name: &WeightName) -> Result<Vec<f32>, InterpretError> {
        let weight = self.weight(name)?;
        let mut out = vec![0.0; weight.cols];
        quant::dequantize_row(weight.dtype, weight.as_ref().row(0), &mut out);
        Ok(out)
    }

    /// The weight, as the graph was checked against it.
    fn weight(&mut self, name: &WeightName) -> Result<Weight, WeightError> {
        let entry = match self.weights.entry(name.clone()) {
            Entry::Occupied(known) => return Ok(known.get().clone()),
            Entry::Vacant(entry) => entry,
        };
        let decl = self.graph.weights().get(name);
        let decl = decl.ok_or_else(|| WeightError::Missing { name: name.clone() })?;
        Ok(entry.insert(decl.load(self.source)?).clone())
    }
}

/// For each value the last node that reads it; the logits are read after all nodes.
fn last_uses(graph: &Graph) -> Vec<usize> {
    let mut last = vec![0; graph.values().len()];
    for (at, node) in graph.nodes().iter().enumerate() {
        for input in &node.inputs {
            last[input.index()] = at;
        }
    }
    last[graph.logits().index()] = usize::MAX;
    last
}

/// Why a graph could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum InterpretError {
    /// A weight is not there, is not what the graph declares, or cannot be read.
    #[error("a weight cannot be used")]
    Weight(#[from] WeightError),
    /// A token beyond the embedding table.
    #[error("token {token} lies beyond an embedding of {rows} rows")]
    Token {
        /// The token.
        token: usize,
        /// Rows of the table.
        rows: usize,
    },
    /// A sequence that the graph cannot take.
    #[error("sequence {index} cannot be evaluated: {reason}")]
    Sequence {
        /// Its place in the batch.
        index: usize,
        /// What does not fit.
        reason: String,
    },
}
