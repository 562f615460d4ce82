//! From an entry of the catalogue to a collector in a registry.

use prometheus::{
    Counter, CounterVec, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, core::Collector,
};

use crate::{Kind, Metric};

pub(crate) fn counter(registry: &Registry, metric: Metric) -> IntCounter {
    register(registry, IntCounter::with_opts(opts(metric)))
}

pub(crate) fn seconds(registry: &Registry, metric: Metric) -> Counter {
    register(registry, Counter::with_opts(opts(metric)))
}

pub(crate) fn gauge(registry: &Registry, metric: Metric) -> IntGauge {
    register(registry, IntGauge::with_opts(opts(metric)))
}

pub(crate) fn float(registry: &Registry, metric: Metric) -> prometheus::Gauge {
    register(registry, prometheus::Gauge::with_opts(opts(metric)))
}

pub(crate) fn counters(registry: &Registry, metric: Metric) -> IntCounterVec {
    register(registry, IntCounterVec::new(opts(metric), metric.labels()))
}

pub(crate) fn second_counters(registry: &Registry, metric: Metric) -> CounterVec {
    register(registry, CounterVec::new(opts(metric), metric.labels()))
}

pub(crate) fn gauges(registry: &Registry, metric: Metric) -> IntGaugeVec {
    register(registry, IntGaugeVec::new(opts(metric), metric.labels()))
}

pub(crate) fn floats(registry: &Registry, metric: Metric) -> GaugeVec {
    register(registry, GaugeVec::new(opts(metric), metric.labels()))
}

pub(crate) fn histograms(registry: &Registry, metric: Metric) -> HistogramVec {
    let Kind::Histogram(buckets) = metric.kind() else {
        unreachable!("only the catalogue's histograms are registered as such")
    };
    let opts = HistogramOpts::from(opts(metric)).buckets(buckets.to_vec());
    register(registry, HistogramVec::new(opts, metric.labels()))
}

fn opts(metric: Metric) -> Opts {
    Opts::new(metric.name(), metric.help())
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let collector =
        made.expect("the catalogue's names, labels and buckets are constants that the tests register");
    registry
        .register(Box::new(collector.clone()))
        .expect("the catalogue has no name twice, as the tests show");
    collector
}
