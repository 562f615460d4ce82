//! What the HTTP API reports, counted by telemetry; the engines' gauges are read when somebody looks.

use std::{sync::Arc, time::Duration};

use inferno_http::HttpObserver;
use inferno_telemetry::Metrics;
use inferno_types::Generation;

use super::Gauges;

pub(crate) struct Observer {
    pub(crate) metrics: Metrics,
    pub(crate) gauges: Arc<Gauges>,
}

impl HttpObserver for Observer {
    fn answered(&self, _method: &str, route: &str, status: u16, took: Duration) {
        self.metrics.http_request(route, status, took);
    }

    fn generated(&self, generation: &Generation<'_>) {
        self.metrics.generation(generation);
    }

    fn connections(&self, open: usize) {
        self.metrics.http_connections(open);
    }

    fn connection_cut(&self, reason: &'static str) {
        self.metrics.http_connection_cut(reason);
    }

    fn csp_report(&self) {
        self.metrics.csp_report();
    }

    fn render(&self) -> String {
        self.gauges.refresh();
        self.metrics.render()
    }
}
