//! What a signature vouches for, besides the bytes.
//!
//! Owns: the identity of one release. Refuses description and licence, which are for people and can be
//! corrected without signing again. Easily confused with the [`Manifest`] it is made from.

use inferno_package::{Kind, Manifest, PackageRef, Requests, Version};

/// Name, version, kind and requested capabilities of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    name: PackageRef,
    version: Version,
    kind: Kind,
    requests: Requests,
}

impl Release {
    /// A release that asks for no capability.
    pub fn new(name: PackageRef, version: Version, kind: Kind) -> Self {
        Self { name, version, kind, requests: Requests::none() }
    }

    /// The same release, asking for `requests`.
    pub fn with_requests(self, requests: Requests) -> Self {
        Self { requests, ..self }
    }

    /// What the package is called.
    pub fn name(&self) -> &PackageRef {
        &self.name
    }

    /// Which release of it this is.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// What its component does.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The capabilities that it asks for. They are signed, so that nobody between the publisher and the
    /// operator can add to them.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }
}

impl From<&Manifest> for Release {
    fn from(manifest: &Manifest) -> Self {
        Self::new(manifest.name().clone(), manifest.version().clone(), manifest.kind())
            .with_requests(manifest.requests().clone())
    }
}
