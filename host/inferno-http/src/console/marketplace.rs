//! `/api/marketplace/…`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use inferno_package::catalog::SearchPage;

use crate::{
    Server,
    api::{
        error::ErrorBody,
        marketplace::{InstallPlan, InstallRequest, MAX_PAGE, MarketPackage, PlanRequest, SearchParams},
        plugins::PluginInfo,
    },
    error::ApiError,
    extract::{Body, PackagePath, Params, VersionPath},
};

/// How many packages a page has unless the request says otherwise.
const PAGE: u32 = 20;

/// Packages that can be installed.
#[utoipa::path(
    get,
    path = "/api/marketplace/packages",
    tag = "console",
    operation_id = "search_packages",
    params(SearchParams),
    responses((status = 200, body = SearchPage), (status = 502, body = ErrorBody))
)]
pub(crate) async fn search(
    State(server): State<Arc<Server>>,
    Params(mut wanted): Params<SearchParams>,
) -> Result<Json<SearchPage>, ApiError> {
    let limit = *wanted.limit.get_or_insert(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(ApiError::invalid_field(
            "limit",
            format!("A page has 1 to {MAX_PAGE} packages, not {limit}."),
        ));
    }
    let marketplace = Arc::clone(&server.seams.marketplace);
    Ok(Json(server.pools.outside(move || marketplace.search(&wanted)).await?))
}

/// One package, and whether it is installed here.
#[utoipa::path(
    get,
    path = "/api/marketplace/packages/{publisher}/{name}",
    tag = "console",
    operation_id = "get_package",
    params(("publisher" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = MarketPackage), (status = 404, body = ErrorBody), (status = 502, body = ErrorBody))
)]
pub(crate) async fn package(
    State(server): State<Arc<Server>>,
    PackagePath(name): PackagePath,
) -> Result<Json<MarketPackage>, ApiError> {
    let (marketplace, plugins) = (Arc::clone(&server.seams.marketplace), Arc::clone(&server.seams.plugins));
    let found = server.pools.outside(move || {
        let package = marketplace.package(&name)?;
        let mut listed = plugins.list().into_iter();
        let installed =
            listed.find(|plugin| plugin.name == name.to_string()).and_then(|plugin| plugin.version);
        Ok(MarketPackage { package, installed })
    });
    Ok(Json(found.await?))
}

/// What installing would do, for a person to decide.
#[utoipa::path(
    post,
    path = "/api/marketplace/plan",
    tag = "console",
    operation_id = "plan_install",
    request_body = PlanRequest,
    responses(
        (status = 200, body = InstallPlan),
        (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 502, body = ErrorBody)
    )
)]
pub(crate) async fn plan(
    State(server): State<Arc<Server>>,
    Body(wanted): Body<PlanRequest>,
) -> Result<Json<InstallPlan>, ApiError> {
    let marketplace = Arc::clone(&server.seams.marketplace);
    let plan = move || marketplace.plan(&wanted.name, wanted.version.as_ref());
    Ok(Json(server.pools.outside(plan).await?))
}

/// Installs what was agreed to. Widgets and analyzers run at once, passes when the server starts again.
#[utoipa::path(
    post,
    path = "/api/marketplace/install",
    tag = "console",
    operation_id = "install_package",
    request_body = InstallRequest,
    responses(
        (status = 200, body = PluginInfo),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 502, body = ErrorBody)
    )
)]
pub(crate) async fn install(
    State(server): State<Arc<Server>>,
    Body(agreed): Body<InstallRequest>,
) -> Result<Json<PluginInfo>, ApiError> {
    let marketplace = Arc::clone(&server.seams.marketplace);
    Ok(Json(server.pools.outside(move || marketplace.install(&agreed)).await?))
}

/// The bytes of a component, for a browser that verifies and runs them itself.
#[utoipa::path(
    get,
    path = "/api/marketplace/packages/{publisher}/{name}/versions/{version}/component",
    tag = "console",
    operation_id = "get_component",
    params(("publisher" = String, Path), ("name" = String, Path), ("version" = String, Path)),
    responses(
        (status = 200, body = [u8], content_type = "application/wasm"),
        (status = 404, body = ErrorBody),
        (status = 502, body = ErrorBody)
    )
)]
pub(crate) async fn component(
    State(server): State<Arc<Server>>,
    VersionPath(name, version): VersionPath,
) -> Result<Response, ApiError> {
    let marketplace = Arc::clone(&server.seams.marketplace);
    let fetched = server.pools.outside(move || marketplace.fetch(&name, &version)).await?;
    Ok(immutable("application/wasm", fetched.component))
}

/// The sigstore bundle of a component.
#[utoipa::path(
    get,
    path = "/api/marketplace/packages/{publisher}/{name}/versions/{version}/bundle",
    tag = "console",
    operation_id = "get_bundle",
    params(("publisher" = String, Path), ("name" = String, Path), ("version" = String, Path)),
    responses(
        (status = 200, body = Object, content_type = "application/json"),
        (status = 404, body = ErrorBody),
        (status = 502, body = ErrorBody)
    )
)]
pub(crate) async fn bundle(
    State(server): State<Arc<Server>>,
    VersionPath(name, version): VersionPath,
) -> Result<Response, ApiError> {
    let marketplace = Arc::clone(&server.seams.marketplace);
    let fetched = server.pools.outside(move || marketplace.fetch(&name, &version)).await?;
    Ok(immutable("application/json", fetched.bundle))
}

/// A version never changes, but it can be yanked, and another registry can be chosen: ask again after a while.
fn immutable(media: &'static str, bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, media), (CACHE_CONTROL, "private, max-age=60")], bytes).into_response()
}
