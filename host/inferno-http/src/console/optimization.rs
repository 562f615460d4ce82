//! `GET /api/models/{model}/optimization`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    Server,
    api::{error::ErrorBody, optimization::OptimizationReport},
    error::ApiError,
};

/// What each optimization pass did to a model: digest, signer, nodes, deviation, timings, verdict.
#[utoipa::path(
    get,
    path = "/api/models/{model}/optimization",
    tag = "console",
    operation_id = "get_optimization",
    params(("model" = String, Path, description = "A name from `GET /v1/models`")),
    responses((status = 200, body = OptimizationReport), (status = 404, body = ErrorBody))
)]
pub(crate) async fn report(
    State(server): State<Arc<Server>>,
    Path(model): Path<String>,
) -> Result<Json<OptimizationReport>, ApiError> {
    Ok(Json(server.model(&model)?.optimization.clone()))
}
