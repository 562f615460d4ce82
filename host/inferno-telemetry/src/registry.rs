//! The live numbers: one registry behind a clonable handle, and one handle per model for the engine's hot path.

use std::{sync::Arc, time::Duration};

use inferno_types::{Digest, FinishReason, ModelId};
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder, core::Collector,
};

use crate::{Metric, catalogue, process};

/// All metrics of one server. Cloning is cheap and every clone feeds the same numbers.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    http_requests: IntCounterVec,
    http_duration: HistogramVec,
    waiting: IntGaugeVec,
    running: IntGaugeVec,
    finished: IntCounterVec,
    prompt_tokens: IntCounterVec,
    generation_tokens: IntCounterVec,
    time_to_first_token: HistogramVec,
    inter_token_latency: HistogramVec,
    e2e_latency: HistogramVec,
    kv_capacity: IntGaugeVec,
    kv_utilization: GaugeVec,
    resident_memory: Option<IntGauge>,
    plugin_calls: IntCounterVec,
    plugin_refusals: IntCounterVec,
    model_info: IntGaugeVec,
    build_info: IntGaugeVec,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics(..)")
    }
}

impl Metrics {
    /// Every metric at its start. Resident memory is registered only where the system can tell it.
    pub fn new() -> Self {
        let registry = Registry::new();
        let r = &registry;
        let inner = Inner {
            http_requests: counters(r, catalogue::HTTP_REQUESTS, &["route", "status"]),
            http_duration: histograms(r, catalogue::HTTP_DURATION, catalogue::REQUEST_BUCKETS, &["route"]),
            waiting: gauges(r, catalogue::WAITING, &["model"]),
            running: gauges(r, catalogue::RUNNING, &["model"]),
            finished: counters(r, catalogue::FINISHED, &["model", "reason"]),
            prompt_tokens: counters(r, catalogue::PROMPT_TOKENS, &["model"]),
            generation_tokens: counters(r, catalogue::GENERATION_TOKENS, &["model"]),
            time_to_first_token: histograms(
                r,
                catalogue::TIME_TO_FIRST_TOKEN,
                catalogue::FIRST_TOKEN_BUCKETS,
                &["model"],
            ),
            inter_token_latency: histograms(
                r,
                catalogue::INTER_TOKEN_LATENCY,
                catalogue::TOKEN_BUCKETS,
                &["model"],
            ),
            e2e_latency: histograms(r, catalogue::E2E_LATENCY, catalogue::REQUEST_BUCKETS, &["model"]),
            kv_capacity: gauges(r, catalogue::KV_CAPACITY, &["model"]),
            kv_utilization: register(r, GaugeVec::new(opts(catalogue::KV_UTILIZATION), &["model"])),
            resident_memory: process::resident_bytes()
                .map(|_| register(r, IntGauge::with_opts(opts(catalogue::RESIDENT_MEMORY)))),
            plugin_calls: counters(r, catalogue::PLUGIN_CALLS, &["plugin"]),
            plugin_refusals: counters(r, catalogue::PLUGIN_REFUSALS, &["plugin", "reason"]),
            model_info: gauges(r, catalogue::MODEL_INFO, &["model", "digest", "architecture"]),
            build_info: gauges(r, catalogue::BUILD_INFO, &["version", "os", "arch"]),
            registry,
        };
        Self(Arc::new(inner))
    }

    /// Counts one answered HTTP request. `route` must be the route's template (`/v1/models/{id}`), never the path
    /// a client typed: each one is a series that stays.
    pub fn http_request(&self, route: &str, status: u16, took: Duration) {
        self.0.http_requests.with_label_values(&[route, &status.to_string()]).inc();
        self.0.http_duration.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// Counts one call into the plugin of that name.
    pub fn plugin_call(&self, plugin: &str) {
        self.0.plugin_calls.with_label_values(&[plugin]).inc();
    }

    /// Counts one refusal of a plugin or of what it returned. `reason` is a short fixed word, not an error text.
    pub fn plugin_refusal(&self, plugin: &str, reason: &'static str) {
        self.0.plugin_refusals.with_label_values(&[plugin, reason]).inc();
    }

    /// States the version of this build, and the system it was built for.
    pub fn build_info(&self, version: &str) {
        let labels = [version, std::env::consts::OS, std::env::consts::ARCH];
        self.0.build_info.with_label_values(&labels).set(1);
    }

    /// States that a model is served, and gives the handle that its engine feeds.
    pub fn engine(&self, model: &ModelId, digest: &Digest, architecture: &str) -> EngineMetrics {
        let inner = &self.0;
        let name = [model.as_str()];
        let digest = digest.to_string();
        inner.model_info.with_label_values(&[model.as_str(), digest.as_str(), architecture]).set(1);
        EngineMetrics {
            model: model.clone(),
            finished: inner.finished.clone(),
            waiting: inner.waiting.with_label_values(&name),
            running: inner.running.with_label_values(&name),
            prompt_tokens: inner.prompt_tokens.with_label_values(&name),
            generation_tokens: inner.generation_tokens.with_label_values(&name),
            time_to_first_token: inner.time_to_first_token.with_label_values(&name),
            inter_token_latency: inner.inter_token_latency.with_label_values(&name),
            e2e_latency: inner.e2e_latency.with_label_values(&name),
            kv_capacity: inner.kv_capacity.with_label_values(&name),
            kv_utilization: inner.kv_utilization.with_label_values(&name),
        }
    }

    /// The exposition in the Prometheus text format 0.0.4 (`text/plain; version=0.0.4`).
    pub fn render(&self) -> String {
        if let (Some(gauge), Some(bytes)) = (&self.0.resident_memory, process::resident_bytes()) {
            gauge.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        TextEncoder::new()
            .encode_to_string(&self.0.registry.gather())
            .unwrap_or_else(|error| format!("# the metrics could not be rendered: {error}\n"))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// How a request left the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestEnd {
    /// The generation came to its end.
    Finished(FinishReason),
    /// The client went away or cancelled.
    Cancelled,
    /// The engine could not go on.
    Failed,
}

impl RequestEnd {
    fn label(self) -> &'static str {
        match self {
            Self::Finished(FinishReason::Stop) => "stop",
            Self::Finished(FinishReason::Length) => "length",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// The metrics of one model's engine, with the label already resolved, so that
/// counting a token is an atomic addition.
#[derive(Debug, Clone)]
pub struct EngineMetrics {
    model: ModelId,
    finished: IntCounterVec,
    waiting: IntGauge,
    running: IntGauge,
    prompt_tokens: IntCounter,
    generation_tokens: IntCounter,
    time_to_first_token: Histogram,
    inter_token_latency: Histogram,
    e2e_latency: Histogram,
    kv_capacity: IntGauge,
    kv_utilization: Gauge,
}

impl EngineMetrics {
    /// How many requests wait and how many run, as of the last step.
    pub fn queue(&self, waiting: usize, running: usize) {
        self.waiting.set(as_sample(waiting));
        self.running.set(as_sample(running));
    }

    /// How many blocks of the key/value cache are held, of how many.
    pub fn kv_blocks(&self, used: usize, capacity: usize) {
        self.kv_capacity.set(as_sample(capacity));
        self.kv_utilization.set(if capacity == 0 { 0.0 } else { used as f64 / capacity as f64 });
    }

    /// Adds the tokens of an accepted prompt.
    pub fn prompt_tokens(&self, tokens: usize) {
        self.prompt_tokens.inc_by(tokens as u64);
    }

    /// The first token of a request, `since_arrival` after it came in.
    pub fn first_token(&self, since_arrival: Duration) {
        self.generation_tokens.inc();
        self.time_to_first_token.observe(since_arrival.as_secs_f64());
    }

    /// A later token of a request, `since_previous` after the one before it.
    pub fn next_token(&self, since_previous: Duration) {
        self.generation_tokens.inc();
        self.inter_token_latency.observe(since_previous.as_secs_f64());
    }

    /// The end of a request. `since_arrival` for those that got their answer: how long the others took says how
    /// patient clients are, not how fast we are.
    pub fn ended(&self, end: RequestEnd, since_arrival: Option<Duration>) {
        self.finished.with_label_values(&[self.model.as_str(), end.label()]).inc();
        if let Some(took) = since_arrival {
            self.e2e_latency.observe(took.as_secs_f64());
        }
    }
}

fn as_sample(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn opts(metric: Metric) -> Opts {
    Opts::new(metric.name(), metric.help())
}

fn counters(registry: &Registry, metric: Metric, labels: &[&str]) -> IntCounterVec {
    register(registry, IntCounterVec::new(opts(metric), labels))
}

fn gauges(registry: &Registry, metric: Metric, labels: &[&str]) -> IntGaugeVec {
    register(registry, IntGaugeVec::new(opts(metric), labels))
}

fn histograms(registry: &Registry, metric: Metric, buckets: &[f64], labels: &[&str]) -> HistogramVec {
    let opts = HistogramOpts::from(opts(metric)).buckets(buckets.to_vec());
    register(registry, HistogramVec::new(opts, labels))
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let collector =
        made.expect("the catalogue's names, labels and buckets are constants that the tests register");
    registry
        .register(Box::new(collector.clone()))
        .expect("the catalogue has no name twice, as the tests show");
    collector
}
