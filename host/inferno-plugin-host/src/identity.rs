//! Who a plugin is, on the word of its verified signature.
//!
//! Easily confused with `inferno_graph::PassIdentity`, which says the same in the words of the graph's reports; a pass
//! has both.

use inferno_graph::PassIdentity;
use inferno_package::{PackageRef, Version};
use inferno_trust::{Component, Verified};
use inferno_types::Digest;

/// A release, its bytes and its signer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PluginIdentity {
    /// Its package: `inferno/throughput`.
    pub name: PackageRef,
    /// Its version.
    pub version: Version,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Who signed it, as the trust policy names the key.
    pub signer: String,
}

impl PluginIdentity {
    pub(crate) fn of(component: &Verified<Component>) -> Self {
        Self {
            name: component.name().clone(),
            version: component.version().clone(),
            digest: component.digest(),
            signer: component.signer().name().to_owned(),
        }
    }
}

impl From<&PluginIdentity> for PassIdentity {
    fn from(plugin: &PluginIdentity) -> Self {
        let PluginIdentity { name, version, digest, signer } = plugin;
        Self { name: name.to_string(), version: version.to_string(), digest: *digest, signer: signer.clone() }
    }
}
