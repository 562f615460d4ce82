//! `GET /v1/models` and `GET /v1/models/{model}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    ServedModel, Server,
    api::{
        error::ErrorBody,
        model::{ModelInfo, ModelList},
    },
    error::ApiError,
};

/// The models that are served.
#[utoipa::path(get, path = "/v1/models", tag = "inference", responses((status = 200, body = ModelList)))]
pub(crate) async fn list(State(server): State<Arc<Server>>) -> Json<ModelList> {
    Json(ModelList { object: "list", data: server.models().map(info).collect() })
}

/// One model.
#[utoipa::path(
    get,
    path = "/v1/models/{model}",
    tag = "inference",
    params(("model" = String, Path, description = "A name from `GET /v1/models`")),
    responses((status = 200, body = ModelInfo), (status = 404, body = ErrorBody))
)]
pub(crate) async fn retrieve(
    State(server): State<Arc<Server>>,
    Path(model): Path<String>,
) -> Result<Json<ModelInfo>, ApiError> {
    Ok(Json(info(server.model(&model)?)))
}

fn info(model: &ServedModel) -> ModelInfo {
    ModelInfo {
        id: model.id.to_string(),
        object: "model",
        created: model.loaded_at / 1_000,
        owned_by: "inferno",
        context_length: model.context_length,
    }
}
