//! `POST /api/playground/run`.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    Server,
    api::{
        error::ErrorBody,
        playground::{PassInput, RunInput, RunRequest, RunResponse},
    },
    error::ApiError,
    extract::Body,
    seam::Input,
};

/// Runs a signed component once, so that a browser's result can be held against the server's.
#[utoipa::path(
    post,
    path = "/api/playground/run",
    tag = "console",
    operation_id = "run_component",
    request_body = RunRequest,
    responses(
        (status = 200, body = RunResponse),
        (status = 400, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody)
    )
)]
pub(crate) async fn run(
    State(server): State<Arc<Server>>,
    Body(request): Body<RunRequest>,
) -> Result<Json<RunResponse>, ApiError> {
    let RunRequest { name, version, digest, input } = request;
    let input = read(input);
    let playground = Arc::clone(&server.seams.playground);
    // Two places, since to fetch it may take a while in which no component runs.
    let toy = server.pools.outside(move || playground.prepare(&name, &version, &digest)).await?;
    let played = server.pools.component(move || toy.run(input)).await?;
    Ok(Json(RunResponse { digest, output: played.output, elapsed_ms: played.elapsed.as_secs_f64() * 1e3 }))
}

fn read(input: RunInput) -> Input {
    match input {
        RunInput::Widget(widget) => Input::Widget {
            settings: serde_json::Value::Object(widget.settings).to_string(),
            frames: widget.frames,
            viewport: widget.viewport,
            theme: widget.theme,
        },
        RunInput::Analyzer(analyzer) => Input::Analyzer { frames: analyzer.frames },
        RunInput::OptimizationPass(PassInput { graph, target }) => Input::OptimizationPass { graph, target },
    }
}
