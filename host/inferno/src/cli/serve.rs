//! `inferno serve`.

use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use clap::Args;
use inferno_backend::{Backend as _, KvLayout};
use inferno_engine::{Engine, EngineConfig, EngineHandle, RunnerConfig};
use inferno_graph::Target;
use inferno_http::{App, Facts, HostNames, ServedModel, Server, api::system::RegistryInfo, app, seam::Seams};
use inferno_telemetry::{EngineMetrics, Metrics};
use tokio::net::TcpListener;

use super::load::{LoadArguments, Ready};
use crate::{
    join::{Observer, Pending, Sink, TokenizerVocabulary},
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
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        let ready = self.load.load(self.model.as_deref(), true)?;
        eprint!("{}", report::print(&ready.report));
        let server = &ready.config.server;
        let address = SocketAddr::new(self.host.unwrap_or(server.host), self.port.unwrap_or(server.port));
        let drain = Duration::from_secs(server.drain_seconds);
        let runtime = tokio::runtime::Runtime::new().context("could not start the network threads")?;
        runtime.block_on(serve(ready, address, drain))
    }
}

async fn serve(ready: Ready, address: SocketAddr, drain: Duration) -> Result<()> {
    // The port first: that it is taken should be said before anything is set up on it.
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("could not listen on {address}; choose another port with `--port`, or 0 for any free one")
    })?;
    let address = listener.local_addr()?;
    let metrics = Metrics::new();
    metrics.build_info(env!("CARGO_PKG_VERSION"));
    // What was decided at an earlier start was decided without a call at this one.
    for pass in ready.report.passes.iter().filter(|_| !ready.report.cached) {
        metrics.plugin_call(&pass.name);
        if pass.reason.is_some() {
            metrics.plugin_refusal(&pass.name, "refused");
        }
    }
    let counted = metrics.engine(&ready.file.id, &ready.file.digest, ready.model.summary().architecture);
    let policy = ready.policy.to_string();
    let development = ready.policy.is_development().then(|| policy.clone());
    let (model, engine) = start(ready, counted.clone())?;
    let name = model.id.clone();
    let observer = Arc::new(Observer { metrics, engines: vec![(engine.clone(), counted)] });
    let pending = Arc::new(Pending);
    let seams = Seams {
        observer,
        insight: pending.clone(),
        plugins: pending.clone(),
        marketplace: pending.clone(),
        playground: pending.clone(),
        boards: pending,
    };
    let facts = Facts {
        policy,
        development,
        started_at: now(),
        registry: RegistryInfo { url: format!("http://{address}"), embedded: true },
        openapi: inferno_http::openapi::document(),
        hosts: HostNames::default(),
    };
    let server = Server::new([model], seams, facts);

    // Whoever started us may not care to read this: that is no reason not to serve.
    let _ = writeln!(
        std::io::stdout(),
        "Inferno serves {name} on http://{address} (stop it with Ctrl-C). Try:\n  curl http://{address}/v1/chat/completions -H 'Content-Type: application/json' -d '{{\"model\": \"{name}\", \
         \"messages\": [{{\"role\": \"user\", \"content\": \"What is the capital of France?\"}}]}}'"
    );
    let draining = engine.clone();
    let App { router, live } = app(Arc::new(server), axum::Router::new());
    let stop = async move {
        asked_to_stop().await;
        eprintln!("stopping: running answers have {} s to complete", drain.as_secs());
        live.close().await;
        tokio::spawn(async move { draining.shutdown(drain).await });
    };
    axum::serve(listener, router).with_graceful_shutdown(stop).await?;
    engine.shutdown(drain).await;
    Ok(())
}

/// Puts the optimized graph on its backend and an engine on a thread.
fn start(ready: Ready, metrics: EngineMetrics) -> Result<(ServedModel, EngineHandle)> {
    let Ready { config, file, model, backend, optimized, report, .. } = ready;
    let context_length = config.engine.max_context.unwrap_or(u32::MAX).min(optimized.graph.context_length());
    let positions = config.engine.kv_positions.unwrap_or(context_length.saturating_mul(CONTEXTS));
    let kv = KvLayout { block_len: BLOCK_LEN, blocks: positions.div_ceil(BLOCK_LEN) };
    let target: Target = backend.target().clone();
    let executor = backend
        .prepare(&optimized.graph, model.weights(), kv)
        .with_context(|| format!("could not prepare {}; try a smaller `kv_positions`", file.id))?;
    let vocabulary = Arc::new(TokenizerVocabulary(model.tokenizer()));
    let engine =
        Engine::new(executor, vocabulary, EngineConfig::default()).with_sink(Arc::new(Sink(metrics)));
    let engine =
        EngineHandle::spawn(engine, RunnerConfig::default()).context("could not start the engine")?;
    let served = ServedModel {
        id: file.id,
        digest: file.digest,
        loaded_at: now(),
        optimized: Arc::new(optimized.graph),
        target,
        model: Arc::new(model),
        context_length,
        engine: engine.clone(),
        optimization: report,
    };
    Ok((served, engine))
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
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
