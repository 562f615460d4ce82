//! vLLM's names for what the catalogue measures, for dashboards and for the Gateway API inference extension.
//!
//! Owns the translation of names and labels, and no sample: an alias is made from the samples of its metric when the
//! exposition is asked for, so the two cannot drift apart. Only what means the same here and there has an alias. The
//! bounds of the buckets stay ours.

use prometheus::proto::MetricFamily;

use crate::{Metric, catalogue as c};

struct Alias {
    name: &'static str,
    of: Metric,
    /// Labels that are called something else there, besides `model`.
    labels: &'static [(&'static str, &'static str)],
}

const fn alias(name: &'static str, of: Metric) -> Alias {
    Alias { name, of, labels: &[] }
}

/// What vLLM calls them.
const VLLM: &[Alias] = &[
    alias("vllm:num_requests_waiting", c::WAITING),
    alias("vllm:num_requests_running", c::RUNNING),
    alias("vllm:kv_cache_usage_perc", c::KV_UTILIZATION),
    // What it was called until version 0.10.
    alias("vllm:gpu_cache_usage_perc", c::KV_UTILIZATION),
    Alias {
        name: "vllm:cache_config_info",
        of: c::KV_INFO,
        labels: &[("block_len", "block_size"), ("blocks", "num_gpu_blocks"), ("kind", "cache_dtype")],
    },
    alias("vllm:time_to_first_token_seconds", c::TIME_TO_FIRST_TOKEN),
    alias("vllm:inter_token_latency_seconds", c::INTER_TOKEN_LATENCY),
    // The older name: there, too, it is the time between two tokens.
    alias("vllm:time_per_output_token_seconds", c::INTER_TOKEN_LATENCY),
    alias("vllm:e2e_request_latency_seconds", c::E2E_LATENCY),
    alias("vllm:request_queue_time_seconds", c::QUEUE_TIME),
    alias("vllm:prompt_tokens_total", c::PROMPT_TOKENS),
    alias("vllm:generation_tokens_total", c::GENERATION_TOKENS),
    alias("vllm:num_preemptions_total", c::PREEMPTIONS),
    alias("vllm:prefix_cache_queries_total", c::PREFIX_QUERIED),
    alias("vllm:prefix_cache_hits_total", c::PREFIX_REUSED),
];

/// The same samples under the names of vLLM.
pub(crate) fn vllm(families: &[MetricFamily]) -> Vec<MetricFamily> {
    let find = |alias: &Alias| families.iter().find(|family| family.name() == alias.of.name());
    VLLM.iter().filter_map(|alias| find(alias).map(|family| alias.rename(family))).collect()
}

impl Alias {
    fn rename(&self, family: &MetricFamily) -> MetricFamily {
        let mut renamed = family.clone();
        renamed.set_name(self.name.to_owned());
        renamed.set_help(format!("The samples of {}. {}", self.of.name(), family.help()));
        for pair in renamed.mut_metric().iter_mut().flat_map(prometheus::proto::Metric::mut_label) {
            let known = |(ours, _): &&(&str, &str)| *ours == pair.name();
            let theirs = match pair.name() {
                "model" => Some("model_name"),
                _ => self.labels.iter().find(known).map(|(_, theirs)| *theirs),
            };
            if let Some(theirs) = theirs {
                pair.set_name(theirs.to_owned());
            }
        }
        renamed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use inferno_types::Digest;

    use crate::{EngineTotals, Metrics};

    #[test]
    fn the_same_samples_by_both_names() {
        let metrics = Metrics::new();
        let engine = metrics.engine(&"m".parse().expect("a name"), &Digest::of(b""), "llama");
        engine.queue(3, 2);
        engine.kv_blocks(16, 64);
        engine.kv_cache(16, 64, "f16");
        engine.totals(EngineTotals { preemptions: 1, prefix_tokens_queried: 96, prefix_tokens_reused: 32 });
        engine.prompt_tokens(96);
        engine.started(Duration::from_millis(250));
        engine.first_token(Duration::from_millis(500));
        engine.next_token(Duration::from_millis(125));
        assert!(!metrics.render().contains("vllm:"));
        let text = metrics.with_vllm_aliases().render();
        let samples: Vec<_> =
            text.lines().filter(|l| l.starts_with("vllm:") && !l.contains("_bucket{")).collect();
        assert_eq!(
            samples,
            [
                r#"vllm:num_requests_waiting{model_name="m"} 3"#,
                r#"vllm:num_requests_running{model_name="m"} 2"#,
                r#"vllm:kv_cache_usage_perc{model_name="m"} 0.25"#,
                r#"vllm:gpu_cache_usage_perc{model_name="m"} 0.25"#,
                r#"vllm:cache_config_info{block_size="16",num_gpu_blocks="64",cache_dtype="f16",model_name="m"} 1"#,
                r#"vllm:time_to_first_token_seconds_sum{model_name="m"} 0.5"#,
                r#"vllm:time_to_first_token_seconds_count{model_name="m"} 1"#,
                r#"vllm:inter_token_latency_seconds_sum{model_name="m"} 0.125"#,
                r#"vllm:inter_token_latency_seconds_count{model_name="m"} 1"#,
                r#"vllm:time_per_output_token_seconds_sum{model_name="m"} 0.125"#,
                r#"vllm:time_per_output_token_seconds_count{model_name="m"} 1"#,
                r#"vllm:e2e_request_latency_seconds_sum{model_name="m"} 0"#,
                r#"vllm:e2e_request_latency_seconds_count{model_name="m"} 0"#,
                r#"vllm:request_queue_time_seconds_sum{model_name="m"} 0.25"#,
                r#"vllm:request_queue_time_seconds_count{model_name="m"} 1"#,
                r#"vllm:prompt_tokens_total{model_name="m"} 96"#,
                r#"vllm:generation_tokens_total{model_name="m"} 2"#,
                r#"vllm:num_preemptions_total{model_name="m"} 1"#,
                r#"vllm:prefix_cache_queries_total{model_name="m"} 96"#,
                r#"vllm:prefix_cache_hits_total{model_name="m"} 32"#,
            ]
        );
    }
}
