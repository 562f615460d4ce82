//! `GET /api/metrics` and `POST /api/metrics/query`.

use std::sync::Arc;

use axum::{Json, extract::State};
use inferno_insight::MetricInfo;

use crate::{
    Server,
    api::{
        error::ErrorBody,
        metrics::{MAX_QUERIES, MetricFrames, MetricQueries},
    },
    error::ApiError,
    extract::Body,
};

/// Every metric, with its unit and provenance.
#[utoipa::path(get, path = "/api/metrics", tag = "console", operation_id = "list_metrics", responses((status = 200, body = Vec<MetricInfo>)))]
pub(crate) async fn catalogue(State(server): State<Arc<Server>>) -> Json<Vec<MetricInfo>> {
    Json(server.seams.insight.catalogue())
}

/// Windows of metrics that end now.
#[utoipa::path(
    post,
    path = "/api/metrics/query",
    tag = "console",
    operation_id = "query_metrics",
    request_body = MetricQueries,
    responses((status = 200, body = MetricFrames), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub(crate) async fn query(
    State(server): State<Arc<Server>>,
    Body(MetricQueries { queries }): Body<MetricQueries>,
) -> Result<Json<MetricFrames>, ApiError> {
    if queries.len() > MAX_QUERIES {
        let message = format!("Ask for at most {MAX_QUERIES} windows at a time, not {}.", queries.len());
        return Err(ApiError::invalid_field("queries", message));
    }
    let insight = Arc::clone(&server.seams.insight);
    let read = move || queries.iter().map(|query| insight.query(query)).collect::<Result<_, _>>();
    Ok(Json(MetricFrames { frames: server.pools.outside(read).await? }))
}
