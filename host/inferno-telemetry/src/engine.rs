//! The metrics that one model's engine feeds.

use std::time::Duration;

use inferno_types::{FinishReason, ModelId};
use prometheus::{Counter, CounterVec, Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

/// How a request left the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestEnd {
    /// The generation came to its end.
    Finished(FinishReason),
    /// The client went away or cancelled.
    Cancelled,
    /// Its deadline passed.
    Expired,
    /// The engine could not go on.
    Failed,
}

impl RequestEnd {
    /// Every way, so that each is a series before it first happens: a counter that appears with a 1 has no rate.
    const ALL: [Self; 5] = [
        Self::Finished(FinishReason::Stop),
        Self::Finished(FinishReason::Length),
        Self::Cancelled,
        Self::Expired,
        Self::Failed,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Finished(FinishReason::Stop) => "stop",
            Self::Finished(FinishReason::Length) => "length",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

/// What an engine counted since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EngineTotals {
    /// Times that a running request gave its memory away.
    pub preemptions: u64,
    /// Prompt tokens for which the cache was searched.
    pub prefix_tokens_queried: u64,
    /// Prompt tokens that were found in it.
    pub prefix_tokens_reused: u64,
}

/// The metrics of one model's engine, with the label already resolved, so that
/// counting a token is an atomic addition.
#[derive(Debug, Clone)]
pub struct EngineMetrics {
    pub(crate) model: ModelId,
    pub(crate) finished: IntCounterVec,
    pub(crate) waiting: IntGauge,
    pub(crate) running: IntGauge,
    pub(crate) prompt_tokens: IntCounter,
    pub(crate) generation_tokens: IntCounter,
    pub(crate) time_to_first_token: Histogram,
    pub(crate) inter_token_latency: Histogram,
    pub(crate) e2e_latency: Histogram,
    pub(crate) queue_time: Histogram,
    pub(crate) steps: IntCounter,
    pub(crate) step_seconds: Counter,
    pub(crate) op_seconds: CounterVec,
    pub(crate) prefill_tokens: IntCounter,
    pub(crate) prefix_queried: IntCounter,
    pub(crate) prefix_reused: IntCounter,
    pub(crate) preemptions: IntCounter,
    pub(crate) kv_capacity: IntGauge,
    pub(crate) kv_cached: IntGauge,
    pub(crate) kv_info: IntGaugeVec,
    pub(crate) kv_utilization: Gauge,
}

impl EngineMetrics {
    /// The same handle, with a series for every way in which a request can end.
    pub(crate) fn with_every_end(self) -> Self {
        for end in RequestEnd::ALL {
            self.finished.with_label_values(&[self.model.as_str(), end.label()]);
        }
        self
    }

    /// How many requests wait and how many run, as of the last step.
    pub fn queue(&self, waiting: usize, running: usize) {
        self.waiting.set(as_sample(waiting));
        self.running.set(as_sample(running));
    }

    /// How many blocks of the key/value cache are held, of how many.
    pub fn kv_blocks(&self, used: usize, capacity: usize) {
        self.kv_capacity.set(as_sample(capacity));
        self.kv_utilization.set(if capacity == 0 { 0.0 } else { used as f64 / capacity as f64 });
    }

    /// How many blocks no request holds and could be reused.
    pub fn kv_cached(&self, blocks: usize) {
        self.kv_cached.set(as_sample(blocks));
    }

    /// States how the key/value cache is laid out. `kind` is one of a fixed set of words.
    pub fn kv_cache(&self, block_len: u32, blocks: u32, kind: &str) {
        let (block_len, blocks) = (block_len.to_string(), blocks.to_string());
        self.kv_info.with_label_values(&[self.model.as_str(), &block_len, &blocks, kind]).set(1);
    }

    /// Follows what the engine counts itself. To be called by one thread at a time.
    pub fn totals(&self, totals: EngineTotals) {
        for (counter, total) in [
            (&self.preemptions, totals.preemptions),
            (&self.prefix_queried, totals.prefix_tokens_queried),
            (&self.prefix_reused, totals.prefix_tokens_reused),
        ] {
            counter.inc_by(total.saturating_sub(counter.get()));
        }
    }

    /// Adds the tokens of an accepted prompt.
    pub fn prompt_tokens(&self, tokens: usize) {
        self.prompt_tokens.inc_by(tokens as u64);
    }

    /// A request got its memory, `queued` after it came in.
    pub fn started(&self, queued: Duration) {
        self.queue_time.observe(queued.as_secs_f64());
    }

    /// The first token of a request, `since_arrival` after it came in.
    pub fn first_token(&self, since_arrival: Duration) {
        self.generation_tokens.inc();
        self.time_to_first_token.observe(since_arrival.as_secs_f64());
    }

    /// A later token of a request, `since_previous` after the one before it.
    pub fn next_token(&self, since_previous: Duration) {
        self.generation_tokens.inc();
        self.inter_token_latency.observe(since_previous.as_secs_f64());
    }

    /// The end of a request. `since_arrival` for those that got their answer: how long the others took says how
    /// patient clients are, not how fast we are.
    pub fn ended(&self, end: RequestEnd, since_arrival: Option<Duration>) {
        self.finished.with_label_values(&[self.model.as_str(), end.label()]).inc();
        if let Some(took) = since_arrival {
            self.e2e_latency.observe(took.as_secs_f64());
        }
    }

    /// A step of the engine that had work, and how many prompt tokens it computed.
    pub fn step(&self, took: Duration, prefill_tokens: usize) {
        self.steps.inc();
        self.prefill_tokens.inc_by(prefill_tokens as u64);
        self.step_seconds.inc_by(took.as_secs_f64());
    }

    /// How much time operations of this kind took since the engine was started. To be called by one thread at a
    /// time. `op` is one of a fixed set of words: each one is a series that stays.
    pub fn op_seconds(&self, op: &str, total: f64) {
        let counter = self.op_seconds.with_label_values(&[self.model.as_str(), op]);
        raise(&counter, total);
    }
}

/// Lets a counter follow a total that is kept elsewhere.
pub(crate) fn raise(counter: &Counter, total: f64) {
    let missing = total - counter.get();
    if missing > 0.0 {
        counter.inc_by(missing);
    }
}

fn as_sample(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
