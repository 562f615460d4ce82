//! A server over the fake seams, asked without a network or on a port of its own.

use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use inferno_engine::{
    Engine, EngineConfig, EngineHandle, RunnerConfig,
    test_support::{FakeExecutor, FakeVocabulary},
};
use inferno_http::{
    App, ConnectionLimits, Facts, HostNames, Live, ServedModel, Server,
    api::optimization::OptimizationReport, api::system::RegistryInfo, app, openapi, seam::Seams,
};
use inferno_models::{
    Model,
    template::{Here, Renderer},
    test_support::TinyModel,
};
use inferno_types::Digest;
use tower::ServiceExt as _;

use crate::fake::Fake;

/// A server.
pub(crate) struct TestServer {
    pub(crate) fake: Arc<Fake>,
    pub(crate) router: Router,
    _live: Live,
}

/// What it answered.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl TestServer {
    pub(crate) fn new() -> Self {
        Self::with_models([])
    }

    /// A server of one tiny model.
    pub(crate) fn with_model() -> Self {
        Self::with_renderer(Arc::new(Here::default()))
    }

    /// A server of one tiny model, whose template `renderer` runs.
    pub(crate) fn with_renderer(renderer: Arc<dyn Renderer>) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        TinyModel::of(inferno_models::config::Architecture::Llama).write(file.path()).unwrap();
        let model = Model::open(file.path()).unwrap().render_with(renderer);
        let engine =
            Engine::new(Box::new(FakeExecutor::small()), Arc::new(FakeVocabulary), EngineConfig::default());
        let target = inferno_graph::Target {
            backend: "cpu".into(),
            device: "a test".into(),
            features: vec!["avx2".into()],
            parallelism: 2,
        };
        let optimization = OptimizationReport {
            model: "tiny".into(),
            model_digest: Digest::of(b"tiny").to_string(),
            target: "cpu".into(),
            policy: "none".into(),
            cached: false,
            nodes_before: 1,
            nodes_after: 1,
            passes: vec![],
            refused_components: vec![],
        };
        Self::with_models([ServedModel {
            id: "tiny".parse().unwrap(),
            digest: Digest::of(b"tiny"),
            loaded_at: 1_000,
            optimized: Arc::new(model.graph().clone()),
            model: Arc::new(model),
            target,
            context_length: 64,
            engine: EngineHandle::spawn(engine, RunnerConfig::default()).unwrap(),
            optimization,
        }])
    }

    fn with_models<const N: usize>(models: [ServedModel; N]) -> Self {
        let fake = Fake::new();
        let seams = Seams {
            observer: fake.clone(),
            insight: fake.clone(),
            plugins: fake.clone(),
            marketplace: fake.clone(),
            playground: fake.clone(),
            boards: fake.clone(),
        };
        let facts = Facts {
            policy: "keys of: test".into(),
            development: None,
            started_at: 1_000,
            registry: RegistryInfo { url: "http://127.0.0.1:8080".into(), embedded: true },
            openapi: Arc::new(LazyLock::new(openapi::document)),
            hosts: HostNames::from_iter(["Inferno.Example".to_owned()]),
        };
        let App { router, live } = app(Arc::new(Server::new(models, seams, facts)), Router::new());
        Self { fake, router, _live: live }
    }

    /// Asks as a program on this machine does: `GET /path`, or `POST /path` with JSON.
    pub(crate) async fn ask(&self, request: &str, body: &str) -> Answered {
        self.ask_with(request, &[("host", "127.0.0.1:8080"), ("content-type", "application/json")], body)
            .await
    }

    pub(crate) async fn ask_with(&self, request: &str, headers: &[(&str, &str)], body: &str) -> Answered {
        let (method, path) = request.split_once(' ').unwrap();
        let mut builder = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let request = builder.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answered { status: parts.status, headers: parts.headers, body }
    }

    /// Listens on a port of its own.
    pub(crate) async fn listen(&self) -> SocketAddr {
        self.listen_with(ConnectionLimits::default()).await
    }

    /// Listens on a port of its own, under these limits.
    pub(crate) async fn listen_with(&self, limits: ConnectionLimits) -> SocketAddr {
        let listener = inferno_http::listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(inferno_http::serve(
            listener,
            self.router.clone(),
            limits,
            self.fake.clone(),
            std::future::pending(),
        ));
        address
    }
}
