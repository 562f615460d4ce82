//! A version on its way: every part can be changed before it is pushed.

use inferno_package::{Capability, Kind, Requests};
use inferno_registry::testing::{Salt, component};
use inferno_trust::{PREDICATE_TYPE, Release, SigningKey, sign};
use inferno_types::Digest;
use serde_json::{Value, json};

use crate::app::IMAGE;

pub(crate) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
pub(crate) const FILES: &str = "application/vnd.inferno.package.v1";

/// What a publisher is about to push.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) component: Vec<u8>,
    pub(crate) config: Vec<u8>,
    pub(crate) toml: String,
    pub(crate) readme: Option<Vec<u8>>,
    /// What is signed, and over which bytes.
    pub(crate) release: Release,
    pub(crate) signed: Vec<u8>,
}

impl Draft {
    /// A draft whose parts agree.
    pub(crate) fn new(package: &str, version: &str, kind: Kind) -> Self {
        // Other versions have other bytes.
        let salt = version.bytes().fold(7_u32, |salt, byte| salt.wrapping_mul(31).wrapping_add(byte.into()));
        Self::of(package, version, kind, Salt(salt))
    }

    /// A draft of a widget whose bytes only this number has.
    pub(crate) fn of(package: &str, version: &str, kind: Kind, salt: Salt) -> Self {
        let component = component(kind, salt);
        let release = Release::new(package.parse().unwrap(), version.parse().unwrap(), kind)
            .with_requests([Capability::Log].into_iter().collect::<Requests>());
        let toml = format!(
            "[package]\nname = \"{package}\"\nversion = \"{version}\"\nkind = \"{kind}\"\ndescription = \"Tokens per second\"\n\
             license = \"Apache-2.0\"\n\n[grants]\nlog = true\n"
        );
        Self {
            package: package.to_owned(),
            version: version.to_owned(),
            config: config(&component),
            signed: component.clone(),
            component,
            toml,
            readme: Some(b"# Throughput\n".to_vec()),
            release,
        }
    }

    /// The same draft of other bytes, with the config and the signature that belong to them.
    pub(crate) fn with_component(mut self, component: Vec<u8>) -> Self {
        self.config = config(&component);
        self.signed = component.clone();
        Self { component, ..self }
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.component)
    }

    /// The layout of `wkg`.
    pub(crate) fn component_json(&self) -> Value {
        json!({
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "config": descriptor("application/vnd.wasm.config.v0+json", &self.config),
            "layers": [descriptor("application/wasm", &self.component)],
            "annotations": { "org.opencontainers.image.version": self.version },
        })
    }

    pub(crate) fn component_manifest(&self) -> Vec<u8> {
        self.component_json().to_string().into_bytes()
    }

    pub(crate) fn subject(&self) -> Value {
        descriptor(IMAGE, &self.component_manifest())
    }

    pub(crate) fn files_manifest(&self) -> Vec<u8> {
        let mut layers = vec![descriptor("application/vnd.inferno.manifest.v1+toml", self.toml.as_bytes())];
        layers.extend(self.readme.as_ref().map(|readme| descriptor("text/markdown", readme)));
        referrer(FILES, self.subject(), &layers, json!({})).to_string().into_bytes()
    }

    pub(crate) fn bundle(&self, key: &SigningKey) -> String {
        sign(&self.signed, &self.release, key).to_json()
    }

    pub(crate) fn bundle_json(&self, key: &SigningKey) -> Value {
        let annotations = json!({
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": PREDICATE_TYPE,
        });
        let layers = [descriptor(BUNDLE, self.bundle(key).as_bytes())];
        referrer(BUNDLE, self.subject(), &layers, annotations)
    }

    pub(crate) fn bundle_manifest(&self, key: &SigningKey) -> Vec<u8> {
        self.bundle_json(key).to_string().into_bytes()
    }
}

fn config(component: &[u8]) -> Vec<u8> {
    json!({ "architecture": "wasm", "os": "wasip2", "layerDigests": [Digest::of(component)] })
        .to_string()
        .into_bytes()
}

pub(crate) fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(bytes), "size": bytes.len() })
}

fn referrer(artifact_type: &str, subject: Value, layers: &[Value], annotations: Value) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "artifactType": artifact_type,
        "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"),
        "layers": layers,
        "subject": subject,
        "annotations": annotations,
    })
}
