//! What a number means before it has a value: name, unit, and how it came to be known.

use std::fmt;

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

/// A metric without its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    name: &'static str,
    what: &'static str,
    unit: Unit,
    provenance: Provenance,
}

impl Metric {
    /// A metric that is counted or timed where it happens. `what` is one sentence without its full stop.
    pub const fn measured(name: &'static str, what: &'static str, unit: Unit) -> Self {
        Self { name, what, unit, provenance: Provenance::Measured }
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

    /// How its samples come to be known.
    pub const fn provenance(&self) -> Provenance {
        self.provenance
    }

    /// Its HELP text: the sentence, the unit, the provenance.
    pub fn help(&self) -> String {
        format!("{}. Unit: {}. Provenance: {}.", self.what, self.unit, self.provenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_says_unit_and_provenance() {
        let joules = Metric::measured("inferno_energy_joules_total", "Energy of the package", Unit::Info);
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
}
