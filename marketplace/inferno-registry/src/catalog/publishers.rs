//! `GET /api/registry/publishers/{publisher}`.

use std::sync::Arc;

use axum::{Json, extract::State};
use inferno_package::catalog::PublisherInfo;

use super::error::{CatalogError, ErrorBody, Segments};
use crate::{admin::publisher_info, shared::Shared};

/// A publisher and its keys, also those that are revoked.
#[utoipa::path(
    get,
    path = "/api/registry/publishers/{publisher}",
    tag = "registry",
    operation_id = "registryPublisher",
    params(("publisher" = String, Path, description = "The part of its packages' names before the slash")),
    responses((status = 200, body = PublisherInfo), (status = 404, body = ErrorBody))
)]
pub(crate) async fn publisher(
    State(shared): State<Arc<Shared>>,
    Segments(publisher): Segments<String>,
) -> Result<Json<PublisherInfo>, CatalogError> {
    Ok(Json(find(&shared, &publisher).await?))
}

/// The publisher of this name.
pub(super) async fn find(shared: &Shared, name: &str) -> Result<PublisherInfo, CatalogError> {
    if !shared.database.has_publisher(name).await? {
        return Err(CatalogError::NoPublisher);
    }
    let keys = shared.database.keys(name).await?;
    Ok(publisher_info(name.to_owned(), &keys))
}
