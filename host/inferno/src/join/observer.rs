//! What the HTTP API reports, counted by telemetry; the engines' gauges are read when somebody looks.

use std::time::Duration;

use inferno_engine::EngineHandle;
use inferno_http::HttpObserver;
use inferno_telemetry::{EngineMetrics, Metrics};

pub(crate) struct Observer {
    pub(crate) metrics: Metrics,
    pub(crate) engines: Vec<(EngineHandle, EngineMetrics)>,
}

impl HttpObserver for Observer {
    fn answered(&self, _method: &str, route: &str, status: u16, took: Duration) {
        self.metrics.http_request(route, status, took);
    }

    fn render(&self) -> String {
        for (engine, metrics) in &self.engines {
            let stats = engine.stats();
            metrics.queue(stats.waiting, stats.running);
            metrics.kv_blocks(stats.kv_blocks_used as usize, stats.kv_blocks_total as usize);
        }
        self.metrics.render()
    }
}
