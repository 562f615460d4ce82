//! The kind of a package: which world of `inferno:plugin` its component lives in.
//!
//! Owns the closed list of kinds. Refuses kinds that the host cannot run yet: a kind is added here together
//! with its world. Easily confused with [`crate::Capability`], which is what a component of a kind may ask for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a component does, one per WIT world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Kind {
    /// Rewrites the graph of a model while it loads. World `optimization-pass`.
    OptimizationPass,
    /// Draws metrics on a board. World `widget`.
    Widget,
    /// Reads metrics and finds what could be better. World `analyzer`.
    Analyzer,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::OptimizationPass, Self::Widget, Self::Analyzer];

    /// The name of the kind, which is also the name of its world.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptimizationPass => "optimization-pass",
            Self::Widget => "widget",
            Self::Analyzer => "analyzer",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownKind { found: s.chars().take(64).collect() };
        Self::ALL.into_iter().find(|kind| kind.as_str() == s).ok_or_else(unknown)
    }
}

impl TryFrom<String> for Kind {
    type Error = UnknownKind;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.as_str().to_owned()
    }
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is not a kind of package; this version knows `optimization-pass`, `widget` and `analyzer`"
)]
pub struct UnknownKind {
    found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }

    #[test]
    fn a_kind_from_the_future_is_refused() {
        insta::assert_snapshot!("profiler".parse::<Kind>().expect_err("not a kind yet"), @r#""profiler" is not a kind of package; this version knows `optimization-pass`, `widget` and `analyzer`"#);
    }
}
