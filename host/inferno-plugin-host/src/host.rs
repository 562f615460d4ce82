//! The plugin host: what all plugins of a server share.
//!
//! Owns the engine, the thread that times guests, the code cache and the counters. Everything that a loaded pass
//! needs lives as long as the pass does, also after the host is dropped.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use inferno_graph::PassIdentity;
use inferno_package::OperatorGrants;
use inferno_trust::{Component, Verified};
use wasmtime::{
    Engine,
    component::{HasSelf, Linker},
};

use crate::{
    CacheStats, Limits, LoadError, OptimizationPass, PluginReport, bindings::log, code_cache::CodeCache,
    engine, load, pass::GuestState, stats::Counters, text, ticker::Ticker,
};

/// How to set up a [`PluginHost`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostConfig {
    /// Limits of optimization passes.
    pub optimization_pass: Limits,
    /// A folder for compiled code that belongs to this host alone; created when missing. Absent: every start
    /// compiles every component.
    pub code_cache: Option<PathBuf>,
}

/// Runs components. Cheap to share by reference; one per server is enough.
#[derive(Debug)]
pub struct PluginHost {
    runtime: Arc<Runtime>,
}

impl PluginHost {
    /// Sets up the engine, the code cache, and a thread that sleeps while no plugin runs.
    ///
    /// # Errors
    /// When the system refuses address space, a thread, or the cache folder.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let HostConfig { optimization_pass: limits, code_cache } = config;
        let refused = |error| HostError::Engine { reason: text::chain(&error, 500) };
        let engine = engine::build(&limits).map_err(refused)?;
        let cache = match code_cache {
            Some(path) => Some(
                CodeCache::open(&path, &engine).map_err(|source| HostError::CodeCache { path, source })?,
            ),
            None => None,
        };
        let mut linker = Linker::new(&engine);
        log::add_to_linker::<GuestState, HasSelf<_>>(&mut linker, |state| &mut state.log).map_err(refused)?;
        let ticker = Ticker::start(engine.clone()).map_err(HostError::Thread)?;
        let runtime = Runtime { engine, linker, ticker, limits, cache, plugins: Mutex::default() };
        Ok(Self { runtime: Arc::new(runtime) })
    }

    /// Makes a pass of a component; compiles it unless the cache has it. Nothing of it runs yet.
    ///
    /// It gets what its signed statement requests and `operator` grants, and nothing else.
    ///
    /// # Errors
    /// When the component is none, is too much, imports what no plugin gets, or is not an optimization pass.
    pub fn load(
        &self,
        component: &Verified<Component>,
        operator: &OperatorGrants,
    ) -> Result<OptimizationPass, LoadError> {
        load::load(&self.runtime, component, operator)
    }

    /// Figures of every plugin that was loaded since the start, by name.
    pub fn reports(&self) -> Vec<PluginReport> {
        let plugins = self.runtime.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        let report = |(plugin, counters): (&PassIdentity, &Arc<Counters>)| PluginReport {
            plugin: plugin.clone(),
            stats: counters.snapshot(),
        };
        let mut reports: Vec<_> =
            plugins.values().map(|(plugin, counters)| report((plugin, counters))).collect();
        reports.sort_by(|a, b| a.plugin.name.cmp(&b.plugin.name));
        reports
    }

    /// Figures of the code cache; absent without one.
    pub fn cache_stats(&self) -> Option<CacheStats> {
        self.runtime.cache.as_ref().map(CodeCache::stats)
    }
}

/// What a loaded pass shares with the host.
pub(crate) struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<GuestState>,
    pub(crate) ticker: Ticker,
    pub(crate) limits: Limits,
    pub(crate) cache: Option<CodeCache>,
    // Locked to load and to report, never while a guest runs.
    plugins: Mutex<BTreeMap<Key, (PassIdentity, Arc<Counters>)>>,
}

/// Equal bytes under two names are two plugins.
type Key = (String, String, inferno_types::Digest);

impl Runtime {
    /// The counters of a plugin; those of its earlier loads when there were any.
    pub(crate) fn counters(&self, plugin: &PassIdentity) -> Arc<Counters> {
        let key = (plugin.name.clone(), plugin.version.clone(), plugin.digest);
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&plugins.entry(key).or_insert_with(|| (plugin.clone(), Arc::default())).1)
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime")
            .field("limits", &self.limits)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Why plugins cannot be run at all.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The engine does not start.
    #[error("the WebAssembly engine cannot be set up: {reason}")]
    Engine {
        /// The engine's words.
        reason: String,
    },
    /// No thread.
    #[error("the thread that times plugins cannot be started")]
    Thread(#[source] io::Error),
    /// The cache folder cannot be used.
    #[error("the code cache {} cannot be used; choose a folder that belongs to this user, or none", path.display())]
    CodeCache {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
