//! What a metric is, for those who choose one: the entry of a catalogue, without samples.
//!
//! Easily confused with [`Frame`](crate::Frame), which holds the samples of one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Aggregate, Provenance, Unit};

/// How the samples of a metric behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MetricKind {
    /// Only grows, and starts again at zero with the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A counter per bucket.
    Histogram,
}

impl MetricKind {
    /// Whether the aggregate makes sense of such samples.
    pub fn allows(self, aggregate: Aggregate) -> bool {
        match aggregate {
            Aggregate::Last | Aggregate::Mean | Aggregate::Max => self == Self::Gauge,
            Aggregate::Rate | Aggregate::Increase => self != Self::Gauge,
        }
    }

    /// Its word in JSON and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric without its samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricInfo {
    /// Such as `inferno_generation_tokens_total`.
    pub name: String,
    /// What it counts, as one sentence.
    pub help: String,
    /// The unit of a sample. For a histogram, the unit of what falls into the buckets; its values count.
    pub unit: Unit,
    /// How its samples behave.
    pub kind: MetricKind,
    /// How its samples come to be known.
    pub provenance: Provenance,
    /// What sets its series apart, in alphabetical order. A histogram has `le` beside these.
    pub labels: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_decides_the_aggregate() {
        use Aggregate::{Increase, Last, Max, Mean, Rate};
        for (kind, allowed) in [
            (MetricKind::Counter, vec![Rate, Increase]),
            (MetricKind::Histogram, vec![Rate, Increase]),
            (MetricKind::Gauge, vec![Last, Mean, Max]),
        ] {
            let found: Vec<_> =
                [Last, Mean, Max, Rate, Increase].into_iter().filter(|a| kind.allows(*a)).collect();
            assert_eq!(found, allowed, "{}", kind.as_str());
        }
    }

    #[test]
    fn json_of_an_entry() {
        let info = MetricInfo {
            name: "inferno_requests_waiting".into(),
            help: "Requests queued for the engine".into(),
            unit: Unit::Requests,
            kind: MetricKind::Gauge,
            provenance: Provenance::Measured,
            labels: vec!["model".into()],
        };
        insta::assert_snapshot!(serde_json::to_string(&info).expect("JSON"), @r#"{"name":"inferno_requests_waiting","help":"Requests queued for the engine","unit":"requests","kind":"gauge","provenance":"measured","labels":["model"]}"#);
    }
}
