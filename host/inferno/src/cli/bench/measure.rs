//! One request at a time through the engine that serves: scheduled, computed, sampled greedily, turned into text.
//!
//! Refuses the network and HTTP, whose cost depends on who asks. Prompts are read anew each time: nothing is reused.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use inferno_backend::{Backend as _, KvLayout};
use inferno_backend_cpu::CpuBackend;
use inferno_engine::{Engine, EngineConfig, EventKind, Request};
use inferno_graph::Graph;
use inferno_models::Model;
use inferno_types::TokenId;

use crate::{config::EngineLimits, join::TokenizerVocabulary};

/// Positions in a block of the KV cache, as the server has them.
const BLOCK_LEN: u32 = 16;

/// An engine with one request's memory.
pub(super) struct Bench {
    engine: Engine,
    request: Request,
}

/// What one round took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Until the first token.
    pub(super) reading: Duration,
    /// From the first token to the last.
    pub(super) writing: Duration,
}

impl Bench {
    /// `prompt` and `generate` are numbers of tokens.
    pub(super) fn prepare(
        limits: &EngineLimits,
        model: &Model,
        backend: &CpuBackend,
        graph: &Graph,
        (prompt, generate): (u32, u32),
    ) -> Result<Self> {
        let context = graph.context_length();
        let positions = prompt.saturating_add(generate);
        ensure!(
            positions <= context,
            "{prompt} and {generate} tokens are more than the model's context of {context}; ask for fewer"
        );
        let kind = limits.kv_type.on(backend);
        let kv = KvLayout { block_len: BLOCK_LEN, blocks: positions.div_ceil(BLOCK_LEN), kind };
        let executor =
            backend.prepare(graph, model.weights(), kv).context("the model could not be prepared")?;
        let tokens = executor.vocabulary() as u32;
        let config = EngineConfig { prefix_reuse: false, ..limits.engine()? };
        let vocabulary = Arc::new(TokenizerVocabulary(model.tokenizer()));
        // Which tokens they are does not change the time; that they differ keeps the caches honest.
        let prompt = (0..prompt).map(|at| TokenId((1_000 + at * 7_919) % tokens)).collect();
        let request = Request { ignore_end: true, ..Request::greedy(prompt, Some(generate)) };
        Ok(Self { engine: Engine::new(executor, vocabulary, config), request })
    }

    /// Does it once; `each` is called for every token.
    pub(super) fn round(&mut self, each: impl Fn()) -> Result<Sample> {
        let began = Instant::now();
        self.engine.submit(self.request.clone()).context("the model cannot be measured so")?;
        let mut first = None;
        while !self.engine.is_idle() {
            for event in self.engine.step()? {
                match event.kind {
                    EventKind::Token(_) => {
                        first = first.or(Some(Instant::now()));
                        each();
                    }
                    EventKind::Failed(fault) => return Err(fault.into()),
                    EventKind::Finished { .. } => {}
                }
            }
        }
        let first = first.context("the model wrote nothing")?;
        Ok(Sample { reading: first - began, writing: first.elapsed() })
    }
}
