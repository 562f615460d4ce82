//! `GET /health` and `GET /ready`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use inferno_engine::EngineState;

use crate::{
    Server,
    api::system::{Health, Readiness},
};

/// Whether the process lives. Always 200 while it does.
#[utoipa::path(get, path = "/health", tag = "operation", responses((status = 200, body = Health)))]
pub(crate) async fn health(State(server): State<Arc<Server>>) -> Json<Health> {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        development: server.facts.development.clone(),
    })
}

/// Whether requests can be answered: 503 while a model cannot take any.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "operation",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness))
)]
pub(crate) async fn ready(State(server): State<Arc<Server>>) -> Response {
    let problem = |id: &str, state| match state {
        EngineState::Ready => None,
        EngineState::Draining => Some(format!("{id} is shutting down")),
        EngineState::Stopped => Some(format!("{id} has shut down")),
        EngineState::Failed { reason } => Some(format!("{id} has failed: {reason}")),
    };
    let problems: Vec<_> = server.models().filter_map(|m| problem(m.id.as_str(), m.engine.state())).collect();
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready: problems.is_empty(), problems })).into_response()
}
