//! `inferno serve`.

use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Args;
use inferno_backend::{Backend as _, KvLayout};
use inferno_backend_cpu::CpuBackend;
use inferno_engine::{Engine, EngineHandle, RunnerConfig};
use inferno_http::{App, ConnectionLimits, ServedModel, Server, api::optimization::OptimizationReport, app};
use inferno_models::Network;
use inferno_telemetry::{EngineMetrics, Metrics};

use super::{
    load::{LoadArguments, Opened, Ready},
    template,
};
use crate::{
    assemble::{
        model::ModelFile,
        opening::{Opening, Reading},
        optimized::Optimized,
        plugins,
    },
    config::{Config, KvKind},
    join::{Sink, TokenizerVocabulary, Watched},
    live::{self, Beside, Records, Shop},
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
        runtime.block_on(self.serve(opened, model))
    }

    /// Model, database, registry and components are opened side by side, since none of them needs another.
    async fn serve(self, opened: Opened, model: Opening) -> Result<()> {
        // The port first: that it is taken should be said before anything is set up on it.
        let address = SocketAddr::new(opened.config.server.host, opened.config.server.port);
        let listener = inferno_http::listen(address).with_context(|| {
            format!("could not listen on {address}; choose another port with `--port`, or 0 for any free one")
        })?;
        let address = listener.local_addr()?;
        let metrics = metrics(&opened.config);
        let (database, counted) = (opened.home.database(), metrics.clone());
        let records = tokio::spawn(async move { Records::open(&database, counted).await });
        let shop = tokio::spawn(Shop::open(opened.home.clone(), opened.config.registry.clone(), address));
        let plugins = plugins::load(&opened.home, &opened.config, &opened.policy)?;
        let records = records.await??;
        let ready = self.load.optimize(opened, model, plugins, &records.off, true)?;
        eprint!("{}", report::print(&ready.report));
        count(&metrics, &ready.report);
        let drain = Duration::from_secs(ready.opened.config.server.drain_seconds);
        let limits = ConnectionLimits {
            connections: ready.opened.config.server.max_connections,
            ..ConnectionLimits::default()
        };
        let Ready { opened, host, components, ran, file, network, text, backend, optimized, report } = ready;
        let counted = metrics.engine(&file.id, &file.digest, network.summary().architecture);
        let parts = Parts { file, network, text, backend, optimized, report };
        let (model, watched) = start(&opened.config, parts, counted)?;
        let (name, engine) = (model.id.clone(), watched.engine.clone());
        records.watch(watched);
        let shop = shop.await??;
        let plugins = live::Installed { host, components, ran };
        let beside = Beside::start(opened, plugins, records, &shop).await?;
        let observer = beside.seams().observer;
        let server = Server::new([model], beside.seams(), beside.facts(&shop));
        let App { router, live } = app(Arc::new(server), shop.router());

        // Whoever started us may not care to read this: that is no reason not to serve.
        let _ = writeln!(
            std::io::stdout(),
            "Inferno serves {name} on http://{address} (stop it with Ctrl-C).\n\
             Open http://{address}/ to watch it, or try:\n  \
             curl http://{address}/v1/chat/completions -H 'Content-Type: application/json' -d '{{\"model\": \"{name}\", \
             \"messages\": [{{\"role\": \"user\", \"content\": \"What is the capital of France? Answer in one sentence.\"}}]}}'"
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

    /// What the command line says wins over the configuration.
    fn overrule(&self, config: &mut Config) {
        config.server.host = self.host.unwrap_or(config.server.host);
        config.server.port = self.port.unwrap_or(config.server.port);
        config.engine.kv_type = self.kv_type.unwrap_or(config.engine.kv_type);
        config.engine.max_sequences = self.max_sequences.or(config.engine.max_sequences);
        config.metrics.vllm_aliases |= self.vllm_metrics;
    }
}

/// All metrics of the server, by the names that are configured.
fn metrics(config: &Config) -> Metrics {
    let metrics = match config.metrics.vllm_aliases {
        true => Metrics::new().with_vllm_aliases(),
        false => Metrics::new(),
    };
    metrics.build_info(env!("CARGO_PKG_VERSION"));
    metrics
}

/// Counts what the passes were asked. What was decided at an earlier start was decided without a call at this one.
fn count(metrics: &Metrics, report: &OptimizationReport) {
    for pass in report.passes.iter().filter(|_| !report.cached) {
        metrics.plugin_call(&pass.name);
        if pass.reason.is_some() {
            metrics.plugin_refusal(&pass.name, "refused");
        }
    }
}

/// What becomes a served model.
struct Parts {
    file: ModelFile,
    network: Network,
    text: Reading,
    backend: CpuBackend,
    optimized: Optimized,
    report: OptimizationReport,
}

/// Puts the optimized graph on its backend and an engine on a thread.
fn start(config: &Config, parts: Parts, metrics: EngineMetrics) -> Result<(ServedModel, Watched)> {
    let Parts { file, network, text, backend, optimized, report } = parts;
    let context_length = config.engine.max_context.unwrap_or(u32::MAX).min(optimized.graph.context_length());
    let positions = config.engine.kv_positions.unwrap_or(context_length.saturating_mul(CONTEXTS));
    let kind = config.engine.kv_type.on(&backend);
    let kv = KvLayout { block_len: BLOCK_LEN, blocks: positions.div_ceil(BLOCK_LEN), kind };
    metrics.kv_cache(kv.block_len, kv.blocks, kind.name());
    let executor = backend
        .prepare(&optimized.graph, network.weights(), kv)
        .with_context(|| format!("could not prepare {}; try a smaller `kv_positions`", file.id))?;
    let profile = executor.profile();
    let model = text.model(network)?.render_with(template::apart()?);
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
