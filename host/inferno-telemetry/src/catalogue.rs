//! Every metric of the server, once.
//!
//! Names follow the habits of Prometheus (base units, `_total` for counters) and, where they exist, the words of
//! vLLM and of OpenTelemetry's GenAI conventions, so that dashboards need only a new prefix.

use crate::{Metric, Unit};

pub(crate) const HTTP_REQUESTS: Metric =
    Metric::measured("inferno_http_requests_total", "HTTP requests answered", Unit::Requests);
pub(crate) const HTTP_DURATION: Metric = Metric::measured(
    "inferno_http_request_duration_seconds",
    "Time from a request's head to the head of its answer",
    Unit::Seconds,
);
pub(crate) const WAITING: Metric =
    Metric::measured("inferno_requests_waiting", "Requests queued for the engine", Unit::Requests);
pub(crate) const RUNNING: Metric =
    Metric::measured("inferno_requests_running", "Requests in the engine's current batch", Unit::Requests);
pub(crate) const FINISHED: Metric =
    Metric::measured("inferno_requests_finished_total", "Generations that ended, by reason", Unit::Requests);
pub(crate) const PROMPT_TOKENS: Metric =
    Metric::measured("inferno_prompt_tokens_total", "Prompt tokens accepted", Unit::Tokens);
pub(crate) const GENERATION_TOKENS: Metric =
    Metric::measured("inferno_generation_tokens_total", "Tokens generated", Unit::Tokens);
pub(crate) const TIME_TO_FIRST_TOKEN: Metric = Metric::measured(
    "inferno_time_to_first_token_seconds",
    "Time from a request's arrival to its first token",
    Unit::Seconds,
);
pub(crate) const INTER_TOKEN_LATENCY: Metric = Metric::measured(
    "inferno_inter_token_latency_seconds",
    "Time between two tokens of the same request",
    Unit::Seconds,
);
pub(crate) const E2E_LATENCY: Metric = Metric::measured(
    "inferno_e2e_request_latency_seconds",
    "Time from a request's arrival to its last token",
    Unit::Seconds,
);
pub(crate) const KV_CAPACITY: Metric =
    Metric::measured("inferno_kv_blocks_capacity", "Blocks of the key/value cache", Unit::Blocks);
pub(crate) const KV_UTILIZATION: Metric = Metric::measured(
    "inferno_kv_block_utilization_ratio",
    "Share of the key/value cache's blocks that requests hold",
    Unit::Ratio,
);
pub(crate) const RESIDENT_MEMORY: Metric =
    Metric::measured("inferno_process_resident_memory_bytes", "Resident memory of the process", Unit::Bytes);
pub(crate) const PLUGIN_CALLS: Metric =
    Metric::measured("inferno_plugin_calls_total", "Calls into plugins", Unit::Calls);
pub(crate) const PLUGIN_REFUSALS: Metric = Metric::measured(
    "inferno_plugin_refusals_total",
    "Plugins or their results refused, by reason",
    Unit::Calls,
);
pub(crate) const MODEL_INFO: Metric = Metric::measured("inferno_model_info", "The models served", Unit::Info);
pub(crate) const BUILD_INFO: Metric = Metric::measured("inferno_build_info", "This build", Unit::Info);

/// Upper bounds in seconds for whole requests: from a refused request to a long generation.
pub(crate) const REQUEST_BUCKETS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];
/// Upper bounds in seconds for the time to the first token.
pub(crate) const FIRST_TOKEN_BUCKETS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// Upper bounds in seconds for the gap between tokens.
pub(crate) const TOKEN_BUCKETS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0];
