//! Ourselves without a server: a model file, the graph that the installed passes make of it, and what runs it.

use std::{num::NonZeroUsize, path::Path, sync::Arc};

use anyhow::Result;
use inferno::{
    assemble::{optimized, plugins},
    config::{Config, KvKind},
    home::Home,
};
use inferno_backend::{Backend as _, KvLayout, KvType};
use inferno_backend_cpu::CpuBackend;
use inferno_e2e::bare::{self, Bare};
use inferno_engine::{Engine, EngineConfig, Vocabulary};
use inferno_graph::Graph;
use inferno_models::Model;
use inferno_types::TokenId;

use crate::files::FileType;

/// Positions in a block of keys and values, as the server has them.
const BLOCK_LEN: u32 = 16;

/// A model, ready to be run.
pub(crate) struct Ours {
    pub(crate) model: Model,
    pub(crate) backend: CpuBackend,
    /// After the passes.
    pub(crate) graph: Graph,
    /// How keys and values are kept.
    kv: KvType,
}

impl Ours {
    /// Loads `file` for so many threads, or one per core, as the server does, and lets the passes of the development
    /// installation have their say.
    pub(crate) fn load(file: &Path, threads: Option<NonZeroUsize>) -> Result<Self> {
        let model = bare::open(file)?;
        let backend = CpuBackend::new(threads);
        let home = Home::find()?;
        let policy = plugins::policy(&home, &Config::default(), plugins::Development::On)?;
        let (_host, loaded) = plugins::load(&home, &Config::default(), &policy)?;
        let graph = optimized::decide(model.network(), &backend, loaded, None)?.graph;
        let kv = backend.kv_type();
        Ok(Self { model, backend, graph, kv })
    }

    /// The same with keys and values kept so.
    pub(crate) fn keeping(self, kind: KvKind) -> Self {
        Self { kv: kind.on(&self.backend), ..self }
    }

    /// What is measured with a file of this type: its name, and how keys and values are kept if not as a server would.
    pub(crate) fn name(&self, file: FileType) -> String {
        if self.kv == self.backend.kv_type() {
            file.name().to_owned()
        } else {
            format!("{}, cache in {},", file.name(), self.kv)
        }
    }

    pub(crate) fn threads(&self) -> usize {
        self.backend.target().parallelism as usize
    }

    /// One sequence, with nothing around it.
    pub(crate) fn bare(&self) -> Result<Bare> {
        Bare::with_cache(self.kv, &self.backend, &self.graph, self.model.weights())
    }

    /// The engine with its defaults and memory for so many positions at least. It says what tokens it chose, and no text:
    /// a tokenizer is nobody's concern here.
    pub(crate) fn engine(&self, positions: usize) -> Result<Engine> {
        // Half as much again, so that memory never decides who waits.
        let blocks = (positions as u32 * 3 / 2).div_ceil(BLOCK_LEN);
        let kv = KvLayout { block_len: BLOCK_LEN, blocks, kind: self.kv };
        let executor = self.backend.prepare(&self.graph, self.model.weights(), kv)?;
        Ok(Engine::new(executor, Arc::new(NoText), EngineConfig::default()))
    }
}

/// A vocabulary of tokens without text, none of which ends an answer.
struct NoText;

impl Vocabulary for NoText {
    fn token_bytes(&self, _: TokenId) -> &[u8] {
        &[]
    }

    fn is_end(&self, _: TokenId) -> bool {
        false
    }
}
