//! What sets one series apart from every other, in an order that puts the buckets of a histogram one after another.

use inferno_insight::Label;
use prometheus::proto::{Metric as Sample, MetricFamily, MetricType};

use crate::{Kind, Metric, catalogue};

/// The label of a bucket.
const LE: &str = "le";

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Where the metric is in the catalogue.
    pub(super) metric: usize,
    /// In alphabetical order, without the bucket.
    pub(super) labels: Vec<Label>,
    /// The upper bound of the bucket.
    pub(super) bound: Option<Bound>,
}

/// The upper bound of a bucket. The bounds of the catalogue are not negative, and such floats order as their bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bound(u64);

impl Bound {
    pub(super) fn new(bound: f64) -> Self {
        Self(bound.to_bits())
    }

    pub(super) fn get(self) -> f64 {
        f64::from_bits(self.0)
    }

    fn text(self) -> String {
        if self.get().is_finite() { self.get().to_string() } else { "+Inf".to_owned() }
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "+Inf" {
            return Some(Self::new(f64::INFINITY));
        }
        text.parse().ok().filter(|bound: &f64| bound.is_finite() && *bound >= 0.0).map(Self::new)
    }
}

impl Key {
    pub(super) fn metric(&self) -> Metric {
        catalogue::ALL[self.metric]
    }

    /// The labels as the outside sees them: the bucket is one of them, the last.
    pub(super) fn all_labels(&self) -> Vec<Label> {
        let bucket = self.bound.map(|bound| Label { name: LE.to_owned(), value: bound.text() });
        self.labels.iter().cloned().chain(bucket).collect()
    }

    /// The key of a series of an earlier process, if there is still such a metric.
    pub(super) fn of(metric: &str, labels: &[Label]) -> Option<Self> {
        let metric = catalogue::ALL.iter().position(|known| known.name() == metric)?;
        let (bucket, labels): (Vec<_>, Vec<_>) = labels.iter().cloned().partition(|label| label.name == LE);
        let bound = match (catalogue::ALL[metric].kind(), bucket.as_slice()) {
            (Kind::Histogram(_), [bucket]) => Some(Bound::parse(&bucket.value)?),
            (Kind::Counter | Kind::Gauge, []) => None,
            _ => return None,
        };
        Some(Self { metric, labels, bound })
    }
}

/// The samples of all series as of now. Buckets count what lies between their bound and the one below.
pub(super) fn scrape(families: &[MetricFamily]) -> Vec<(Key, f64)> {
    let mut samples = Vec::new();
    for family in families {
        let Some(metric) = catalogue::ALL.iter().position(|known| known.name() == family.name()) else {
            continue;
        };
        for sample in family.get_metric() {
            let mut key = Key { metric, labels: labels(sample), bound: None };
            match family.get_field_type() {
                MetricType::COUNTER => samples.push((key, sample.get_counter().get_value())),
                MetricType::GAUGE => samples.push((key, sample.get_gauge().get_value())),
                MetricType::HISTOGRAM => {
                    let histogram = sample.get_histogram();
                    let mut below = 0;
                    for bucket in histogram.get_bucket() {
                        key.bound = Some(Bound::new(bucket.upper_bound()));
                        samples.push((key.clone(), bucket.cumulative_count().saturating_sub(below) as f64));
                        below = bucket.cumulative_count();
                    }
                    key.bound = Some(Bound::new(f64::INFINITY));
                    samples.push((key, histogram.get_sample_count().saturating_sub(below) as f64));
                }
                MetricType::SUMMARY | MetricType::UNTYPED => {}
            }
        }
    }
    samples
}

fn labels(sample: &Sample) -> Vec<Label> {
    let label = |pair: &prometheus::proto::LabelPair| Label {
        name: pair.name().to_owned(),
        value: pair.value().to_owned(),
    };
    let mut labels: Vec<Label> = sample.get_label().iter().map(label).collect();
    labels.sort();
    labels
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Metrics;

    #[test]
    fn buckets_are_apart_and_in_order() {
        let metrics = Metrics::new();
        for millis in [3, 4, 20, 2_000_000] {
            metrics.http_request("/v1/models", 200, Duration::from_millis(millis));
        }
        let mut samples = scrape(&metrics.gather());
        samples.retain(|(key, _)| key.metric().name() == "inferno_http_request_duration_seconds");
        assert!(samples.is_sorted_by_key(|(key, _)| key.clone()));
        let shown: Vec<String> = samples
            .iter()
            .filter(|(_, count)| *count > 0.0)
            .map(|(key, count)| {
                let labels = key.all_labels();
                format!(
                    "{}={} {}={}: {count}",
                    labels[0].name, labels[0].value, labels[1].name, labels[1].value
                )
            })
            .collect();
        assert_eq!(
            shown,
            ["route=/v1/models le=0.005: 2", "route=/v1/models le=0.025: 1", "route=/v1/models le=+Inf: 1"]
        );
        for (key, _) in &samples {
            assert_eq!(Key::of(key.metric().name(), &key.all_labels()).as_ref(), Some(key));
        }
    }

    #[test]
    fn series_that_no_longer_fit_are_none() {
        let le = |value: &str| vec![Label { name: LE.to_owned(), value: value.to_owned() }];
        let histogram = "inferno_http_request_duration_seconds";
        for (metric, labels) in [
            ("inferno_of_old", Vec::new()),
            (histogram, Vec::new()),
            (histogram, le("NaN")),
            (histogram, le("-1")),
            (histogram, [le("1"), le("2")].concat()),
            ("inferno_requests_waiting", le("1")),
        ] {
            assert_eq!(Key::of(metric, &labels), None, "{metric} {labels:?}");
        }
    }
}
