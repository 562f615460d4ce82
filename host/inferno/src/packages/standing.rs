//! How an installed version stands in the registry that it came from.
//!
//! A yanked version keeps running: its operator is told, and decides. Easily confused with verification, which needs no
//! registry and is done at every start.

use inferno_package::Version;
use inferno_registry_client::{Locked, printable};

use super::{Packages, plan::MAX_REASON};

/// How an installed version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is the newest.
    Newest,
    /// There is a newer one.
    Outdated {
        /// The newest that is not yanked.
        newest: Version,
    },
    /// Its publisher withdrew it. It goes on running until somebody updates or removes it.
    Yanked {
        /// Why, in its publisher's words.
        reason: String,
    },
    /// The registry does not have it any more.
    Gone,
    /// The registry did not say.
    Unknown {
        /// Why not.
        reason: String,
    },
}

impl Packages {
    /// Asks the registry that `locked` came from.
    pub fn standing(&self, locked: &Locked) -> Standing {
        let package = match self.client_of(&locked.registry).package(&locked.name) {
            Ok(package) => package,
            Err(error) if error.is_not_found() => return Standing::Gone,
            Err(error) => return Standing::Unknown { reason: error.to_string() },
        };
        let Some(detail) = package.versions.iter().find(|detail| detail.version == locked.version) else {
            return Standing::Gone;
        };
        if let Some(yank) = &detail.yanked {
            return Standing::Yanked { reason: printable(&yank.reason, MAX_REASON) };
        }
        let good = package.versions.iter().filter(|detail| detail.yanked.is_none());
        match good.map(|detail| &detail.version).max() {
            Some(newest) if *newest > locked.version => Standing::Outdated { newest: newest.clone() },
            _ => Standing::Newest,
        }
    }
}
