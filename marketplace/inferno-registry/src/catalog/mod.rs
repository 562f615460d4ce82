//! The catalog under `/api/registry`: what people and clients look for.
//!
//! Owns: search, package and publisher pages, and the yank. Shows published versions only. Refuses to be proof of
//! anything: a client checks what it installs by itself. Easily confused with the OCI API, which serves bytes, also of
//! versions that are not published yet.

mod error;
mod packages;
mod publishers;
mod search;
mod yank;

use std::sync::Arc;

use axum::{Router, routing::get, routing::post};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

use crate::shared::Shared;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/registry/packages", get(search::search))
        .route("/api/registry/packages/{publisher}/{name}", get(packages::package))
        .route(
            "/api/registry/packages/{publisher}/{name}/versions/{version}/yank",
            post(yank::yank).delete(yank::restore),
        )
        .route("/api/registry/publishers/{publisher}", get(publishers::publisher))
}

#[derive(OpenApi)]
#[openapi(
    paths(search::search, packages::package, publishers::publisher, yank::yank, yank::restore),
    modifiers(&Token),
    tags((name = "registry", description = "The marketplace's catalog: packages, publishers, yanks"))
)]
struct Document;

/// The token of a publisher, as OpenAPI spells it.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("publisherToken", scheme);
    }
}

/// The catalog's routes as OpenAPI, to be merged into a larger document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
