//! Every metric of the server, once.
//!
//! Names follow the habits of Prometheus (base units, `_total` for counters) and, where they exist, the words of
//! vLLM, so that dashboards need only a new prefix; `aliases` gives those their old one. What OpenTelemetry's GenAI
//! conventions define has their names, attributes and buckets.

use crate::{Kind, Metric, Unit};

use Kind::{Counter, Gauge, Histogram};

macro_rules! catalogue {
    ($($name:ident = $metric:expr;)*) => {
        $(pub(crate) const $name: Metric = $metric;)*
        /// All of them, in the order in which they are listed.
        pub(crate) const ALL: &[Metric] = &[$($name),*];
    };
}

catalogue! {
    GENERATION_TOKENS = Metric::measured(
        "inferno_generation_tokens_total", "Tokens generated", Unit::Tokens, Counter,
    ).by(&["model"]);
    PROMPT_TOKENS = Metric::measured(
        "inferno_prompt_tokens_total", "Prompt tokens accepted", Unit::Tokens, Counter,
    ).by(&["model"]);
    TIME_TO_FIRST_TOKEN = Metric::measured(
        "inferno_time_to_first_token_seconds",
        "Time from a request's arrival to its first token",
        Unit::Seconds,
        Histogram(FIRST_TOKEN_BUCKETS),
    ).by(&["model"]);
    INTER_TOKEN_LATENCY = Metric::measured(
        "inferno_inter_token_latency_seconds",
        "Time between two tokens of the same request",
        Unit::Seconds,
        Histogram(TOKEN_BUCKETS),
    ).by(&["model"]);
    E2E_LATENCY = Metric::measured(
        "inferno_e2e_request_latency_seconds",
        "Time from a request's arrival to its last token",
        Unit::Seconds,
        Histogram(REQUEST_BUCKETS),
    ).by(&["model"]);
    QUEUE_TIME = Metric::measured(
        "inferno_request_queue_time_seconds",
        "Time from a request's arrival to its start",
        Unit::Seconds,
        Histogram(REQUEST_BUCKETS),
    ).by(&["model"]);
    WAITING = Metric::measured(
        "inferno_requests_waiting", "Requests queued for the engine", Unit::Requests, Gauge,
    ).by(&["model"]);
    RUNNING = Metric::measured(
        "inferno_requests_running", "Requests in the engine's current batch", Unit::Requests, Gauge,
    ).by(&["model"]);
    FINISHED = Metric::measured(
        "inferno_requests_finished_total", "Generations that ended, by reason", Unit::Requests, Counter,
    ).by(&["model", "reason"]);
    KV_CAPACITY = Metric::measured(
        "inferno_kv_blocks_capacity", "Blocks of the key/value cache", Unit::Blocks, Gauge,
    ).by(&["model"]);
    KV_CACHED = Metric::measured(
        "inferno_kv_blocks_cached",
        "Blocks that no request holds and whose content can be reused; they are free to take",
        Unit::Blocks,
        Gauge,
    ).by(&["model"]);
    KV_INFO = Metric::measured(
        "inferno_kv_cache_info",
        "The key/value cache: positions of a block, blocks, and how keys and values are kept",
        Unit::Info,
        Gauge,
    ).by(&["model", "block_len", "blocks", "kind"]);
    KV_UTILIZATION = Metric::measured(
        "inferno_kv_block_utilization_ratio",
        "Share of the key/value cache's blocks that requests hold",
        Unit::Ratio,
        Gauge,
    ).by(&["model"]);
    PREFILL_TOKENS = Metric::measured(
        "inferno_prefill_tokens_total",
        "Prompt tokens that the engine computed, by the work that is done; reused ones do not count, recomputed ones do again",
        Unit::Tokens,
        Counter,
    ).by(&["model"]);
    PREFIX_QUERIED = Metric::measured(
        "inferno_prefix_tokens_queried_total",
        "Prompt tokens for which the key/value cache was searched",
        Unit::Tokens,
        Counter,
    ).by(&["model"]);
    PREFIX_REUSED = Metric::measured(
        "inferno_prefix_tokens_reused_total",
        "Prompt tokens that were found in the key/value cache and not computed",
        Unit::Tokens,
        Counter,
    ).by(&["model"]);
    PREEMPTIONS = Metric::measured(
        "inferno_preemptions_total",
        "Times that a running request gave its memory to another one and had to wait again",
        Unit::Things,
        Counter,
    ).by(&["model"]);
    ENGINE_STEPS = Metric::measured(
        "inferno_engine_steps_total", "Steps of the engine that had work", Unit::Things, Counter,
    ).by(&["model"]);
    ENGINE_STEP_SECONDS = Metric::measured(
        "inferno_engine_step_seconds_total", "Time of the engine's steps that had work", Unit::Seconds, Counter,
    ).by(&["model"]);
    OP_SECONDS = Metric::measured(
        "inferno_op_seconds_total",
        "Time of the thread that leads the computation, by kind of operation; `wait` is for the other threads",
        Unit::Seconds,
        Counter,
    ).by(&["model", "op"]);
    HTTP_REQUESTS = Metric::measured(
        "inferno_http_requests_total", "HTTP requests answered", Unit::Requests, Counter,
    ).by(&["route", "status"]);
    HTTP_DURATION = Metric::measured(
        "inferno_http_request_duration_seconds",
        "Time from a request's head to the head of its answer",
        Unit::Seconds,
        Histogram(REQUEST_BUCKETS),
    ).by(&["route"]);
    HTTP_CONNECTIONS = Metric::measured(
        "inferno_http_connections", "Connections that are open", Unit::Things, Gauge,
    );
    HTTP_CUT = Metric::measured(
        "inferno_http_connections_cut_total",
        "Connections that the server ended because the client broke a limit or the protocol, by reason",
        Unit::Things,
        Counter,
    ).by(&["reason"]);
    GEN_AI_TIME_TO_FIRST_TOKEN = Metric::measured(
        "gen_ai_server_time_to_first_token_seconds",
        "Time from a request's arrival over HTTP to its first token, of completed answers",
        Unit::Seconds,
        Histogram(GEN_AI_FIRST_TOKEN_BUCKETS),
    ).by(GEN_AI_LABELS);
    GEN_AI_TIME_PER_OUTPUT_TOKEN = Metric::measured(
        "gen_ai_server_time_per_output_token_seconds",
        "Time from the first token to the last, divided by the tokens after the first, of completed answers",
        Unit::Seconds,
        Histogram(GEN_AI_TOKEN_BUCKETS),
    ).by(GEN_AI_LABELS);
    GEN_AI_REQUEST_DURATION = Metric::measured(
        "gen_ai_server_request_duration_seconds",
        "Time from a request's arrival over HTTP to its last token, or to its end for the reason in `error_type`",
        Unit::Seconds,
        Histogram(GEN_AI_REQUEST_BUCKETS),
    ).by(GEN_AI_ENDED_LABELS);
    CSP_REPORTS = Metric::measured(
        "inferno_csp_reports_total",
        "Breaches of the Content-Security-Policy that browsers reported",
        Unit::Things,
        Counter,
    );
    PLUGIN_CALLS = Metric::measured(
        "inferno_plugin_calls_total", "Calls into plugins", Unit::Calls, Counter,
    ).by(&["plugin"]);
    PLUGIN_REFUSALS = Metric::measured(
        "inferno_plugin_refusals_total", "Plugins or their results refused, by reason", Unit::Calls, Counter,
    ).by(&["plugin", "reason"]);
    RESIDENT_MEMORY = Metric::measured(
        "inferno_process_resident_memory_bytes", "Resident memory of the process", Unit::Bytes, Gauge,
    );
    CPU_SECONDS = Metric::measured(
        "inferno_process_cpu_seconds_total", "Processor time of the process, all cores together", Unit::Seconds, Counter,
    );
    THREADS = Metric::measured("inferno_process_threads", "Threads of the process", Unit::Things, Gauge);
    UPTIME = Metric::measured(
        "inferno_process_uptime_seconds", "Time since the server began to count", Unit::Seconds, Gauge,
    );
    MODEL_INFO = Metric::measured("inferno_model_info", "The models served", Unit::Info, Gauge)
        .by(&["model", "digest", "architecture"]);
    BUILD_INFO = Metric::measured("inferno_build_info", "This build", Unit::Info, Gauge)
        .by(&["version", "os", "arch"]);
}

/// The attributes that OpenTelemetry's GenAI conventions ask for, in Prometheus' spelling.
const GEN_AI_LABELS: &[&str] =
    &["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model"];
/// The same, and what went wrong; empty where nothing did, which Prometheus takes for absent.
const GEN_AI_ENDED_LABELS: &[&str] = &[
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "gen_ai_response_model",
    "error_type",
];

/// The bounds that the GenAI conventions ask for.
const GEN_AI_REQUEST_BUCKETS: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// As above.
const GEN_AI_FIRST_TOKEN_BUCKETS: &[f64] =
    &[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// As above.
const GEN_AI_TOKEN_BUCKETS: &[f64] =
    &[0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5];

/// Upper bounds in seconds for whole requests: from a refused request to a long generation.
const REQUEST_BUCKETS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];
/// Upper bounds in seconds for the time to the first token.
const FIRST_TOKEN_BUCKETS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// Upper bounds in seconds for the gap between tokens.
const TOKEN_BUCKETS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0];
