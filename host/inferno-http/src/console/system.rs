//! `GET /api/system`.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{Server, api::system::SystemInfo};

/// What this server is.
#[utoipa::path(get, path = "/api/system", tag = "console", operation_id = "get_system", responses((status = 200, body = SystemInfo)))]
pub(crate) async fn info(State(server): State<Arc<Server>>) -> Json<SystemInfo> {
    let facts = &server.facts;
    Json(SystemInfo {
        version: env!("CARGO_PKG_VERSION"),
        development: facts.development.clone(),
        policy: facts.policy.clone(),
        started_at: facts.started_at,
        registry: facts.registry.clone(),
    })
}
