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
use inferno_types::Generation;

use crate::Server;

/// Told of every answered request; renders what `/metrics` shows. The binary joins it to telemetry.
pub trait HttpObserver: Send + Sync {
    /// A request to `route` (its pattern, never the raw path) was answered with `status`. For a stream, `took`
    /// ends when its head is sent.
    fn answered(&self, method: &str, route: &str, status: u16, took: Duration);

    /// A generation came to its end, with or without a complete answer.
    fn generated(&self, _generation: &Generation<'_>) {}

    /// How many connections are open now.
    fn connections(&self, _open: usize) {}

    /// A connection was ended because the client broke a limit or the protocol. `reason` is a short fixed word.
    fn connection_cut(&self, _reason: &'static str) {}

    /// A page broke its content security policy.
    fn csp_report(&self) {}

    /// All metrics in the Prometheus text format.
    fn render(&self) -> String;
}

/// Counts nothing: for a server that shows no metrics.
#[derive(Debug, Clone, Copy)]
pub struct Unobserved;

impl HttpObserver for Unobserved {
    fn answered(&self, _method: &str, _route: &str, _status: u16, _took: Duration) {}

    fn render(&self) -> String {
        String::new()
    }
}

/// When the head of a request was there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived(pub(crate) Instant);

pub(crate) async fn observe(State(server): State<Arc<Server>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    request.extensions_mut().insert(Arrived(start));
    let method = request.method().clone();
    // Unmatched paths share one label: a label per path would let strangers grow our memory.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    server.seams.observer.answered(method.as_str(), &route, response.status().as_u16(), start.elapsed());
    response
}
