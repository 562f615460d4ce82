//! What a component may do beyond computing: requested by its manifest, granted by the operator.
//!
//! Owns the list of capabilities and [`Grants::intersect`], the only place where a request meets a grant.
//! Refuses a default of "yes": what nobody granted is not there. Easily confused with limits (memory, time),
//! which every component has and none can ask for.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// One host interface that a component may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Capability {
    /// Write lines to the server's log. Interface `inferno:plugin/log`.
    Log,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 1] = [Self::Log];

    /// Its name in `[grants]` of a manifest and in a signed statement.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownCapability { found: s.chars().take(64).collect() };
        Self::ALL.into_iter().find(|capability| capability.as_str() == s).ok_or_else(unknown)
    }
}

impl TryFrom<String> for Capability {
    type Error = UnknownCapability;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Capability> for String {
    fn from(capability: Capability) -> Self {
        capability.as_str().to_owned()
    }
}

/// A text that names no capability.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a capability; this version knows `log`")]
pub struct UnknownCapability {
    found: String,
}

/// What a publisher asks for. By itself it allows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests(BTreeSet<Capability>);

/// What an operator is willing to grant. By itself it allows nothing either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorGrants(BTreeSet<Capability>);

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
    pub fn contains(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }

    /// What is asked for, in the order of [`Capability`].
    pub fn iter(&self) -> impl Iterator<Item = Capability> + '_ {
        self.0.iter().copied()
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
}

impl FromIterator<Capability> for OperatorGrants {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self(capabilities.into_iter().collect())
    }
}

impl Grants {
    /// Allows nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// What is both requested and granted.
    pub fn intersect(requests: &Requests, operator: &OperatorGrants) -> Self {
        let (allowed, denied) = requests.iter().partition(|capability| operator.0.contains(capability));
        Self { allowed, denied }
    }

    /// Whether the component may use `capability`.
    pub fn allows(&self, capability: Capability) -> bool {
        self.allowed.contains(&capability)
    }

    /// What it may use, in the order of [`Capability`].
    pub fn allowed(&self) -> impl Iterator<Item = Capability> + '_ {
        self.allowed.iter().copied()
    }

    /// What it asked for in vain, for telling the operator.
    pub fn denied(&self) -> impl Iterator<Item = Capability> + '_ {
        self.denied.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_requested_and_granted_is_allowed() {
        let check = |requested: &[Capability], granted: &[Capability], allowed: bool, denied: bool| {
            let grants =
                Grants::intersect(&requested.iter().copied().collect(), &granted.iter().copied().collect());
            assert_eq!(grants.allows(Capability::Log), allowed, "{requested:?} ∩ {granted:?}");
            assert_eq!(grants.denied().any(|c| c == Capability::Log), denied, "{requested:?} ∩ {granted:?}");
        };
        let log = [Capability::Log];
        check(&[], &[], false, false);
        check(&log, &[], false, true);
        check(&[], &log, false, false);
        check(&log, &log, true, false);
    }

    #[test]
    fn capabilities_round_trip() {
        for capability in Capability::ALL {
            assert_eq!(capability.as_str().parse(), Ok(capability));
        }
        insta::assert_snapshot!("network".parse::<Capability>().expect_err("never a capability"), @r#""network" is not a capability; this version knows `log`"#);
    }
}
