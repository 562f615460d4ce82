//! `GET /api/registry/packages`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use inferno_package::{
    Kind,
    catalog::{PackageSummary, SearchPage},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::error::{CatalogError, ErrorBody};
use crate::{
    database::{PackageRecord, Search},
    shared::Shared,
};

/// The longest text that is searched for, in bytes, and the most words in it.
const MAX_TEXT: usize = 128;
const MAX_WORDS: usize = 8;
const MAX_LIMIT: u32 = 100;
const DEFAULT_LIMIT: u32 = 20;

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Words, each of which occurs in the name or in the description.
    text: Option<String>,
    /// Only packages of this kind: `optimization-pass`, `widget` or `analyzer`.
    kind: Option<String>,
    /// Only packages of this publisher.
    publisher: Option<String>,
    /// How many packages to leave out.
    offset: Option<u32>,
    /// How many packages to list, 1 to 100; otherwise 20.
    limit: Option<u32>,
}

/// Packages with a published version, best match first.
#[utoipa::path(
    get,
    path = "/api/registry/packages",
    tag = "registry",
    operation_id = "searchRegistry",
    params(Parameters),
    responses((status = 200, body = SearchPage), (status = 400, body = ErrorBody))
)]
pub(crate) async fn search(
    State(shared): State<Arc<Shared>>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<SearchPage>, CatalogError> {
    let Query(parameters) = parameters.map_err(|error| CatalogError::Query { reason: error.body_text() })?;
    let search = parse(parameters)?;
    let (packages, total) = shared.database.search(&search).await?;
    let packages = packages.into_iter().map(summary).collect();
    Ok(Json(SearchPage { packages, total, offset: search.offset.into() }))
}

fn parse(parameters: Parameters) -> Result<Search, CatalogError> {
    let refuse = |reason: String| Err(CatalogError::Query { reason });
    let text = parameters.text.unwrap_or_default().to_lowercase();
    if text.len() > MAX_TEXT {
        return refuse(format!("`text` has at most {MAX_TEXT} bytes"));
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if words.len() > MAX_WORDS {
        return refuse(format!("`text` has at most {MAX_WORDS} words"));
    }
    let kind: Option<Kind> = match parameters.kind.filter(|kind| !kind.is_empty()).map(|kind| kind.parse()) {
        Some(Err(error)) => return refuse(format!("`kind`: {error}")),
        kind => kind.transpose().unwrap_or_default(),
    };
    let limit = parameters.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return refuse(format!("`limit` is 1 to {MAX_LIMIT}"));
    }
    let publisher = parameters.publisher.filter(|publisher| !publisher.is_empty());
    Ok(Search { words, kind, publisher, offset: parameters.offset.unwrap_or(0), limit })
}

fn summary(record: PackageRecord) -> PackageSummary {
    PackageSummary {
        publisher: record.package.publisher().to_owned(),
        name: record.package,
        kind: record.kind,
        description: record.description,
        license: record.license,
        latest: record.latest,
        updated_at: record.updated_at,
        versions: record.versions,
    }
}
