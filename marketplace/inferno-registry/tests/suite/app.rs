//! A registry in a temporary folder with one publisher, and a way to ask it.

use std::path::Path;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use inferno_registry::{Administration, Limits, Registry};
use inferno_trust::SigningKey;
use inferno_types::Digest;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::draft::Draft;

pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// A registry whose publisher `acme` has one key and one token.
pub(crate) struct App {
    folder: TempDir,
    registry: Registry,
    pub(crate) key: SigningKey,
    pub(crate) token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl App {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open_with(folder.path(), limits).await.unwrap();
        let key = SigningKey::generate();
        let token = registry.administration().add_publisher("acme", &key.public_key()).await.unwrap();
        Self { folder, registry, key, token: token.reveal().to_owned() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn router(&self) -> Router {
        self.registry.router()
    }

    pub(crate) fn administration(&self) -> Administration {
        self.registry.administration()
    }

    /// Closes the registry and opens it again.
    pub(crate) async fn restart(self) -> Self {
        self.reopen(Limits::default()).await
    }

    /// Closes the registry and opens it again, with other limits.
    pub(crate) async fn reopen(self, limits: Limits) -> Self {
        let Self { folder, registry, key, token } = self;
        registry.close().await;
        let registry = Registry::open_with(folder.path(), limits).await.unwrap();
        Self { folder, registry, key, token }
    }

    /// Asks with the publisher's token.
    pub(crate) async fn send(&self, call: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        ask(self.router(), call, &all, body).await
    }

    /// Asks as anybody.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        ask(self.router(), &format!("GET {path}"), &[], Body::empty()).await
    }

    /// The JSON of an answer that is a success.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.shown());
        answer.json()
    }

    /// Uploads a blob in one request.
    pub(crate) async fn blob(&self, package: &str, bytes: &[u8]) -> Answer {
        let call = format!("POST /v2/{package}/blobs/uploads/?digest={}", Digest::of(bytes));
        self.send(&call, &[], bytes.to_vec()).await
    }

    /// Pushes a manifest by a tag or a digest.
    pub(crate) async fn manifest(&self, package: &str, reference: &str, bytes: &[u8]) -> Answer {
        let call = format!("PUT /v2/{package}/manifests/{reference}");
        self.send(&call, &[("content-type", IMAGE)], bytes.to_vec()).await
    }

    /// Uploads what a manifest names, then pushes it.
    async fn step(&self, draft: &Draft, reference: &str, blobs: &[&[u8]], manifest: &[u8]) -> Answer {
        for blob in blobs {
            let answer = self.blob(&draft.package, blob).await;
            if answer.status != StatusCode::CREATED {
                return answer;
            }
        }
        self.manifest(&draft.package, reference, manifest).await
    }

    /// The first step.
    pub(crate) async fn component(&self, draft: &Draft) -> Answer {
        let blobs: [&[u8]; 2] = [&draft.config, &draft.component];
        self.step(draft, &draft.version, &blobs, &draft.component_manifest()).await
    }

    /// The second step.
    pub(crate) async fn files(&self, draft: &Draft) -> Answer {
        let manifest = draft.files_manifest();
        let mut blobs: Vec<&[u8]> = vec![b"{}", draft.toml.as_bytes()];
        blobs.extend(draft.readme.as_deref());
        self.step(draft, &Digest::of(&manifest).to_string(), &blobs, &manifest).await
    }

    /// The third step.
    pub(crate) async fn bundle(&self, draft: &Draft) -> Answer {
        let manifest = draft.bundle_manifest(&self.key);
        let bundle = draft.bundle(&self.key);
        let blobs: [&[u8]; 2] = [b"{}", bundle.as_bytes()];
        self.step(draft, &Digest::of(&manifest).to_string(), &blobs, &manifest).await
    }

    /// All three steps, or the first that is refused.
    pub(crate) async fn publish(&self, draft: &Draft) -> Answer {
        let component = self.component(draft).await;
        if component.status != StatusCode::CREATED {
            return component;
        }
        let files = self.files(draft).await;
        if files.status != StatusCode::CREATED {
            return files;
        }
        self.bundle(draft).await
    }

    /// Publishes what must be publishable.
    pub(crate) async fn published(&self, draft: &Draft) {
        let answer = self.publish(draft).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.shown());
    }

    /// The names of all packages in the catalog.
    pub(crate) async fn catalog(&self) -> Vec<String> {
        let page = self.json("/api/registry/packages?limit=100").await;
        let names = page["packages"].as_array().unwrap().iter();
        names.map(|package| package["name"].as_str().unwrap().to_owned()).collect()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status, and code and message where it is an error of either shape.
    pub(crate) fn shown(&self) -> String {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let error = json["errors"].get(0).unwrap_or(&json["error"]);
        match (error["code"].as_str(), error["message"].as_str()) {
            (Some(code), Some(message)) => format!("{} {code}: {message}", self.status.as_u16()),
            _ => self.status.as_u16().to_string(),
        }
    }
}

/// Asks a router: `call` is a method and a path.
pub(crate) async fn ask(
    router: Router,
    call: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let (method, path) = call.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}
