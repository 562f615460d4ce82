//! `POST` and `DELETE /api/registry/packages/{publisher}/{name}/versions/{version}/yank`.
//!
//! A yanked version stays where it is, for those who have it pinned, and shows that nobody should install it any more.

use std::sync::Arc;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::HeaderMap,
};
use inferno_package::{PackageRef, Version, catalog::VersionDetail};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    error::{CatalogError, ErrorBody, Segments},
    packages::{detail, reference},
};
use crate::{access::authorize, database::catalog, shared::Shared};

/// The longest reason, in characters.
const MAX_REASON: usize = 512;

/// Why a version is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct YankRequest {
    /// One line for those who wanted to install it, 1 to 512 characters.
    reason: String,
}

/// Takes a version back: nobody should install it any more.
#[utoipa::path(
    post,
    path = "/api/registry/packages/{publisher}/{name}/versions/{version}/yank",
    tag = "registry",
    operation_id = "yankVersion",
    params(
        ("publisher" = String, Path, description = "The part of the name before the slash"),
        ("name" = String, Path, description = "The part of the name after the slash"),
        ("version" = String, Path, description = "The version")
    ),
    request_body = YankRequest,
    security(("publisherToken" = [])),
    responses(
        (status = 200, body = VersionDetail),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody)
    )
)]
pub(crate) async fn yank(
    State(shared): State<Arc<Shared>>,
    Segments(path): Segments<(String, String, String)>,
    headers: HeaderMap,
    body: Result<Json<YankRequest>, JsonRejection>,
) -> Result<Json<VersionDetail>, CatalogError> {
    let (package, version) = target(&shared, path, &headers).await?;
    let Json(YankRequest { reason }) =
        body.map_err(|error| CatalogError::Body { reason: error.body_text() })?;
    let length = reason.chars().count();
    if reason.trim().is_empty() || length > MAX_REASON || reason.chars().any(char::is_control) {
        let reason = format!("`reason` is one line of 1 to {MAX_REASON} characters");
        return Err(CatalogError::Body { reason });
    }
    set(&shared, package, version, Some(&reason)).await
}

/// Takes a yank back.
#[utoipa::path(
    delete,
    path = "/api/registry/packages/{publisher}/{name}/versions/{version}/yank",
    tag = "registry",
    operation_id = "restoreVersion",
    params(
        ("publisher" = String, Path, description = "The part of the name before the slash"),
        ("name" = String, Path, description = "The part of the name after the slash"),
        ("version" = String, Path, description = "The version")
    ),
    security(("publisherToken" = [])),
    responses(
        (status = 200, body = VersionDetail),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody)
    )
)]
pub(crate) async fn restore(
    State(shared): State<Arc<Shared>>,
    Segments(path): Segments<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<VersionDetail>, CatalogError> {
    let (package, version) = target(&shared, path, &headers).await?;
    set(&shared, package, version, None).await
}

/// What a request is about, if whoever makes it may.
async fn target(
    shared: &Shared,
    (publisher, name, version): (String, String, String),
    headers: &HeaderMap,
) -> Result<(PackageRef, Version), CatalogError> {
    let package = reference(&publisher, &name)?;
    authorize(shared, headers, package.publisher()).await?;
    Ok((package, version.parse()?))
}

async fn set(
    shared: &Shared,
    package: PackageRef,
    version: Version,
    reason: Option<&str>,
) -> Result<Json<VersionDetail>, CatalogError> {
    shared.database.set_yanked(&package, &version, reason).await?;
    let mut connection = shared.database.read().await?;
    match catalog::version(&mut connection, &package, &version).await? {
        Some(record) => Ok(Json(detail(record))),
        None => Err(CatalogError::NoVersion { package, version }),
    }
}
