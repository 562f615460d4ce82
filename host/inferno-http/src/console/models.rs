//! `GET /api/models` and `GET /api/models/{model}/graph`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use inferno_engine::EngineState;

use crate::{
    ServedModel, Server,
    api::{
        error::ErrorBody,
        graph::Graph,
        models::{GraphParams, GraphStage, ModelDetail, ModelState, QuantizationShare},
    },
    error::ApiError,
    extract::Params,
};

/// The models that are served, with what is known of each.
#[utoipa::path(
    get,
    path = "/api/models",
    tag = "console",
    operation_id = "list_model_details",
    responses((status = 200, body = Vec<ModelDetail>))
)]
pub(crate) async fn list(State(server): State<Arc<Server>>) -> Json<Vec<ModelDetail>> {
    Json(server.models().map(detail).collect())
}

/// The graph of a model, as a pass is given it.
#[utoipa::path(
    get,
    path = "/api/models/{model}/graph",
    tag = "console",
    operation_id = "get_graph",
    params(("model" = String, Path, description = "A name from `GET /api/models`"), GraphParams),
    responses((status = 200, body = Graph), (status = 404, body = ErrorBody))
)]
pub(crate) async fn graph(
    State(server): State<Arc<Server>>,
    Path(model): Path<String>,
    Params(params): Params<GraphParams>,
) -> Result<Json<Graph>, ApiError> {
    let model = server.model(&model)?;
    let graph = match params.stage {
        GraphStage::Before => model.model.graph(),
        GraphStage::After => &model.optimized,
    };
    Graph::try_from(graph).map(Json).map_err(|error| ApiError::internal(&error))
}

fn detail(served: &ServedModel) -> ModelDetail {
    let summary = served.model.summary();
    let shares = summary.quantization.iter().map(|(dtype, share)| QuantizationShare {
        dtype: dtype.to_string(),
        tensors: share.tensors as u64,
        values: share.values,
        bytes: share.bytes,
    });
    ModelDetail {
        id: served.id.clone(),
        digest: served.digest,
        name: summary.name.clone(),
        license: summary.license.clone(),
        architecture: summary.architecture.to_owned(),
        parameters: summary.parameters,
        quantization: shares.collect(),
        file_bytes: summary.file_bytes,
        context_length: served.context_length,
        trained_context_length: summary.context_length,
        layers: summary.layers,
        width: summary.width,
        feed_forward: summary.feed_forward,
        heads: summary.heads,
        kv_heads: summary.kv_heads,
        head_dim: summary.head_dim,
        vocabulary: summary.vocabulary as u64,
        tokenizer: summary.tokenizer.clone(),
        chat_template: summary.chat_template,
        loaded_at: served.loaded_at,
        target: (&served.target).into(),
        state: match served.engine.state() {
            EngineState::Ready => ModelState::Ready,
            EngineState::Draining => ModelState::Draining,
            EngineState::Stopped => ModelState::Stopped,
            EngineState::Failed { reason } => ModelState::Failed(reason.to_string()),
        },
    }
}
