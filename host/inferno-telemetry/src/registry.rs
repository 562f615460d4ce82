//! The live numbers: one registry behind a clonable handle.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use inferno_insight::{MetricInfo, Provenance};
use inferno_types::{Digest, ModelId};
use prometheus::{
    Counter, CounterVec, Gauge, GaugeVec, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Registry, TextEncoder, proto::MetricFamily,
};

use crate::{
    EngineMetrics, Metric, aliases, catalogue,
    collectors::{counter, counters, float, floats, gauge, gauges, histograms, second_counters, seconds},
    engine::raise,
    generation::GenAi,
    process,
};

/// All metrics of one server. Cloning is cheap and every clone feeds the same numbers.
#[derive(Clone)]
pub struct Metrics {
    pub(crate) inner: Arc<Inner>,
    /// Whether the exposition says some things a second time, by the names that vLLM has for them.
    vllm_aliases: bool,
}

pub(crate) struct Inner {
    registry: Registry,
    began: Instant,
    /// Held while the process's numbers are read, so that no growth of a counter is added twice.
    reading: Mutex<()>,
    http_requests: IntCounterVec,
    http_duration: HistogramVec,
    http_connections: IntGauge,
    http_cut: IntCounterVec,
    pub(crate) gen_ai: GenAi,
    csp_reports: IntCounter,
    waiting: IntGaugeVec,
    running: IntGaugeVec,
    finished: IntCounterVec,
    prompt_tokens: IntCounterVec,
    generation_tokens: IntCounterVec,
    time_to_first_token: HistogramVec,
    inter_token_latency: HistogramVec,
    e2e_latency: HistogramVec,
    queue_time: HistogramVec,
    steps: IntCounterVec,
    step_seconds: CounterVec,
    op_seconds: CounterVec,
    prefill_tokens: IntCounterVec,
    prefix_queried: IntCounterVec,
    prefix_reused: IntCounterVec,
    preemptions: IntCounterVec,
    kv_capacity: IntGaugeVec,
    kv_cached: IntGaugeVec,
    kv_info: IntGaugeVec,
    kv_utilization: GaugeVec,
    resident_memory: Option<IntGauge>,
    cpu_seconds: Option<Counter>,
    threads: Option<IntGauge>,
    uptime: Gauge,
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
    /// Every metric at its start. What this system cannot tell is not registered.
    pub fn new() -> Self {
        let registry = Registry::new();
        let r = &registry;
        let inner = Inner {
            began: Instant::now(),
            reading: Mutex::new(()),
            http_requests: counters(r, catalogue::HTTP_REQUESTS),
            http_duration: histograms(r, catalogue::HTTP_DURATION),
            http_connections: gauge(r, catalogue::HTTP_CONNECTIONS),
            http_cut: counters(r, catalogue::HTTP_CUT),
            gen_ai: GenAi::new(r),
            csp_reports: counter(r, catalogue::CSP_REPORTS),
            waiting: gauges(r, catalogue::WAITING),
            running: gauges(r, catalogue::RUNNING),
            finished: counters(r, catalogue::FINISHED),
            prompt_tokens: counters(r, catalogue::PROMPT_TOKENS),
            generation_tokens: counters(r, catalogue::GENERATION_TOKENS),
            time_to_first_token: histograms(r, catalogue::TIME_TO_FIRST_TOKEN),
            inter_token_latency: histograms(r, catalogue::INTER_TOKEN_LATENCY),
            e2e_latency: histograms(r, catalogue::E2E_LATENCY),
            queue_time: histograms(r, catalogue::QUEUE_TIME),
            steps: counters(r, catalogue::ENGINE_STEPS),
            step_seconds: second_counters(r, catalogue::ENGINE_STEP_SECONDS),
            op_seconds: second_counters(r, catalogue::OP_SECONDS),
            prefill_tokens: counters(r, catalogue::PREFILL_TOKENS),
            prefix_queried: counters(r, catalogue::PREFIX_QUERIED),
            prefix_reused: counters(r, catalogue::PREFIX_REUSED),
            preemptions: counters(r, catalogue::PREEMPTIONS),
            kv_capacity: gauges(r, catalogue::KV_CAPACITY),
            kv_cached: gauges(r, catalogue::KV_CACHED),
            kv_info: gauges(r, catalogue::KV_INFO),
            kv_utilization: floats(r, catalogue::KV_UTILIZATION),
            resident_memory: process::resident_bytes().map(|_| gauge(r, catalogue::RESIDENT_MEMORY)),
            cpu_seconds: process::cpu_time().map(|_| seconds(r, catalogue::CPU_SECONDS)),
            threads: process::threads().map(|_| gauge(r, catalogue::THREADS)),
            uptime: float(r, catalogue::UPTIME),
            plugin_calls: counters(r, catalogue::PLUGIN_CALLS),
            plugin_refusals: counters(r, catalogue::PLUGIN_REFUSALS),
            model_info: gauges(r, catalogue::MODEL_INFO),
            build_info: gauges(r, catalogue::BUILD_INFO),
            registry,
        };
        Self { inner: Arc::new(inner), vllm_aliases: false }
    }

    /// Counts one answered HTTP request. `route` must be the route's template (`/v1/models/{id}`), never the path
    /// a client typed: each one is a series that stays.
    pub fn http_request(&self, route: &str, status: u16, took: Duration) {
        self.inner.http_requests.with_label_values(&[route, &status.to_string()]).inc();
        self.inner.http_duration.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// How many connections are open.
    pub fn http_connections(&self, open: usize) {
        self.inner.http_connections.set(i64::try_from(open).unwrap_or(i64::MAX));
    }

    /// Counts one connection that the server ended. `reason` is a short fixed word, not an error text.
    pub fn http_connection_cut(&self, reason: &'static str) {
        self.inner.http_cut.with_label_values(&[reason]).inc();
    }

    /// Counts one report of a browser about a breach of the Content-Security-Policy.
    pub fn csp_report(&self) {
        self.inner.csp_reports.inc();
    }

    /// Counts one call into the plugin of that name.
    pub fn plugin_call(&self, plugin: &str) {
        self.inner.plugin_calls.with_label_values(&[plugin]).inc();
    }

    /// Counts one refusal of a plugin or of what it returned. `reason` is a short fixed word, not an error text.
    pub fn plugin_refusal(&self, plugin: &str, reason: &'static str) {
        self.inner.plugin_refusals.with_label_values(&[plugin, reason]).inc();
    }

    /// States the version of this build, and the system it was built for.
    pub fn build_info(&self, version: &str) {
        let labels = [version, std::env::consts::OS, std::env::consts::ARCH];
        self.inner.build_info.with_label_values(&labels).set(1);
    }

    /// States that a model is served, and gives the handle that its engine feeds.
    pub fn engine(&self, model: &ModelId, digest: &Digest, architecture: &str) -> EngineMetrics {
        let inner = &self.inner;
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
            queue_time: inner.queue_time.with_label_values(&name),
            steps: inner.steps.with_label_values(&name),
            step_seconds: inner.step_seconds.with_label_values(&name),
            op_seconds: inner.op_seconds.clone(),
            prefill_tokens: inner.prefill_tokens.with_label_values(&name),
            prefix_queried: inner.prefix_queried.with_label_values(&name),
            prefix_reused: inner.prefix_reused.with_label_values(&name),
            preemptions: inner.preemptions.with_label_values(&name),
            kv_capacity: inner.kv_capacity.with_label_values(&name),
            kv_cached: inner.kv_cached.with_label_values(&name),
            kv_info: inner.kv_info.clone(),
            kv_utilization: inner.kv_utilization.with_label_values(&name),
        }
        .with_every_end()
    }

    /// Every metric that there is, with or without samples. What this machine cannot tell says so.
    pub fn catalogue(&self) -> Vec<MetricInfo> {
        catalogue::ALL
            .iter()
            .map(|metric| MetricInfo { provenance: self.provenance(*metric), ..metric.info() })
            .collect()
    }

    /// How the samples of a metric come to be known on this machine.
    pub(crate) fn provenance(&self, metric: Metric) -> Provenance {
        let inner = &self.inner;
        let missing = [
            (catalogue::RESIDENT_MEMORY, inner.resident_memory.is_none()),
            (catalogue::CPU_SECONDS, inner.cpu_seconds.is_none()),
            (catalogue::THREADS, inner.threads.is_none()),
        ];
        match missing.iter().any(|(other, missing)| *missing && other.name() == metric.name()) {
            true => Provenance::Unavailable,
            false => metric.info().provenance,
        }
    }

    /// The same metrics, whose exposition also has the names that vLLM's dashboards and the Gateway API inference
    /// extension ask for. Both names show the same samples: nothing is measured twice.
    #[must_use]
    pub fn with_vllm_aliases(self) -> Self {
        Self { vllm_aliases: true, ..self }
    }

    /// The exposition in the Prometheus text format 0.0.4 (`text/plain; version=0.0.4`).
    pub fn render(&self) -> String {
        let mut families = self.gather();
        if self.vllm_aliases {
            families.extend(aliases::vllm(&families));
        }
        TextEncoder::new()
            .encode_to_string(&families)
            .unwrap_or_else(|error| format!("# the metrics could not be rendered: {error}\n"))
    }

    /// Every sample as of now.
    pub(crate) fn gather(&self) -> Vec<MetricFamily> {
        self.read_process();
        self.inner.registry.gather()
    }

    fn read_process(&self) {
        let inner = &self.inner;
        let _reading = inner.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(gauge), Some(bytes)) = (&inner.resident_memory, process::resident_bytes()) {
            gauge.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        if let (Some(counter), Some(time)) = (&inner.cpu_seconds, process::cpu_time()) {
            raise(counter, time.as_secs_f64());
        }
        if let (Some(gauge), Some(threads)) = (&inner.threads, process::threads()) {
            gauge.set(i64::try_from(threads).unwrap_or(i64::MAX));
        }
        inner.uptime.set(inner.began.elapsed().as_secs_f64());
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::generation;

    #[test]
    fn the_catalogue_lists_what_is_registered() {
        let metrics = Metrics::new();
        let model = "m".parse().expect("a name");
        let engine = metrics.engine(&model, &Digest::of(b""), "llama");
        engine.op_seconds("matmul", 1.0);
        engine.ended(crate::RequestEnd::Failed, None);
        metrics.http_request("/", 200, Duration::ZERO);
        metrics.http_connection_cut("r");
        metrics.generation(&generation::tests::refused(&model));
        metrics.generation(&generation::tests::answered(&model));
        engine.kv_cache(16, 64, "f16");
        metrics.plugin_call("p");
        metrics.plugin_refusal("p", "r");
        metrics.build_info("1");
        let listed: BTreeSet<String> = metrics
            .catalogue()
            .into_iter()
            .filter(|info| info.provenance != Provenance::Unavailable)
            .map(|info| info.name)
            .collect();
        let gathered: BTreeSet<String> = metrics.gather().iter().map(|f| f.name().to_owned()).collect();
        assert_eq!(listed, gathered);
        assert_eq!(metrics.catalogue().len(), catalogue::ALL.len());
    }

    #[test]
    fn a_total_kept_elsewhere_is_followed_and_never_lowers_a_counter() {
        let metrics = Metrics::new();
        let engine = metrics.engine(&"m".parse().expect("a name"), &Digest::of(b""), "llama");
        for (total, shown) in [(1.5, "1.5"), (1.0, "1.5"), (4.0, "4")] {
            engine.op_seconds("matmul", total);
            let line = format!("inferno_op_seconds_total{{model=\"m\",op=\"matmul\"}} {shown}\n");
            assert!(metrics.render().contains(&line), "{line}");
        }
    }
}
