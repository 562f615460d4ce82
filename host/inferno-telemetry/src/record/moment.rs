//! The snapshot of the last second, made from memory.

use inferno_insight::{
    Aggregate, Label, ModelSnapshot, ProcessSnapshot, Provenance, Reading, Snapshot, Unit,
};

use super::{
    fold::{Fold, Grid},
    memory::Memory,
    quantile::quantile,
    runs::Runs,
    series::Key,
};
use crate::{Metric, Metrics, catalogue};

/// Seconds that rates are taken over.
const RATE: i64 = 5;
/// Seconds that percentiles are taken over.
const PERCENTILES: i64 = 60;

pub(super) fn snapshot(memory: &Memory, metrics: &Metrics, now: i64) -> Snapshot {
    let view = View { memory, metrics, now };
    let models = view.series(catalogue::MODEL_INFO).filter(|(_, runs)| runs.end() == now + 1);
    let mut models: Vec<&Label> =
        models.filter_map(|(key, _)| key.labels.iter().find(|label| label.name == "model")).collect();
    models.sort();
    models.dedup();
    Snapshot {
        at: (now * 1_000) as f64,
        models: models.into_iter().map(|model| view.model(model)).collect(),
        process: ProcessSnapshot {
            resident_bytes: view.gauge(catalogue::RESIDENT_MEMORY, None),
            cpu_ratio: view.rate(catalogue::CPU_SECONDS, None),
            threads: view.gauge(catalogue::THREADS, None),
            uptime_seconds: view.gauge(catalogue::UPTIME, None),
        },
        requests_per_second: view.rate(catalogue::HTTP_REQUESTS, None),
    }
}

struct View<'a> {
    memory: &'a Memory,
    metrics: &'a Metrics,
    now: i64,
}

impl<'a> View<'a> {
    fn model(&self, model: &Label) -> ModelSnapshot {
        let model = Some(model);
        let first_token = self.buckets(catalogue::TIME_TO_FIRST_TOKEN, model);
        let inter_token = self.buckets(catalogue::INTER_TOKEN_LATENCY, model);
        let percentile =
            |buckets: &[_], q| Reading::new(quantile(buckets, q), Unit::Seconds, Provenance::Estimated);
        ModelSnapshot {
            model: model.map(|label| label.value.clone()).unwrap_or_default(),
            generation_tokens_per_second: self.rate(catalogue::GENERATION_TOKENS, model),
            prompt_tokens_per_second: self.rate(catalogue::PROMPT_TOKENS, model),
            time_to_first_token_p50: percentile(&first_token, 0.5),
            time_to_first_token_p95: percentile(&first_token, 0.95),
            inter_token_p50: percentile(&inter_token, 0.5),
            inter_token_p95: percentile(&inter_token, 0.95),
            requests_waiting: self.gauge(catalogue::WAITING, model),
            requests_running: self.gauge(catalogue::RUNNING, model),
            kv_utilization: self.gauge(catalogue::KV_UTILIZATION, model),
        }
    }

    fn series(&self, metric: Metric) -> impl Iterator<Item = (&'a Key, &'a Runs)> + use<'a> {
        let at = catalogue::ALL.iter().position(|known| known.name() == metric.name());
        self.memory.of(at.expect("constants of the catalogue are listed in it"))
    }

    /// The value of each series with this label over the last `seconds`.
    fn values(
        &self,
        metric: Metric,
        label: Option<&Label>,
        aggregate: Aggregate,
        seconds: i64,
    ) -> Vec<(&'a Key, f64)> {
        let wanted =
            self.series(metric).filter(|(key, _)| label.is_none_or(|label| key.labels.contains(label)));
        let value = |(key, runs): (&'a Key, &'a Runs)| {
            let mut fold = Fold::new(Grid { now: self.now, step: seconds, count: 1 }, aggregate);
            runs.stretches(self.now - 2 * seconds, self.now + 1).for_each(|stretch| fold.add(stretch));
            (key, fold.finish()[0])
        };
        wanted.map(value).filter(|(_, value)| !value.is_nan()).collect()
    }

    /// The sum over all series with this label.
    fn reading(&self, metric: Metric, label: Option<&Label>, aggregate: Aggregate, seconds: i64) -> Reading {
        let values = self.values(metric, label, aggregate, seconds);
        let sum = values.iter().map(|(_, value)| value).sum();
        let value = (!values.is_empty()).then_some(sum);
        Reading::new(value, metric.unit_of(aggregate), self.metrics.provenance(metric))
    }

    fn gauge(&self, metric: Metric, label: Option<&Label>) -> Reading {
        self.reading(metric, label, Aggregate::Last, 1)
    }

    fn rate(&self, metric: Metric, label: Option<&Label>) -> Reading {
        self.reading(metric, label, Aggregate::Rate, RATE)
    }

    fn buckets(&self, metric: Metric, label: Option<&Label>) -> Vec<(f64, f64)> {
        let grown = self.values(metric, label, Aggregate::Increase, PERCENTILES);
        let bucket = |(key, count): (&Key, f64)| key.bound.map(|bound| (bound.get(), count));
        grown.into_iter().filter_map(bucket).collect()
    }
}
