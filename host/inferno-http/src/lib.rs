//! The public HTTP API: OpenAI's routes for inference, ours for operation and for the pages, and the pages themselves.
//!
//! Owns: routes, request and response shapes, OpenAPI, streams, and how an error becomes a status. Refuses: model
//! files, scheduling, sampling, components and files on disk; it turns requests into engine requests and events into
//! JSON, and asks everything else through [`seam`]s. Easily confused with `inferno-engine`, whose `Request` is about
//! tokens; a request here is about text.

pub mod api;
mod blocking;
mod console;
mod error;
mod extract;
mod guard;
mod listen;
mod live;
mod observe;
mod openai;
pub mod openapi;
mod ops;
pub mod seam;
mod site;
mod state;
#[cfg(feature = "test-support")]
pub mod testing;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};

pub use crate::{
    guard::HostNames,
    listen::{ConnectionLimits, listen, serve},
    live::Live,
    observe::{HttpObserver, Unobserved},
    state::{Facts, ServedModel, Server},
};

/// The largest request body, in bytes. A longer one is refused before it is read.
pub const MAX_BODY_BYTES: usize = 8 << 20;

/// The server's routes, and what runs behind them.
#[derive(Debug)]
pub struct App {
    /// All routes.
    pub router: Router,
    /// The socket, to be closed when the server stops.
    pub live: Live,
}

/// All routes over one server. `registry` holds those of a registry that is part of it: it looks after its own limits
/// and errors, and asks for a token where something changes.
///
/// # Panics
/// Outside of an async runtime, which runs the socket.
pub fn app(server: Arc<Server>, registry: Router) -> App {
    let guarded =
        console::routes().route_layer(middleware::from_fn_with_state(Arc::clone(&server), guard::guard));
    let report = post(console::csp::report).layer(DefaultBodyLimit::max(console::csp::MAX_REPORT));
    let (socket, live) = live::start(&server);
    let router = Router::new()
        .route("/v1/chat/completions", post(openai::chat::create))
        .route("/v1/completions", post(openai::completions::create))
        .route("/v1/models", get(openai::models::list))
        .route("/v1/models/{model}", get(openai::models::retrieve))
        .route("/health", get(ops::health::health))
        .route("/ready", get(ops::health::ready))
        .route("/metrics", get(ops::metrics::metrics))
        .route("/openapi.json", get(openapi::serve))
        .merge(guarded)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        // Browsers send reports without saying where from, and nothing but a counter comes of them.
        .route(site::REPORTS, report)
        .fallback(site::serve)
        .method_not_allowed_fallback(error::no_method)
        .with_state(Arc::clone(&server))
        .merge(socket)
        .merge(registry)
        .layer(middleware::from_fn_with_state(server, observe::observe))
        .layer(middleware::map_response(site::headers));
    App { router, live }
}
