//! Fetching a version: by digest, all of it, and no byte more.
//!
//! Owns: the walk from a version of the catalog to its component, manifest and bundle. Refuses whatever has another
//! digest than the document that names it. Easily confused with verification: a registry that lies consistently passes
//! here and fails there.

use inferno_package::{
    PackageRef, Version,
    catalog::{PackageDetail, VersionDetail},
};
use inferno_trust::Bundle;
use inferno_types::Digest;

use crate::{
    ClientError, RegistryClient,
    oci::{self, Descriptor, ImageManifest, Index},
};

/// The most bytes that are read of a document, of a component, of `inferno.toml` and README, and of a bundle.
const MAX_DOCUMENT: u64 = 256 << 10;
const MAX_COMPONENT: u64 = 64 << 20;
const MAX_TEXT: u64 = 1 << 20;
const MAX_BUNDLE: u64 = 256 << 10;
/// The most referrers of one type that are looked at.
const MAX_REFERRERS: usize = 16;

/// A version as its registry has it. Nobody has verified it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The component.
    pub component: Vec<u8>,
    /// The signature, where there is one.
    pub bundle: Option<Vec<u8>>,
    /// The text of `inferno.toml`.
    pub manifest: String,
    /// The README, where there is one.
    pub readme: Option<String>,
    /// What the catalog says about it.
    pub detail: VersionDetail,
}

impl RegistryClient {
    /// Looks a version up and fetches it.
    ///
    /// # Errors
    /// When the registry cannot be reached, does not have it, or sends something else.
    pub fn component(&self, name: &PackageRef, version: &Version) -> Result<Fetched, ClientError> {
        let PackageDetail { versions, .. } = self.package(name)?;
        let detail = versions.into_iter().find(|detail| detail.version == *version);
        let missing = || ClientError::NotFound {
            registry: self.registry().clone(),
            what: format!("version {version} of {name}"),
        };
        self.fetch(name, &detail.ok_or_else(missing)?)
    }

    /// Fetches a version that the catalog named.
    ///
    /// # Errors
    /// As for [`component`](Self::component).
    pub fn fetch(&self, name: &PackageRef, detail: &VersionDetail) -> Result<Fetched, ClientError> {
        let repository = Repository { client: self, name };
        let what = format!("manifest of {name} {}", detail.version);
        let manifest = repository.manifest(detail.manifest_digest, &what)?;
        let [layer] = manifest.layers.as_slice() else {
            let reason = format!("it has {} layers instead of one", manifest.layers.len());
            return Err(ClientError::malformed(self.registry(), &what, reason));
        };
        if layer.media_type != oci::WASM || layer.digest != detail.digest {
            let reason = format!("its layer is {} ({})", layer.digest, layer.media_type);
            return Err(ClientError::malformed(self.registry(), &what, reason));
        }
        let component = repository.blob(layer, MAX_COMPONENT, "component")?;
        let (manifest, readme) = repository.package(detail.manifest_digest)?;
        let bundle = repository.bundle(detail)?;
        Ok(Fetched { component, bundle, manifest, readme, detail: detail.clone() })
    }
}

/// A package's part of a registry.
struct Repository<'a> {
    client: &'a RegistryClient,
    name: &'a PackageRef,
}

impl Repository<'_> {
    fn manifest(&self, digest: Digest, what: &str) -> Result<ImageManifest, ClientError> {
        let path = format!("/v2/{}/manifests/{digest}", self.name);
        let bytes =
            self.client.transport.get(&path, &[], oci::MANIFEST, what)?.content(digest, MAX_DOCUMENT)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ClientError::malformed(self.client.registry(), what, error))
    }

    fn blob(&self, blob: &Descriptor, limit: u64, what: &str) -> Result<Vec<u8>, ClientError> {
        let what = format!("{what} of {}", self.name);
        if blob.size > limit {
            let registry = self.client.registry().clone();
            return Err(ClientError::TooLarge { registry, what, limit });
        }
        let path = format!("/v2/{}/blobs/{}", self.name, blob.digest);
        self.client.transport.get(&path, &[], "*/*", &what)?.content(blob.digest, blob.size)
    }

    fn text(&self, blob: &Descriptor, what: &str) -> Result<String, ClientError> {
        let bytes = self.blob(blob, MAX_TEXT, what)?;
        String::from_utf8(bytes)
            .map_err(|_| ClientError::malformed(self.client.registry(), what, "it is not text"))
    }

    /// `inferno.toml` and the README.
    fn package(&self, subject: Digest) -> Result<(String, Option<String>), ClientError> {
        let what = format!("package description of {}", self.name);
        let missing = |reason: &str| ClientError::malformed(self.client.registry(), &what, reason);
        let referrers = self.referrers(subject, oci::PACKAGE)?;
        let first = referrers.first().ok_or_else(|| missing("there is none"))?;
        let manifest = self.manifest(first.digest, &what)?;
        let layer = |media_type: &str| manifest.layers.iter().find(|layer| layer.media_type == media_type);
        let toml = layer(oci::TOML).ok_or_else(|| missing("it has no inferno.toml"))?;
        let readme = layer(oci::MARKDOWN).map(|layer| self.text(layer, "README")).transpose()?;
        Ok((self.text(toml, "inferno.toml")?, readme))
    }

    /// The bundle of the key that the catalog names, else any.
    fn bundle(&self, detail: &VersionDetail) -> Result<Option<Vec<u8>>, ClientError> {
        let what = format!("signature of {}", self.name);
        let mut any = None;
        for referrer in self.referrers(detail.manifest_digest, oci::BUNDLE)? {
            let manifest = self.manifest(referrer.digest, &what)?;
            let Some(layer) = manifest.layers.iter().find(|layer| layer.media_type == oci::BUNDLE) else {
                continue;
            };
            let bytes = self.blob(layer, MAX_BUNDLE, "signature")?;
            let key = Bundle::parse(&bytes).ok().and_then(|bundle| bundle.claimed_key());
            if key.is_some_and(|key| key.to_string() == detail.signer) {
                return Ok(Some(bytes));
            }
            any = any.or(Some(bytes));
        }
        Ok(any)
    }

    /// What is attached to `subject`: by the referrers API, or by the tag that stands in for it.
    fn referrers(&self, subject: Digest, artifact_type: &str) -> Result<Vec<Descriptor>, ClientError> {
        let transport = &self.client.transport;
        let what = "list of referrers";
        let path = format!("/v2/{}/referrers/{subject}", self.name);
        let query = [("artifactType", artifact_type.to_owned())];
        let answer = match transport.get(&path, &query, oci::INDEX, what) {
            Err(error) if error.is_not_found() => {
                let path = format!("/v2/{}/manifests/sha256-{}", self.name, subject.hex());
                transport.get(&path, &[], oci::INDEX, what)
            }
            answer => answer,
        };
        let index: Index = match answer {
            Err(error) if error.is_not_found() => Index::default(),
            answer => answer?.json(MAX_DOCUMENT)?,
        };
        // A registry need not filter, so we do.
        let ours = index.manifests.into_iter().filter(|d| d.artifact_type.as_deref() == Some(artifact_type));
        Ok(ours.take(MAX_REFERRERS).collect())
    }
}
