//! The routes behind the pages: everything that a person sees and does there, under `/api`.
//!
//! Owns which question goes through which seam and what a request may ask for. Refuses to answer any of them.

pub(crate) mod board;
pub(crate) mod csp;
pub(crate) mod marketplace;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod opportunities;
pub(crate) mod optimization;
pub(crate) mod playground;
pub(crate) mod plugins;
pub(crate) mod system;
pub(crate) mod widgets;

use std::sync::Arc;

use axum::{
    Router,
    routing::{delete, get, post},
};

use crate::Server;

/// The routes.
pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/system", get(system::info))
        .route("/api/models", get(models::list))
        .route("/api/models/{model}/graph", get(models::graph))
        .route("/api/models/{model}/optimization", get(optimization::report))
        .route("/api/metrics", get(metrics::catalogue))
        .route("/api/metrics/query", post(metrics::query))
        .route("/api/plugins", get(plugins::list))
        .route("/api/plugins/{publisher}/{name}", delete(plugins::remove))
        .route("/api/plugins/{publisher}/{name}/enable", post(plugins::enable))
        .route("/api/plugins/{publisher}/{name}/disable", post(plugins::disable))
        .route("/api/marketplace/packages", get(marketplace::search))
        .route("/api/marketplace/packages/{publisher}/{name}", get(marketplace::package))
        .route(
            "/api/marketplace/packages/{publisher}/{name}/versions/{version}/component",
            get(marketplace::component),
        )
        .route(
            "/api/marketplace/packages/{publisher}/{name}/versions/{version}/bundle",
            get(marketplace::bundle),
        )
        .route("/api/marketplace/plan", post(marketplace::plan))
        .route("/api/marketplace/install", post(marketplace::install))
        .route("/api/widgets", get(widgets::list))
        .route("/api/widgets/{publisher}/{name}/render", post(widgets::render))
        .route("/api/board", get(board::get).put(board::put))
        .route("/api/opportunities", get(opportunities::list))
        .route("/api/playground/run", post(playground::run))
}
