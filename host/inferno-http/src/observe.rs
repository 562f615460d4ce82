//! How requests are counted, without knowing who counts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};

use crate::Server;

/// Told of every answered request; renders what `/metrics` shows. The binary joins it to telemetry.
pub trait HttpObserver: Send + Sync {
    /// A request to `route` (its pattern, never the raw path) was answered with `status`. For a stream, `took`
    /// ends when its head is sent.
    fn answered(&self, method: &str, route: &str, status: u16, took: Duration);

    /// A page broke its content security policy.
    fn csp_report(&self) {}

    /// All metrics in the Prometheus text format.
    fn render(&self) -> String;
}

pub(crate) async fn observe(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    // Unmatched paths share one label: a label per path would let strangers grow our memory.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    server.seams.observer.answered(method.as_str(), &route, response.status().as_u16(), start.elapsed());
    response
}
