//! The OpenAPI document, gathered from the routes and committed as `openapi/inferno.json`.

use axum::Json;
use utoipa::OpenApi;

use crate::{api, openai, ops};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Inferno",
        description = "An LLM inference server that people extend with signed WebAssembly components.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        openai::chat::create,
        openai::completions::create,
        openai::models::list,
        openai::models::retrieve,
        ops::optimization::report,
        ops::health::health,
        ops::health::ready,
        ops::metrics::metrics,
    ),
    components(schemas(api::chat::ChatChunk)),
    tags(
        (name = "inference", description = "OpenAI's routes"),
        (name = "operation", description = "How the server is, and what was done to its models")
    )
)]
struct Document;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// The document as it is committed: pretty JSON with a final newline.
pub fn text() -> String {
    let mut json = document().to_pretty_json().expect("the document is JSON");
    json.push('\n');
    json
}

pub(crate) async fn serve() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
