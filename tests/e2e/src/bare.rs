//! A model run without engine or server: one sequence on one executor, greedy.
//!
//! What numeric tests and benchmarks compare with the reference: exactly the graph and the backend that the server
//! uses, with nothing around them.

use std::{path::Path, sync::Arc, time::Instant};

use anyhow::{Result, ensure};
use inferno_backend::{Backend, Batch, BlockId, Executor, KvLayout, KvType, SequenceSpan};
use inferno_graph::{
    Graph, WeightSource,
    interpret::{self, Past, Sequence},
};
use inferno_models::{Model, Special};
use inferno_types::TokenId;

use crate::reference::{Score, Step};

/// Positions that the bench and the tests need at most.
const KV: KvLayout = KvLayout { block_len: 16, blocks: 320, kind: KvType::F16 };
/// How many candidates a step reports.
const CANDIDATES: usize = 5;

/// A sequence on an executor.
pub struct Bare {
    executor: Box<dyn Executor>,
    logits: Vec<f32>,
    past: u32,
    reading: Reading,
}

/// How prompts are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As a server reads them.
    Served,
    /// As answers are made, which is how the reference reads them.
    AsDecode,
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bare").field("past", &self.past).finish_non_exhaustive()
    }
}

impl Bare {
    /// Prepares `graph` on `backend`, with the kind of cache that a server would have.
    ///
    /// # Errors
    /// When the backend cannot.
    pub fn new(backend: &dyn Backend, graph: &Graph, weights: Arc<dyn WeightSource>) -> Result<Self> {
        Self::with_cache(backend.kv_type(), backend, graph, weights)
    }

    /// As [`new`](Self::new), with this kind of cache.
    ///
    /// # Errors
    /// When the backend cannot.
    pub fn with_cache(
        kind: KvType,
        backend: &dyn Backend,
        graph: &Graph,
        weights: Arc<dyn WeightSource>,
    ) -> Result<Self> {
        let kv = KvLayout { kind, ..KV };
        Ok(Self {
            executor: backend.prepare(graph, weights, kv)?,
            logits: Vec::new(),
            past: 0,
            reading: Reading::Served,
        })
    }

    /// Continues `prompt` by the most likely token, `steps` times, as the reference does. With `forced`, the token
    /// taken is the forced one, whatever was chosen, so that one difference does not make all that follows differ.
    ///
    /// # Errors
    /// When the executor fails.
    pub fn greedy(&mut self, prompt: &[u32], steps: usize, forced: Option<&[Step]>) -> Result<Vec<Step>> {
        self.past = 0;
        self.run(prompt, Wanted::Last)?;
        let mut chosen: Vec<Step> = Vec::with_capacity(steps);
        for at in 0..steps {
            let top = best(&self.logits);
            let token = top[0].0;
            chosen.push(Step { token, top });
            let next = forced.map_or(token, |steps| steps[at].token);
            self.run(&[next], Wanted::Last)?;
        }
        Ok(chosen)
    }

    /// The same with the prompt read in the arithmetic of answers, as the reference reads it.
    ///
    /// # Errors
    /// When the executor fails.
    pub fn greedy_as_decode(
        &mut self,
        prompt: &[u32],
        steps: usize,
        forced: Option<&[Step]>,
    ) -> Result<Vec<Step>> {
        self.reading = Reading::AsDecode;
        let chosen = self.greedy(prompt, steps, forced);
        self.reading = Reading::Served;
        chosen
    }

    /// How likely `tokens` are, in windows that start afresh.
    ///
    /// # Errors
    /// When the executor fails.
    pub fn score(&mut self, tokens: &[u32], window: usize) -> Result<Score> {
        self.score_after(tokens, window, 0)
    }

    /// The same, leaving out what the first `context` tokens of each window say of the next one.
    ///
    /// # Errors
    /// When the executor fails.
    pub fn score_after(&mut self, tokens: &[u32], window: usize, context: usize) -> Result<Score> {
        let mut score = Score { nll: 0.0, count: 0 };
        for text in tokens.chunks(window).filter(|text| text.len() > context) {
            self.past = 0;
            self.run(text, Wanted::From(context as u32))?;
            let rows = self.logits.chunks_exact(self.executor.vocabulary());
            for (row, next) in rows.zip(&text[context + 1..]) {
                score.nll -= log_likelihood(row, *next as usize);
                score.count += 1;
            }
        }
        Ok(score)
    }

    /// Seconds that `tokens` take as one batch.
    ///
    /// # Errors
    /// When the executor fails.
    pub fn prefill(&mut self, tokens: &[u32]) -> Result<f64> {
        self.past = 0;
        let start = Instant::now();
        self.run(tokens, Wanted::Last)?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// Seconds that `steps` single tokens take after `prompt`.
    ///
    /// # Errors
    /// When the executor fails.
    pub fn decode(&mut self, prompt: &[u32], steps: usize) -> Result<f64> {
        self.past = 0;
        self.run(prompt, Wanted::Last)?;
        let start = Instant::now();
        for _ in 0..steps {
            let token = best(&self.logits)[0].0;
            self.run(&[token], Wanted::Last)?;
        }
        Ok(start.elapsed().as_secs_f64())
    }

    fn run(&mut self, tokens: &[u32], wanted: Wanted) -> Result<()> {
        let count = tokens.len() as u32;
        ensure!(
            self.past + count <= KV.block_len * KV.blocks,
            "{count} tokens after {} do not fit",
            self.past
        );
        let span = SequenceSpan {
            tokens: tokens.iter().map(|t| TokenId(*t)).collect(),
            // One token at a time is how answers are made.
            prompt: if count > 1 && self.reading == Reading::Served { count } else { 0 },
            past: self.past,
            blocks: (0..KV.blocks_for(self.past + count)).map(BlockId).collect(),
            logits_for: match wanted {
                Wanted::Last => vec![count - 1],
                Wanted::From(first) => (first..count).collect(),
            },
        };
        let batch = Batch::new(vec![span], KV, self.executor.context_length(), self.executor.vocabulary())?;
        self.executor.execute(&batch, &mut self.logits)?;
        self.past += count;
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Wanted {
    Last,
    From(u32),
}

/// The test model.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path) -> Result<Model> {
    Ok(Model::open(path)?)
}

/// The tokens of a text, as the model reads them.
///
/// # Errors
/// When the text cannot be tokenized.
pub fn tokens(model: &Model, text: &str) -> Result<Vec<u32>> {
    Ok(model.tokenizer().encode(text, Special::Parse)?.into_iter().map(|t| t.0).collect())
}

/// What the reference interpreter of the graph chooses after `prompt` and each of the `forced` steps.
///
/// # Errors
/// When the graph cannot be interpreted.
pub fn interpret(model: &Model, prompt: &[u32], forced: &[Step]) -> Result<Vec<Step>> {
    let text = prompt.iter().copied().chain(forced.iter().map(|s| s.token));
    // The last forced token is read by nobody.
    let mut sequence = Sequence::new(text.take(prompt.len() + forced.len() - 1), Past::Empty);
    sequence.logits_for = (prompt.len() as u32 - 1..sequence.tokens.len() as u32).collect();
    let evaluation = interpret::evaluate(model.graph(), &*model.weights(), &[sequence])?;
    Ok(evaluation.logits.iter().map(best).map(|top| Step { token: top[0].0, top }).collect())
}

/// The best candidates, best first; of equal logits the lower token first, as the reference takes it.
fn best(logits: &[f32]) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(CANDIDATES + 1);
    for (token, logit) in (0..).zip(logits.iter().copied()) {
        let place = best.partition_point(|(_, other)| *other >= logit);
        if place < CANDIDATES {
            best.insert(place, (token, logit));
            best.truncate(CANDIDATES);
        }
    }
    best
}

fn log_likelihood(logits: &[f32], token: usize) -> f64 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|l| f64::from(l - max).exp()).sum();
    f64::from(logits[token] - max) - sum.ln()
}
