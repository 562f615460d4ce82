//! The OpenAPI document of everything that a server answers.

use utoipa::openapi::OpenApi;

/// The routes of the server and of the registry that is part of it.
pub(crate) fn openapi() -> OpenApi {
    let mut document = inferno_http::openapi::document();
    document.merge(inferno_registry::openapi());
    document
}
