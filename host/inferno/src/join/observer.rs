//! What the HTTP API reports, counted by telemetry; the engines' gauges are read when somebody looks.

use std::{sync::Arc, time::Duration};

use inferno_http::HttpObserver;
use inferno_telemetry::{Generation, GenerationEnd, Metrics, Operation};

use super::Gauges;

pub(crate) struct Observer {
    pub(crate) metrics: Metrics,
    pub(crate) gauges: Arc<Gauges>,
}

impl HttpObserver for Observer {
    fn answered(&self, _method: &str, route: &str, status: u16, took: Duration) {
        self.metrics.http_request(route, status, took);
    }

    fn generated(&self, generation: &inferno_http::Generation<'_>) {
        let inferno_http::Generation { operation, model, took, end } = *generation;
        self.metrics.generation(&Generation {
            operation: match operation {
                inferno_http::Operation::Chat => Operation::Chat,
                inferno_http::Operation::TextCompletion => Operation::TextCompletion,
            },
            model,
            took,
            end: match end {
                inferno_http::GenerationEnd::Answered { first_token, tokens } => {
                    GenerationEnd::Answered { first_token, tokens }
                }
                inferno_http::GenerationEnd::Error(reason) => GenerationEnd::Error(reason),
            },
        });
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
