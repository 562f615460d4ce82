//! `inferno serve`.

use std::{
    collections::BTreeSet,
    io::Write as _,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Args;
use inferno_backend::{Backend as _, KvLayout};
use inferno_engine::{Engine, EngineHandle, RunnerConfig};
use inferno_http::{App, ConnectionLimits, ServedModel, Server, app};
use inferno_store::Store;
use inferno_telemetry::{EngineMetrics, Metrics};

use super::load::{LoadArguments, Ready};
use crate::{
    config::{Config, KvKind},
    join::{Sink, TokenizerVocabulary, Watched},
    live::{self, Beside, Shop},
    report,
};

/// Positions in a block of the KV cache.
const BLOCK_LEN: u32 = 16;
/// Full contexts that the KV cache holds unless the configuration says otherwise. Its memory is taken as it is used.
const CONTEXTS: u32 = 4;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// A model of the library [default: the only one].
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    load: LoadArguments,
    /// Where to listen [default: 127.0.0.1].
    #[arg(long)]
    host: Option<IpAddr>,
    /// The port; 0 takes any free one [default: 8080].
    #[arg(long)]
    port: Option<u16>,
    /// How keys and values are kept [default: auto].
    #[arg(long, value_enum)]
    kv_type: Option<KvKind>,
    /// Requests that run at once [default: 32].
    #[arg(long)]
    max_sequences: Option<NonZeroU32>,
    /// Show metrics by vLLM's names too, as the Gateway API inference extension asks for.
    #[arg(long)]
    vllm_metrics: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        let mut opened = self.load.open()?;
        self.overrule(&mut opened.config);
        let model = self.load.begin(&opened, self.model.as_deref())?;
        let runtime = tokio::runtime::Runtime::new().context("could not start the network threads")?;
        let store = runtime.block_on(Store::open(&opened.home.database()))?;
        let off = runtime.block_on(store.switched_off())?;
        let ready = self.load.load(opened, model, &off, true)?;
        eprint!("{}", report::print(&ready.report));
        let server = &ready.opened.config.server;
        let address = SocketAddr::new(server.host, server.port);
        runtime.block_on(serve(ready, store, off, address))
    }
}

impl Serve {
    /// What the command line says wins over the configuration.
    fn overrule(&self, config: &mut Config) {
        config.server.host = self.host.unwrap_or(config.server.host);
        config.server.port = self.port.unwrap_or(config.server.port);
        config.engine.kv_type = self.kv_type.unwrap_or(config.engine.kv_type);
        config.engine.max_sequences = self.max_sequences.or(config.engine.max_sequences);
        config.metrics.vllm_aliases |= self.vllm_metrics;
    }
}

async fn serve(ready: Ready, store: Store, off: BTreeSet<String>, address: SocketAddr) -> Result<()> {
    // The port first: that it is taken should be said before anything is set up on it.
    let listener = inferno_http::listen(address).with_context(|| {
        format!("could not listen on {address}; choose another port with `--port`, or 0 for any free one")
    })?;
    let address = listener.local_addr()?;
    let drain = Duration::from_secs(ready.opened.config.server.drain_seconds);
    let limits = ConnectionLimits {
        connections: ready.opened.config.server.max_connections,
        ..ConnectionLimits::default()
    };
    let metrics = match ready.opened.config.metrics.vllm_aliases {
        true => Metrics::new().with_vllm_aliases(),
        false => Metrics::new(),
    };
    metrics.build_info(env!("CARGO_PKG_VERSION"));
    // What was decided at an earlier start was decided without a call at this one.
    for pass in ready.report.passes.iter().filter(|_| !ready.report.cached) {
        metrics.plugin_call(&pass.name);
        if pass.reason.is_some() {
            metrics.plugin_refusal(&pass.name, "refused");
        }
    }
    let shop = Shop::open(&ready.opened, address).await?;
    let Ready { opened, host, components, ran, file, model, backend, optimized, report } = ready;
    let counted = metrics.engine(&file.id, &file.digest, model.summary().architecture);
    let (model, watched) = start(&opened.config, Parts { file, model, backend, optimized, report }, counted)?;
    let (name, engine) = (model.id.clone(), watched.engine.clone());
    let plugins = live::Installed { host, components, off, ran };
    let beside = Beside::start(opened, plugins, store, metrics, vec![watched], &shop)?;
    let observer = beside.seams().observer;
    let server = Server::new([model], beside.seams(), beside.facts(&shop));
    let App { router, live } = app(Arc::new(server), shop.router());

    // Whoever started us may not care to read this: that is no reason not to serve.
    let _ = writeln!(
        std::io::stdout(),
        "Inferno serves {name} on http://{address} (stop it with Ctrl-C).\n\
         Open http://{address}/ to watch it, or try:\n  \
         curl http://{address}/v1/chat/completions -H 'Content-Type: application/json' -d '{{\"model\": \"{name}\", \
         \"messages\": [{{\"role\": \"user\", \"content\": \"What is the capital of France?\"}}]}}'"
    );
    let draining = engine.clone();
    let stop = async move {
        asked_to_stop().await;
        eprintln!("stopping: running answers have {} s to complete", drain.as_secs());
        live.close().await;
        tokio::spawn(async move { draining.shutdown(drain).await });
    };
    inferno_http::serve(listener, router, limits, observer, stop).await;
    engine.shutdown(drain).await;
    tokio::task::spawn_blocking(move || beside.stop()).await?;
    shop.close().await;
    Ok(())
}

/// What becomes a served model.
struct Parts {
    file: crate::assemble::model::ModelFile,
    model: inferno_models::Model,
    backend: inferno_backend_cpu::CpuBackend,
    optimized: crate::assemble::optimized::Optimized,
    report: inferno_http::api::optimization::OptimizationReport,
}

/// Puts the optimized graph on its backend and an engine on a thread.
fn start(config: &Config, parts: Parts, metrics: EngineMetrics) -> Result<(ServedModel, Watched)> {
    let Parts { file, model, backend, optimized, report } = parts;
    let context_length = config.engine.max_context.unwrap_or(u32::MAX).min(optimized.graph.context_length());
    let positions = config.engine.kv_positions.unwrap_or(context_length.saturating_mul(CONTEXTS));
    let kind = config.engine.kv_type.on(&backend);
    let kv = KvLayout { block_len: BLOCK_LEN, blocks: positions.div_ceil(BLOCK_LEN), kind };
    metrics.kv_cache(kv.block_len, kv.blocks, kind.name());
    let executor = backend
        .prepare(&optimized.graph, model.weights(), kv)
        .with_context(|| format!("could not prepare {}; try a smaller `kv_positions`", file.id))?;
    let profile = executor.profile();
    let vocabulary = Arc::new(TokenizerVocabulary(model.tokenizer()));
    let engine = Engine::new(executor, vocabulary, config.engine.engine()?);
    let engine = engine.with_sink(Arc::new(Sink(metrics.clone())));
    let engine =
        EngineHandle::spawn(engine, RunnerConfig::default()).context("could not start the engine")?;
    let served = ServedModel {
        id: file.id,
        digest: file.digest,
        loaded_at: live::now(),
        model: Arc::new(model),
        optimized: Arc::new(optimized.graph),
        target: backend.target().clone(),
        context_length,
        engine: engine.clone(),
        optimization: report,
    };
    Ok((served, Watched { engine, metrics, profile }))
}

/// Resolves when the process is interrupted or asked to terminate.
pub(super) async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            },
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}
