//! `GET /api/plugins`, enabling, disabling and removing.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use inferno_package::PackageRef;

use crate::{
    Server,
    api::{error::ErrorBody, plugins::PluginInfo},
    error::ApiError,
    extract::PackagePath,
};

/// Everything that is installed, what it may do, and how it behaves.
#[utoipa::path(
    get,
    path = "/api/plugins",
    tag = "console",
    operation_id = "list_plugins",
    responses((status = 200, body = Vec<PluginInfo>))
)]
pub(crate) async fn list(State(server): State<Arc<Server>>) -> Result<Json<Vec<PluginInfo>>, ApiError> {
    let plugins = Arc::clone(&server.seams.plugins);
    Ok(Json(server.pools.outside(move || Ok(plugins.list())).await?))
}

/// Switches a plugin on, and ends its quarantine.
#[utoipa::path(
    post,
    path = "/api/plugins/{publisher}/{name}/enable",
    tag = "console",
    operation_id = "enable_plugin",
    params(("publisher" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = PluginInfo), (status = 404, body = ErrorBody))
)]
pub(crate) async fn enable(
    State(server): State<Arc<Server>>,
    PackagePath(name): PackagePath,
) -> Result<Json<PluginInfo>, ApiError> {
    set(&server, name, true).await
}

/// Switches a plugin off.
#[utoipa::path(
    post,
    path = "/api/plugins/{publisher}/{name}/disable",
    tag = "console",
    operation_id = "disable_plugin",
    params(("publisher" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = PluginInfo), (status = 404, body = ErrorBody))
)]
pub(crate) async fn disable(
    State(server): State<Arc<Server>>,
    PackagePath(name): PackagePath,
) -> Result<Json<PluginInfo>, ApiError> {
    set(&server, name, false).await
}

async fn set(server: &Server, name: PackageRef, enabled: bool) -> Result<Json<PluginInfo>, ApiError> {
    let plugins = Arc::clone(&server.seams.plugins);
    Ok(Json(server.pools.outside(move || plugins.set_enabled(&name, enabled)).await?))
}

/// Removes a plugin.
#[utoipa::path(
    delete,
    path = "/api/plugins/{publisher}/{name}",
    tag = "console",
    operation_id = "remove_plugin",
    params(("publisher" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub(crate) async fn remove(
    State(server): State<Arc<Server>>,
    PackagePath(name): PackagePath,
) -> Result<StatusCode, ApiError> {
    let plugins = Arc::clone(&server.seams.plugins);
    server.pools.outside(move || plugins.remove(&name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
