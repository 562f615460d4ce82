//! The plugin host: what all plugins of a server share.
//!
//! Owns the engine, the thread that times guests, the code cache and the counters. Everything that a loaded plugin
//! needs lives as long as the plugin does, also after the host is dropped.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use inferno_insight::ViewLimits;
use inferno_package::{Kind, OperatorGrants};
use inferno_trust::{Component, Verified};
use wasmtime::{
    Engine,
    component::{HasSelf, Linker},
};

use crate::{
    Analyzer, BackoffRule, CacheStats, InputLimits, Limits, LoadError, OptimizationPass, PatchLimits,
    PluginIdentity, PluginReport, Widget,
    bindings::{pass, widget},
    code_cache::CodeCache,
    engine,
    gate::Gate,
    load,
    plugin::{GuestState, Record},
    text,
    ticker::Ticker,
};

/// How to set up a [`PluginHost`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostConfig {
    /// Limits of optimization passes.
    pub optimization_pass: Limits,
    /// Limits of widgets.
    pub widget: Limits,
    /// Limits of analyzers.
    pub analyzer: Limits,
    /// Limits of passes that somebody tries out while answers are generated.
    pub trial_pass: Limits,
    /// What a patch may ask for.
    pub patch: PatchLimits,
    /// How large a view may be.
    pub view: ViewLimits,
    /// What a widget or an analyzer may be handed.
    pub input: InputLimits,
    /// Widgets and analyzers that run at the same time; others wait. Default 2, so that they never take all cores
    /// from the answers that are being generated.
    pub beside_streams: usize,
    /// How long one of them waits for its turn. Default 2 s: some calls of others that take as long as they may.
    pub patience: Duration,
    /// What becomes of one that keeps breaking.
    pub backoff: BackoffRule,
    /// A folder for compiled code that belongs to this host alone; created when missing. Absent: every start
    /// compiles every component.
    pub code_cache: Option<PathBuf>,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            optimization_pass: Limits::default(),
            widget: Limits::beside_streams(),
            analyzer: Limits::beside_streams(),
            trial_pass: Limits::trial(),
            patch: PatchLimits::default(),
            view: ViewLimits::default(),
            input: InputLimits::default(),
            beside_streams: 2,
            patience: Duration::from_secs(2),
            backoff: BackoffRule::default(),
            code_cache: None,
        }
    }
}

impl HostConfig {
    /// The limits of one kind.
    pub fn limits(&self, kind: Kind) -> &Limits {
        match kind {
            Kind::Widget => &self.widget,
            Kind::Analyzer => &self.analyzer,
            // A kind without limits of its own cannot be loaded.
            _ => &self.optimization_pass,
        }
    }
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
        let refused = |error| HostError::Engine { reason: text::chain(&error, 500) };
        let engine = engine::build(&config).map_err(refused)?;
        let cache = match &config.code_cache {
            Some(path) => Some(
                CodeCache::open(path, &engine)
                    .map_err(|source| HostError::CodeCache { path: path.clone(), source })?,
            ),
            None => None,
        };
        let mut linker = Linker::<GuestState>::new(&engine);
        // Each version of the contract has its own.
        pass::log::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| &mut state.log).map_err(refused)?;
        widget::log::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| &mut state.log).map_err(refused)?;
        let ticker = Ticker::start(engine.clone()).map_err(HostError::Thread)?;
        let beside = Gate::new(config.beside_streams.max(1));
        let runtime = Runtime {
            engine,
            linker,
            ticker,
            beside,
            config,
            cache,
            started: Instant::now(),
            plugins: Mutex::default(),
        };
        Ok(Self { runtime: Arc::new(runtime) })
    }

    /// Makes a pass of a component; compiles it unless the cache has it. Nothing of it runs yet.
    ///
    /// It gets what its signed statement requests and `operator` grants, and nothing else.
    ///
    /// # Errors
    /// When the component is none, is too much, imports what no plugin gets, or is not an optimization pass.
    pub fn load_pass(
        &self,
        component: &Verified<Component>,
        operator: &OperatorGrants,
    ) -> Result<OptimizationPass, LoadError> {
        load::pass(&self.runtime, component, operator)
    }

    /// Makes a widget of a component, likewise.
    ///
    /// # Errors
    /// As [`Self::load_pass`], where the component is no widget.
    pub fn load_widget(
        &self,
        component: &Verified<Component>,
        operator: &OperatorGrants,
    ) -> Result<Widget, LoadError> {
        load::widget(&self.runtime, component, operator)
    }

    /// Makes an analyzer of a component, likewise.
    ///
    /// # Errors
    /// As [`Self::load_pass`], where the component is no analyzer.
    pub fn load_analyzer(
        &self,
        component: &Verified<Component>,
        operator: &OperatorGrants,
    ) -> Result<Analyzer, LoadError> {
        load::analyzer(&self.runtime, component, operator)
    }

    /// Figures of every plugin that was loaded since the start, by name.
    pub fn reports(&self) -> Vec<PluginReport> {
        let plugins = self.runtime.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reports: Vec<_> = plugins
            .values()
            .map(|record| PluginReport {
                plugin: record.plugin.clone(),
                kind: record.kind,
                stats: record.counters.snapshot(),
            })
            .collect();
        reports.sort_by(|a, b| a.plugin.name.cmp(&b.plugin.name));
        reports
    }

    /// Figures of the code cache; absent without one.
    pub fn cache_stats(&self) -> Option<CacheStats> {
        self.runtime.cache.as_ref().map(CodeCache::stats)
    }
}

/// What a loaded plugin shares with the host.
pub(crate) struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<GuestState>,
    pub(crate) ticker: Ticker,
    /// The places of those that run beside streams.
    pub(crate) beside: Gate,
    pub(crate) config: HostConfig,
    pub(crate) cache: Option<CodeCache>,
    /// The moment that back-off counts from.
    pub(crate) started: Instant,
    // Locked to load and to report, never while a guest runs.
    plugins: Mutex<BTreeMap<PluginIdentity, Arc<Record>>>,
}

impl Runtime {
    pub(crate) fn limits(&self, kind: Kind) -> &Limits {
        self.config.limits(kind)
    }

    /// What is known of a plugin: from its earlier loads when there were any. Equal bytes under two names are two
    /// plugins.
    pub(crate) fn record(&self, plugin: PluginIdentity, kind: Kind) -> Arc<Record> {
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(Record::new(plugin.clone(), kind));
        Arc::clone(plugins.entry(plugin.clone()).or_insert_with(fresh))
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime")
            .field("config", &self.config)
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
