//! The documents of an OCI registry, as far as packages need them.
//!
//! Owns: media types and the JSON of manifests, indexes and configurations, in the layout that `wkg` reads and writes.
//! Refuses to interpret annotations: what counts is signed. Easily confused with `inferno.toml`, which is one of the
//! blobs.

use std::collections::BTreeMap;

use inferno_package::Manifest;
use inferno_types::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An image manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A list of manifests, such as the referrers of one.
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// A component.
pub(crate) const WASM: &str = "application/wasm";
/// What `wkg` says about a component.
pub(crate) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The referrer with `inferno.toml` and README.
pub(crate) const PACKAGE: &str = "application/vnd.inferno.package.v1";
/// `inferno.toml`.
pub(crate) const TOML: &str = "application/vnd.inferno.manifest.v1+toml";
/// README.
pub(crate) const MARKDOWN: &str = "text/markdown";
/// The referrer with the signature, and the signature.
pub(crate) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// The configuration of a manifest that needs none, and its bytes.
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub(crate) const EMPTY_BYTES: &[u8] = b"{}";

/// Bytes somewhere else in the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
}

/// An image manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageManifest {
    schema_version: u32,
    media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

/// A list of manifests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Index {
    #[serde(default)]
    pub(crate) manifests: Vec<Descriptor>,
}

impl Descriptor {
    pub(crate) fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            artifact_type: None,
        }
    }
}

impl ImageManifest {
    /// That of a component, found by its version as tag.
    pub(crate) fn of_component(config: Descriptor, component: Descriptor, manifest: &Manifest) -> Self {
        let annotation = |key: &str, value: String| (format!("org.opencontainers.image.{key}"), value);
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers: vec![component],
            subject: None,
            annotations: BTreeMap::from([
                annotation("version", manifest.version().to_string()),
                annotation("description", manifest.description().to_owned()),
                annotation("licenses", manifest.license().to_owned()),
            ]),
        }
    }

    /// Something attached to `subject`.
    pub(crate) fn of_referrer(artifact_type: &str, subject: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: Some(artifact_type.to_owned()),
            config: Descriptor::of(EMPTY, EMPTY_BYTES),
            layers,
            subject: Some(subject),
            annotations: BTreeMap::new(),
        }
    }

    pub(crate) fn with_annotations(self, annotations: &[(&str, &str)]) -> Self {
        let owned = annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Self { annotations: owned.collect(), ..self }
    }

    /// The same manifest always has the same bytes, so that publishing twice is publishing once.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a manifest has only texts and numbers")
    }
}

/// What `wkg` keeps beside a component. The time is a constant: it must not make two publications of one of the same
/// bytes.
pub(crate) fn config(component: &Descriptor, imports: &[String], exports: &[String]) -> Vec<u8> {
    let config = json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [component.digest],
        "component": { "exports": exports, "imports": imports, "target": null },
    });
    serde_json::to_vec(&config).expect("the configuration has only texts")
}
