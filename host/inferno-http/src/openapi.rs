//! The OpenAPI document, gathered from the routes and committed as `openapi/inferno.json`.

use std::sync::Arc;

use axum::{Json, extract::State};
use utoipa::OpenApi;

use crate::{Server, api, console, openai, ops};

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
        ops::health::health,
        ops::health::ready,
        ops::metrics::metrics,
        console::system::info,
        console::models::list,
        console::models::graph,
        console::optimization::report,
        console::metrics::catalogue,
        console::metrics::query,
        console::plugins::list,
        console::plugins::enable,
        console::plugins::disable,
        console::plugins::remove,
        console::marketplace::search,
        console::marketplace::package,
        console::marketplace::component,
        console::marketplace::bundle,
        console::marketplace::plan,
        console::marketplace::install,
        console::widgets::list,
        console::widgets::render,
        console::board::get,
        console::board::put,
        console::opportunities::list,
        console::playground::run,
        console::csp::report,
    ),
    components(schemas(
        api::chat::ChatChunk,
        api::live::Watch,
        api::live::ViewMessage,
        api::live::ViewErrorMessage,
        inferno_insight::Snapshot,
    )),
    tags(
        (name = "inference", description = "OpenAI's routes"),
        (name = "operation", description = "How the server is"),
        (name = "console", description = "What the server's pages show and do")
    )
)]
struct Document;

/// The document of this crate's routes.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A document as it is committed: pretty JSON with a final newline.
pub fn text(document: &utoipa::openapi::OpenApi) -> String {
    let mut json = document.to_pretty_json().expect("the document is JSON");
    json.push('\n');
    json
}

pub(crate) async fn serve(State(server): State<Arc<Server>>) -> Json<utoipa::openapi::OpenApi> {
    Json(utoipa::openapi::OpenApi::clone(&server.facts.openapi))
}
