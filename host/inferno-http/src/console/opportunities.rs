//! `GET /api/opportunities`.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{Server, api::opportunity::FoundOpportunity};

/// What analyzers found and still find, worst first.
#[utoipa::path(
    get,
    path = "/api/opportunities",
    tag = "console",
    operation_id = "list_opportunities",
    responses((status = 200, body = Vec<FoundOpportunity>))
)]
pub(crate) async fn list(State(server): State<Arc<Server>>) -> Json<Vec<FoundOpportunity>> {
    Json(server.seams.insight.opportunities())
}
