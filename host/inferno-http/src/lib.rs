//! The public HTTP API: OpenAI's routes for inference, ours for operation.
//!
//! Owns: routes, request and response shapes, OpenAPI, streams, and how an error becomes a status. Refuses: model
//! files, scheduling, sampling and files on disk; it turns requests into engine requests and events into JSON.
//! Easily confused with `inferno-engine`, whose `Request` is about tokens; a request here is about text.

pub mod api;
mod error;
mod extract;
mod observe;
mod openai;
pub mod openapi;
mod ops;
mod state;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};

pub use crate::{
    observe::HttpObserver,
    state::{ServedModel, Server},
};

/// The largest request body, in bytes. A longer one is refused before it is read.
pub const MAX_BODY_BYTES: usize = 8 << 20;

/// All routes over one server.
pub fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(openai::chat::create))
        .route("/v1/completions", post(openai::completions::create))
        .route("/v1/models", get(openai::models::list))
        .route("/v1/models/{model}", get(openai::models::retrieve))
        .route("/api/models/{model}/optimization", get(ops::optimization::report))
        .route("/health", get(ops::health::health))
        .route("/ready", get(ops::health::ready))
        .route("/metrics", get(ops::metrics::metrics))
        .route("/openapi.json", get(openapi::serve))
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::no_method)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&server), observe::observe))
        .with_state(server)
}
