//! What a number means before it has a value: name, unit, and how it came to be known.

use std::fmt;

use inferno_insight::{Aggregate, MetricInfo, MetricKind};

/// The base unit of a metric's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Wall-clock seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Model tokens, as the engine counted them.
    Tokens,
    /// Requests.
    Requests,
    /// Blocks of the key/value cache.
    Blocks,
    /// Calls into a plugin.
    Calls,
    /// Things that have no unit of their own: threads, steps, reports.
    Things,
    /// A share between 0 and 1.
    Ratio,
    /// No quantity: the value is always 1 and the labels carry the facts.
    Info,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::Tokens => "tokens",
            Self::Requests => "requests",
            Self::Blocks => "blocks",
            Self::Calls => "calls",
            Self::Things => "count",
            Self::Ratio => "ratio (0 to 1)",
            Self::Info => "none (facts in the labels)",
        })
    }
}

/// How a metric's samples come to be known.
///
/// A reader of a dashboard cannot see the code; the HELP text of every metric ends with this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Counted or timed where it happened.
    Measured,
    /// Computed from something else; says from what.
    Estimated {
        /// The method, in a few words.
        how: &'static str,
    },
    /// This machine cannot tell. Such a metric has no sample at all.
    Unavailable {
        /// The reason, in a few words.
        why: &'static str,
    },
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measured => f.write_str("measured"),
            Self::Estimated { how } => write!(f, "estimated ({how})"),
            Self::Unavailable { why } => write!(f, "unavailable ({why})"),
        }
    }
}

/// How a metric's samples behave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A counter for each of these upper bounds, and one for what lies above them.
    Histogram(&'static [f64]),
}

/// A metric without its samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    name: &'static str,
    what: &'static str,
    unit: Unit,
    kind: Kind,
    labels: &'static [&'static str],
    provenance: Provenance,
}

impl Metric {
    /// A metric that is counted or timed where it happens. `what` is one sentence without its full stop.
    pub const fn measured(name: &'static str, what: &'static str, unit: Unit, kind: Kind) -> Self {
        Self { name, what, unit, kind, labels: &[], provenance: Provenance::Measured }
    }

    /// The same metric with a series for every combination of values of these labels.
    pub const fn by(self, labels: &'static [&'static str]) -> Self {
        Self { labels, ..self }
    }

    /// The same metric, known in another way.
    pub const fn known_by(self, provenance: Provenance) -> Self {
        Self { provenance, ..self }
    }

    /// Its name in the exposition.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The unit of its samples.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// How its samples behave.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What sets its series apart.
    pub const fn labels(&self) -> &'static [&'static str] {
        self.labels
    }

    /// How its samples come to be known.
    pub const fn provenance(&self) -> Provenance {
        self.provenance
    }

    /// Its HELP text: the sentence, the unit, the provenance.
    pub fn help(&self) -> String {
        format!("{}. Unit: {}. Provenance: {}.", self.what, self.unit, self.provenance)
    }

    /// Its entry in the catalogue.
    pub fn info(&self) -> MetricInfo {
        let mut labels: Vec<String> = self.labels.iter().map(|label| (*label).to_owned()).collect();
        labels.sort();
        MetricInfo {
            name: self.name.to_owned(),
            help: self.what.to_owned(),
            unit: self.unit.insight(),
            kind: self.kind.insight(),
            provenance: self.provenance.insight(),
            labels,
        }
    }

    /// The unit of what an aggregate makes of its samples.
    pub(crate) fn unit_of(&self, aggregate: Aggregate) -> inferno_insight::Unit {
        use inferno_insight::Unit as Out;
        let counts = match self.kind {
            Kind::Histogram(_) => Out::Count,
            Kind::Counter | Kind::Gauge => self.unit.insight(),
        };
        match (aggregate, counts) {
            // Seconds of work in a second.
            (Aggregate::Rate, Out::Seconds) => Out::Ratio,
            (Aggregate::Rate, _) => Out::PerSecond,
            (Aggregate::Last | Aggregate::Mean | Aggregate::Max | Aggregate::Increase, unit) => unit,
        }
    }
}

impl Unit {
    fn insight(self) -> inferno_insight::Unit {
        use inferno_insight::Unit as Out;
        match self {
            Self::Seconds => Out::Seconds,
            Self::Bytes => Out::Bytes,
            Self::Tokens => Out::Tokens,
            Self::Requests => Out::Requests,
            Self::Blocks | Self::Calls | Self::Things => Out::Count,
            Self::Ratio => Out::Ratio,
            Self::Info => Out::None,
        }
    }
}

impl Kind {
    pub(crate) fn insight(self) -> MetricKind {
        match self {
            Self::Counter => MetricKind::Counter,
            Self::Gauge => MetricKind::Gauge,
            Self::Histogram(_) => MetricKind::Histogram,
        }
    }
}

impl Provenance {
    fn insight(self) -> inferno_insight::Provenance {
        match self {
            Self::Measured => inferno_insight::Provenance::Measured,
            Self::Estimated { .. } => inferno_insight::Provenance::Estimated,
            Self::Unavailable { .. } => inferno_insight::Provenance::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_says_unit_and_provenance() {
        let joules = Metric::measured(
            "inferno_energy_joules_total",
            "Energy of the package",
            Unit::Info,
            Kind::Counter,
        );
        for (provenance, help) in [
            (
                Provenance::Measured,
                "Energy of the package. Unit: none (facts in the labels). Provenance: measured.",
            ),
            (
                Provenance::Estimated { how: "load × rated power" },
                "Energy of the package. Unit: none (facts in the labels). Provenance: estimated (load × rated power).",
            ),
            (
                Provenance::Unavailable { why: "no power counter" },
                "Energy of the package. Unit: none (facts in the labels). Provenance: unavailable (no power counter).",
            ),
        ] {
            assert_eq!(joules.known_by(provenance).help(), help);
        }
    }

    #[test]
    fn an_aggregate_has_its_own_unit() {
        use inferno_insight::Unit as Out;
        let metric = |unit, kind| Metric::measured("m", "m", unit, kind);
        let tokens = metric(Unit::Tokens, Kind::Counter);
        let busy = metric(Unit::Seconds, Kind::Counter);
        let latency = metric(Unit::Seconds, Kind::Histogram(&[1.0]));
        let memory = metric(Unit::Bytes, Kind::Gauge);
        for (metric, aggregate, unit) in [
            (tokens, Aggregate::Increase, Out::Tokens),
            (tokens, Aggregate::Rate, Out::PerSecond),
            (busy, Aggregate::Increase, Out::Seconds),
            (busy, Aggregate::Rate, Out::Ratio),
            (latency, Aggregate::Increase, Out::Count),
            (latency, Aggregate::Rate, Out::PerSecond),
            (memory, Aggregate::Last, Out::Bytes),
        ] {
            assert_eq!(metric.unit_of(aggregate), unit, "{metric:?} {aggregate:?}");
        }
    }
}
