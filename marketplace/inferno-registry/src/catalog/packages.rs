//! `GET /api/registry/packages/{publisher}/{name}`.

use std::sync::Arc;

use axum::{Json, extract::State};
use inferno_package::{
    PackageRef,
    catalog::{PackageDetail, VersionDetail, Yank},
};

use super::{
    error::{CatalogError, ErrorBody, Segments},
    publishers,
};
use crate::{database::VersionRecord, shared::Shared};

/// Everything about one package.
#[utoipa::path(
    get,
    path = "/api/registry/packages/{publisher}/{name}",
    tag = "registry",
    operation_id = "registryPackage",
    params(
        ("publisher" = String, Path, description = "The part of the name before the slash"),
        ("name" = String, Path, description = "The part of the name after the slash")
    ),
    responses(
        (status = 200, body = PackageDetail),
        (status = 400, body = ErrorBody),
        (status = 404, body = ErrorBody)
    )
)]
pub(crate) async fn package(
    State(shared): State<Arc<Shared>>,
    Segments((publisher, name)): Segments<(String, String)>,
) -> Result<Json<PackageDetail>, CatalogError> {
    let package = reference(&publisher, &name)?;
    let versions = shared.database.versions(&package).await?;
    let Some(newest) = versions.first().cloned() else {
        return Err(CatalogError::NoPackage { package });
    };
    let publisher = publishers::find(&shared, package.publisher()).await?;
    Ok(Json(PackageDetail {
        name: package,
        kind: newest.kind,
        description: newest.description,
        license: newest.license,
        readme: newest.readme,
        publisher,
        versions: versions.into_iter().map(detail).collect(),
    }))
}

/// The package that two segments of a path name.
pub(super) fn reference(publisher: &str, name: &str) -> Result<PackageRef, CatalogError> {
    Ok(format!("{publisher}/{name}").parse()?)
}

/// A version as the catalog shows it.
pub(super) fn detail(record: VersionRecord) -> VersionDetail {
    VersionDetail {
        version: record.version,
        digest: record.component,
        manifest_digest: record.manifest,
        size: record.size,
        published_at: record.published_at,
        signer: record.signer.to_string(),
        requests: record.requests,
        kind: record.kind,
        yanked: record.yanked.map(|(at, reason)| Yank { at, reason }),
    }
}
