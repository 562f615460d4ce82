//! What a component may do beyond computing: requested by its manifest, granted by the operator.
//!
//! Owns the list of capabilities and [`Grants::intersect`], the only place where a request meets a grant.
//! Refuses a default of "yes": what nobody granted is not there. Easily confused with limits (memory, time),
//! which every component has and none can ask for.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{MetricName, ParseMetricNameError};

/// What stands before the name in the text of a [`Capability::Metric`].
const METRIC: &str = "metric:";
/// The text that grants every metric.
const ALL_METRICS: &str = "metrics";

/// One thing that a component may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Capability {
    /// Write lines to the server's log. Interface `inferno:plugin/log`. Its text is `log`.
    Log,
    /// Read a metric of the server. Its text is `metric:` and the name.
    Metric(MetricName),
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log => f.write_str("log"),
            Self::Metric(name) => write!(f, "{METRIC}{name}"),
        }
    }
}

impl FromStr for Capability {
    type Err = ParseCapabilityError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s.strip_prefix(METRIC) {
            Some(name) => name.parse().map(Self::Metric).map_err(ParseCapabilityError::Metric),
            None if s == "log" => Ok(Self::Log),
            None => Err(ParseCapabilityError::Unknown { found: s.chars().take(64).collect() }),
        }
    }
}

impl TryFrom<String> for Capability {
    type Error = ParseCapabilityError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Capability> for String {
    fn from(capability: Capability) -> Self {
        capability.to_string()
    }
}

/// Why a text is not a [`Capability`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseCapabilityError {
    /// Nothing is called so.
    #[error("{found:?} is not a capability; this version knows `log` and `metric:NAME`")]
    Unknown {
        /// The text, shortened.
        found: String,
    },
    /// What follows `metric:` names no metric.
    // The only capability with a part of its own, so the reason is the whole message.
    #[error(transparent)]
    Metric(ParseMetricNameError),
}

/// What a publisher asks for. By itself it allows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests(BTreeSet<Capability>);

/// What an operator is willing to grant. By itself it allows nothing either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorGrants {
    named: BTreeSet<Capability>,
    all_metrics: bool,
}

/// What a component may really do: requested *and* granted.
///
/// [`Grants::intersect`] is the only way to one that is not empty, so host code that takes `Grants` cannot be
/// given a request that nobody granted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    allowed: BTreeSet<Capability>,
    denied: BTreeSet<Capability>,
}

impl Requests {
    /// Asks for nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether `capability` is asked for.
    pub fn contains(&self, capability: &Capability) -> bool {
        self.0.contains(capability)
    }

    /// What is asked for, in the order of [`Capability`].
    pub fn iter(&self) -> impl Iterator<Item = &Capability> {
        self.0.iter()
    }

    /// The metrics that are asked for.
    pub fn metrics(&self) -> impl Iterator<Item = &MetricName> {
        metrics(&self.0)
    }
}

impl FromIterator<Capability> for Requests {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self(capabilities.into_iter().collect())
    }
}

impl OperatorGrants {
    /// Grants nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads what a configuration or a command line grants: capabilities, and `metrics` for every metric.
    ///
    /// # Errors
    /// The first text that is neither.
    pub fn parse<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Self, ParseCapabilityError> {
        let mut grants = Self::none();
        for text in texts {
            match text.as_ref() {
                ALL_METRICS => grants.all_metrics = true,
                text => {
                    grants.named.insert(text.parse()?);
                }
            }
        }
        Ok(grants)
    }

    /// The same grants, and every metric.
    #[must_use]
    pub fn with_all_metrics(self) -> Self {
        Self { all_metrics: true, ..self }
    }

    /// Whether `capability` is granted to whoever asks for it.
    pub fn grants(&self, capability: &Capability) -> bool {
        self.named.contains(capability) || (self.all_metrics && matches!(capability, Capability::Metric(_)))
    }
}

impl FromIterator<Capability> for OperatorGrants {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self { named: capabilities.into_iter().collect(), all_metrics: false }
    }
}

impl Grants {
    /// Allows nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// What is both requested and granted.
    pub fn intersect(requests: &Requests, operator: &OperatorGrants) -> Self {
        let (allowed, denied) = requests.iter().cloned().partition(|capability| operator.grants(capability));
        Self { allowed, denied }
    }

    /// Whether the component may use `capability`.
    pub fn allows(&self, capability: &Capability) -> bool {
        self.allowed.contains(capability)
    }

    /// Whether the component may read the metric called `name`.
    pub fn allows_metric(&self, name: &str) -> bool {
        self.metrics().any(|metric| metric.as_str() == name)
    }

    /// Whether the component asked for the metric called `name`, granted or not.
    pub fn requested_metric(&self, name: &str) -> bool {
        self.metrics().chain(metrics(&self.denied)).any(|metric| metric.as_str() == name)
    }

    /// The metrics that it may read.
    pub fn metrics(&self) -> impl Iterator<Item = &MetricName> {
        metrics(&self.allowed)
    }

    /// What it may use, in the order of [`Capability`].
    pub fn allowed(&self) -> impl Iterator<Item = &Capability> {
        self.allowed.iter()
    }

    /// What it asked for in vain, for telling the operator.
    pub fn denied(&self) -> impl Iterator<Item = &Capability> {
        self.denied.iter()
    }
}

fn metrics(capabilities: &BTreeSet<Capability>) -> impl Iterator<Item = &MetricName> {
    capabilities.iter().filter_map(|capability| match capability {
        Capability::Metric(name) => Some(name),
        Capability::Log => None,
    })
}

#[cfg(test)]
mod tests;
