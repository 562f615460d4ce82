//! What nobody reports and somebody has to look up: the engines' queues and memory, and what their time went to.

use std::sync::{Arc, Mutex, PoisonError};

use inferno_backend::OpProfile;
use inferno_engine::EngineHandle;
use inferno_telemetry::{EngineMetrics, EngineTotals};

/// An engine and where its figures go.
pub(crate) struct Watched {
    pub(crate) engine: EngineHandle,
    pub(crate) metrics: EngineMetrics,
    /// Of its executor, where the backend measures.
    pub(crate) profile: Option<Arc<OpProfile>>,
}

/// All engines of the server.
#[derive(Default)]
pub(crate) struct Gauges {
    /// Locked while the figures are brought up to date, which is a few dozen stores: a counter that follows a total
    /// may be raised by one thread at a time only.
    engines: Mutex<Vec<Watched>>,
}

impl Gauges {
    /// Begins to look at an engine.
    pub(crate) fn watch(&self, engine: Watched) {
        self.engines.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
    }

    /// Brings the metrics up to date.
    pub(crate) fn refresh(&self) {
        for Watched { engine, metrics, profile } in
            self.engines.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            let stats = engine.stats();
            metrics.queue(stats.waiting, stats.running);
            metrics.kv_blocks(stats.kv_blocks_used as usize, stats.kv_blocks_total as usize);
            metrics.kv_cached(stats.kv_blocks_cached as usize);
            metrics.totals(EngineTotals {
                preemptions: stats.preemptions,
                prefix_tokens_queried: stats.prefix_tokens_queried,
                prefix_tokens_reused: stats.prefix_tokens_reused,
            });
            for (op, seconds) in profile.iter().flat_map(|profile| profile.seconds()) {
                metrics.op_seconds(op, seconds);
            }
        }
    }
}
