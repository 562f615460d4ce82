//! The whole exposition after a little traffic, as a scraper sees it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, like the tests themselves")]

use std::time::Duration;

use inferno_telemetry::{EngineTotals, Metrics, RequestEnd};
use inferno_types::{Digest, FinishReason};

fn after_one_chat() -> Metrics {
    let metrics = Metrics::new();
    metrics.build_info("0.1.0");
    let engine = metrics.engine(&"SmolLM2".parse().unwrap(), &Digest::of(b"weights"), "llama");
    engine.queue(2, 1);
    engine.kv_blocks(16, 64);
    engine.kv_cached(4);
    engine.kv_cache(16, 64, "f16");
    engine.totals(EngineTotals { preemptions: 1, prefix_tokens_queried: 12, prefix_tokens_reused: 0 });
    engine.prompt_tokens(12);
    engine.started(Duration::from_millis(2));
    engine.step(Duration::from_millis(250), 12);
    engine.op_seconds("matmul", 0.125);
    engine.first_token(Duration::from_millis(40));
    engine.next_token(Duration::from_millis(8));
    engine.ended(RequestEnd::Finished(FinishReason::Stop), Some(Duration::from_millis(48)));
    engine.ended(RequestEnd::Cancelled, None);
    engine.ended(RequestEnd::Expired, None);
    metrics.http_connections(3);
    metrics.http_connection_cut("head_too_slow");
    metrics.http_request("/v1/chat/completions", 200, Duration::from_millis(50));
    metrics.http_request("/v1/models/{id}", 404, Duration::from_millis(1));
    metrics.plugin_call("fuse-qkv");
    metrics.plugin_refusal("odd \"name\"\n", "semantics");
    metrics
}

/// Buckets are tested apart; memory and the platform differ from machine to machine.
fn without_what_varies(text: &str) -> String {
    text.lines()
        .filter(|line| !line.contains("_bucket{"))
        .map(|line| match line.split_once(' ') {
            Some((name, _)) if name.starts_with("inferno_process_") => format!("{name} VARIES\n"),
            _ => format!("{line}\n"),
        })
        .collect::<String>()
        .replace(&format!("arch=\"{}\"", std::env::consts::ARCH), "arch=\"ARCH\"")
        .replace(&format!("os=\"{}\"", std::env::consts::OS), "os=\"OS\"")
}

#[cfg(target_os = "linux")]
#[test]
fn exposition() {
    insta::assert_snapshot!(without_what_varies(&after_one_chat().render()), @r#"
    # HELP inferno_build_info This build. Unit: none (facts in the labels). Provenance: measured.
    # TYPE inferno_build_info gauge
    inferno_build_info{arch="ARCH",os="OS",version="0.1.0"} 1
    # HELP inferno_csp_reports_total Breaches of the Content-Security-Policy that browsers reported. Unit: count. Provenance: measured.
    # TYPE inferno_csp_reports_total counter
    inferno_csp_reports_total 0
    # HELP inferno_e2e_request_latency_seconds Time from a request's arrival to its last token. Unit: seconds. Provenance: measured.
    # TYPE inferno_e2e_request_latency_seconds histogram
    inferno_e2e_request_latency_seconds_sum{model="SmolLM2"} 0.048
    inferno_e2e_request_latency_seconds_count{model="SmolLM2"} 1
    # HELP inferno_engine_step_seconds_total Time of the engine's steps that had work. Unit: seconds. Provenance: measured.
    # TYPE inferno_engine_step_seconds_total counter
    inferno_engine_step_seconds_total{model="SmolLM2"} 0.25
    # HELP inferno_engine_steps_total Steps of the engine that had work. Unit: count. Provenance: measured.
    # TYPE inferno_engine_steps_total counter
    inferno_engine_steps_total{model="SmolLM2"} 1
    # HELP inferno_generation_tokens_total Tokens generated. Unit: tokens. Provenance: measured.
    # TYPE inferno_generation_tokens_total counter
    inferno_generation_tokens_total{model="SmolLM2"} 2
    # HELP inferno_http_connections Connections that are open. Unit: count. Provenance: measured.
    # TYPE inferno_http_connections gauge
    inferno_http_connections 3
    # HELP inferno_http_connections_cut_total Connections that the server ended because the client broke a limit or the protocol, by reason. Unit: count. Provenance: measured.
    # TYPE inferno_http_connections_cut_total counter
    inferno_http_connections_cut_total{reason="head_too_slow"} 1
    # HELP inferno_http_request_duration_seconds Time from a request's head to the head of its answer. Unit: seconds. Provenance: measured.
    # TYPE inferno_http_request_duration_seconds histogram
    inferno_http_request_duration_seconds_sum{route="/v1/chat/completions"} 0.05
    inferno_http_request_duration_seconds_count{route="/v1/chat/completions"} 1
    inferno_http_request_duration_seconds_sum{route="/v1/models/{id}"} 0.001
    inferno_http_request_duration_seconds_count{route="/v1/models/{id}"} 1
    # HELP inferno_http_requests_total HTTP requests answered. Unit: requests. Provenance: measured.
    # TYPE inferno_http_requests_total counter
    inferno_http_requests_total{route="/v1/chat/completions",status="200"} 1
    inferno_http_requests_total{route="/v1/models/{id}",status="404"} 1
    # HELP inferno_inter_token_latency_seconds Time between two tokens of the same request. Unit: seconds. Provenance: measured.
    # TYPE inferno_inter_token_latency_seconds histogram
    inferno_inter_token_latency_seconds_sum{model="SmolLM2"} 0.008
    inferno_inter_token_latency_seconds_count{model="SmolLM2"} 1
    # HELP inferno_kv_block_utilization_ratio Share of the key/value cache's blocks that requests hold. Unit: ratio (0 to 1). Provenance: measured.
    # TYPE inferno_kv_block_utilization_ratio gauge
    inferno_kv_block_utilization_ratio{model="SmolLM2"} 0.25
    # HELP inferno_kv_blocks_cached Blocks that no request holds and whose content can be reused; they are free to take. Unit: blocks. Provenance: measured.
    # TYPE inferno_kv_blocks_cached gauge
    inferno_kv_blocks_cached{model="SmolLM2"} 4
    # HELP inferno_kv_blocks_capacity Blocks of the key/value cache. Unit: blocks. Provenance: measured.
    # TYPE inferno_kv_blocks_capacity gauge
    inferno_kv_blocks_capacity{model="SmolLM2"} 64
    # HELP inferno_kv_cache_info The key/value cache: positions of a block, blocks, and how keys and values are kept. Unit: none (facts in the labels). Provenance: measured.
    # TYPE inferno_kv_cache_info gauge
    inferno_kv_cache_info{block_len="16",blocks="64",kind="f16",model="SmolLM2"} 1
    # HELP inferno_model_info The models served. Unit: none (facts in the labels). Provenance: measured.
    # TYPE inferno_model_info gauge
    inferno_model_info{architecture="llama",digest="sha256:9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",model="SmolLM2"} 1
    # HELP inferno_op_seconds_total Time of the thread that leads the computation, by kind of operation; `wait` is for the other threads. Unit: seconds. Provenance: measured.
    # TYPE inferno_op_seconds_total counter
    inferno_op_seconds_total{model="SmolLM2",op="matmul"} 0.125
    # HELP inferno_plugin_calls_total Calls into plugins. Unit: calls. Provenance: measured.
    # TYPE inferno_plugin_calls_total counter
    inferno_plugin_calls_total{plugin="fuse-qkv"} 1
    # HELP inferno_plugin_refusals_total Plugins or their results refused, by reason. Unit: calls. Provenance: measured.
    # TYPE inferno_plugin_refusals_total counter
    inferno_plugin_refusals_total{plugin="odd \"name\"\n",reason="semantics"} 1
    # HELP inferno_preemptions_total Times that a running request gave its memory to another one and had to wait again. Unit: count. Provenance: measured.
    # TYPE inferno_preemptions_total counter
    inferno_preemptions_total{model="SmolLM2"} 1
    # HELP inferno_prefill_tokens_total Prompt tokens that the engine computed, by the work that is done; reused ones do not count, recomputed ones do again. Unit: tokens. Provenance: measured.
    # TYPE inferno_prefill_tokens_total counter
    inferno_prefill_tokens_total{model="SmolLM2"} 12
    # HELP inferno_prefix_tokens_queried_total Prompt tokens for which the key/value cache was searched. Unit: tokens. Provenance: measured.
    # TYPE inferno_prefix_tokens_queried_total counter
    inferno_prefix_tokens_queried_total{model="SmolLM2"} 12
    # HELP inferno_prefix_tokens_reused_total Prompt tokens that were found in the key/value cache and not computed. Unit: tokens. Provenance: measured.
    # TYPE inferno_prefix_tokens_reused_total counter
    inferno_prefix_tokens_reused_total{model="SmolLM2"} 0
    # HELP inferno_process_cpu_seconds_total Processor time of the process, all cores together. Unit: seconds. Provenance: measured.
    # TYPE inferno_process_cpu_seconds_total counter
    inferno_process_cpu_seconds_total VARIES
    # HELP inferno_process_resident_memory_bytes Resident memory of the process. Unit: bytes. Provenance: measured.
    # TYPE inferno_process_resident_memory_bytes gauge
    inferno_process_resident_memory_bytes VARIES
    # HELP inferno_process_threads Threads of the process. Unit: count. Provenance: measured.
    # TYPE inferno_process_threads gauge
    inferno_process_threads VARIES
    # HELP inferno_process_uptime_seconds Time since the server began to count. Unit: seconds. Provenance: measured.
    # TYPE inferno_process_uptime_seconds gauge
    inferno_process_uptime_seconds VARIES
    # HELP inferno_prompt_tokens_total Prompt tokens accepted. Unit: tokens. Provenance: measured.
    # TYPE inferno_prompt_tokens_total counter
    inferno_prompt_tokens_total{model="SmolLM2"} 12
    # HELP inferno_request_queue_time_seconds Time from a request's arrival to its start. Unit: seconds. Provenance: measured.
    # TYPE inferno_request_queue_time_seconds histogram
    inferno_request_queue_time_seconds_sum{model="SmolLM2"} 0.002
    inferno_request_queue_time_seconds_count{model="SmolLM2"} 1
    # HELP inferno_requests_finished_total Generations that ended, by reason. Unit: requests. Provenance: measured.
    # TYPE inferno_requests_finished_total counter
    inferno_requests_finished_total{model="SmolLM2",reason="cancelled"} 1
    inferno_requests_finished_total{model="SmolLM2",reason="expired"} 1
    inferno_requests_finished_total{model="SmolLM2",reason="failed"} 0
    inferno_requests_finished_total{model="SmolLM2",reason="length"} 0
    inferno_requests_finished_total{model="SmolLM2",reason="stop"} 1
    # HELP inferno_requests_running Requests in the engine's current batch. Unit: requests. Provenance: measured.
    # TYPE inferno_requests_running gauge
    inferno_requests_running{model="SmolLM2"} 1
    # HELP inferno_requests_waiting Requests queued for the engine. Unit: requests. Provenance: measured.
    # TYPE inferno_requests_waiting gauge
    inferno_requests_waiting{model="SmolLM2"} 2
    # HELP inferno_time_to_first_token_seconds Time from a request's arrival to its first token. Unit: seconds. Provenance: measured.
    # TYPE inferno_time_to_first_token_seconds histogram
    inferno_time_to_first_token_seconds_sum{model="SmolLM2"} 0.04
    inferno_time_to_first_token_seconds_count{model="SmolLM2"} 1
    "#);
}

#[test]
fn a_latency_lands_in_the_buckets_above_it() {
    let text = after_one_chat().render();
    for (le, count) in [("0.0075", 0), ("0.01", 1), ("+Inf", 1)] {
        let line =
            format!("inferno_inter_token_latency_seconds_bucket{{model=\"SmolLM2\",le=\"{le}\"}} {count}\n");
        assert!(text.contains(&line), "{line}{text}");
    }
}

#[test]
fn clones_feed_the_same_numbers_and_registries_are_apart() {
    let metrics = Metrics::new();
    let clone = metrics.clone();
    clone.plugin_call("p");
    metrics.plugin_call("p");
    assert!(metrics.render().contains("inferno_plugin_calls_total{plugin=\"p\"} 2\n"));
    assert!(!Metrics::new().render().contains("plugin=\"p\""));
}

#[test]
fn an_empty_cache_is_not_a_division_by_zero() {
    let metrics = Metrics::new();
    metrics.engine(&"m".parse().unwrap(), &Digest::of(b""), "llama").kv_blocks(0, 0);
    assert!(metrics.render().contains("inferno_kv_block_utilization_ratio{model=\"m\"} 0\n"));
}
