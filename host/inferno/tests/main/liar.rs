//! A registry that lies without contradicting itself: every digest that it names is that of what it sends.
//!
//! The real registry refuses to take such packages, so this serves them. Only what is signed can tell them apart.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, body::Bytes, http::StatusCode, http::Uri};
use inferno_registry_client::RegistryUrl;
use inferno_trust::PublicKey;
use inferno_types::Digest;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::market::Made;

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const PACKAGE: &str = "application/vnd.inferno.package.v1";

/// A version as the liar tells it.
pub(crate) struct Told {
    pub(crate) version: &'static str,
    pub(crate) component: Vec<u8>,
    pub(crate) manifest: String,
    pub(crate) bundle: Option<String>,
    pub(crate) signer: String,
    pub(crate) kind: &'static str,
    pub(crate) requests: Vec<&'static str>,
}

/// The running liar.
pub(crate) struct Liar {
    pub(crate) url: RegistryUrl,
    _runtime: Runtime,
}

impl Told {
    /// An honest version; a test alters it.
    pub(crate) fn honest(version: &'static str, made: &Made, bundle: &str, signer: &PublicKey) -> Self {
        Self {
            version,
            component: made.component.clone(),
            manifest: made.text.clone(),
            bundle: Some(bundle.to_owned()),
            signer: signer.id().to_string(),
            kind: "widget",
            requests: Vec::new(),
        }
    }
}

impl Liar {
    /// Tells these versions of `name`, whose publisher has these keys: identifier and PEM.
    pub(crate) fn start(name: &str, keys: &[(String, String)], versions: &[Told]) -> Self {
        let mut answers = BTreeMap::new();
        let details: Vec<Value> = versions.iter().map(|told| tell(&mut answers, name, told)).collect();
        let keys: Vec<_> =
            keys.iter().map(|(id, pem)| json!({ "id": id, "publicKey": pem, "revoked": false })).collect();
        let publisher = name.split('/').next().unwrap_or_default();
        let package = json!({
            "name": name, "kind": "widget", "description": "For a test.", "license": "Apache-2.0",
            "publisher": { "name": publisher, "keys": keys }, "versions": details,
        });
        answers.insert(format!("/api/registry/packages/{name}"), package.to_string().into_bytes());
        let answers = Arc::new(answers);
        let router = Router::new().fallback(move |uri: Uri| {
            let answers = Arc::clone(&answers);
            async move {
                match answers.get(uri.path()) {
                    Some(bytes) => (StatusCode::OK, Bytes::from(bytes.clone())),
                    None => (StatusCode::NOT_FOUND, Bytes::new()),
                }
            }
        });
        let runtime = Runtime::new().expect("threads");
        let bind = tokio::net::TcpListener::bind("127.0.0.1:0");
        let listener = runtime.block_on(bind).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("an origin");
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, _runtime: runtime }
    }
}

/// Puts a version where a client looks for it, and says what the catalog says of it.
fn tell(answers: &mut BTreeMap<String, Vec<u8>>, name: &str, told: &Told) -> Value {
    let image = image(None, &[("application/wasm", &told.component)]);
    let subject = Digest::of(&image);
    let mut referrers = Vec::new();
    let toml = ("application/vnd.inferno.manifest.v1+toml", told.manifest.as_bytes());
    let bundle = told.bundle.as_ref().map(|bundle| (BUNDLE, vec![(BUNDLE, bundle.as_bytes())]));
    for (artifact_type, layers) in [Some((PACKAGE, vec![toml])), bundle].into_iter().flatten() {
        let manifest = self::image(Some((artifact_type, subject)), &layers);
        let mut descriptor = descriptor("application/vnd.oci.image.manifest.v1+json", &manifest);
        descriptor["artifactType"] = json!(artifact_type);
        referrers.push(descriptor);
        put(answers, name, "manifests", manifest);
        layers.iter().for_each(|(_, bytes)| put(answers, name, "blobs", bytes.to_vec()));
    }
    put(answers, name, "manifests", image);
    put(answers, name, "blobs", told.component.clone());
    let index = json!({ "schemaVersion": 2, "manifests": referrers });
    answers.insert(format!("/v2/{name}/referrers/{subject}"), index.to_string().into_bytes());
    json!({
        "version": told.version, "digest": Digest::of(&told.component), "manifestDigest": subject,
        "size": told.component.len(), "publishedAt": 1, "signer": told.signer, "kind": told.kind,
        "requests": told.requests,
    })
}

fn put(answers: &mut BTreeMap<String, Vec<u8>>, name: &str, what: &str, bytes: Vec<u8>) {
    answers.insert(format!("/v2/{name}/{what}/{}", Digest::of(&bytes)), bytes);
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(bytes), "size": bytes.len() })
}

fn image(referrer: Option<(&str, Digest)>, layers: &[(&str, &[u8])]) -> Vec<u8> {
    let layers: Vec<_> = layers.iter().map(|(media_type, bytes)| descriptor(media_type, bytes)).collect();
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let mut image = json!({
        "schemaVersion": 2, "mediaType": media_type, "layers": layers,
        "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"),
    });
    if let Some((artifact_type, subject)) = referrer {
        image["artifactType"] = json!(artifact_type);
        image["subject"] = json!({ "mediaType": media_type, "digest": subject, "size": 1 });
    }
    image.to_string().into_bytes()
}
