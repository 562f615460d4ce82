//! One generation as OpenTelemetry's GenAI conventions see it: from a request's arrival to its last token.
//!
//! Owns the three server histograms of those conventions and their attributes. Easily confused with `engine`, whose
//! times begin when the engine takes a request; these begin when the server has it.

use inferno_types::{Generation, GenerationEnd, Operation};
use prometheus::{HistogramVec, Registry};

use crate::{Metrics, catalogue, collectors::histograms};

/// What the conventions call the software that answers (`gen_ai.provider.name`).
const PROVIDER: &str = "inferno";

/// What the conventions call what was asked for (`gen_ai.operation.name`).
fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Chat => "chat",
        Operation::TextCompletion => "text_completion",
    }
}

/// The histograms.
pub(crate) struct GenAi {
    time_to_first_token: HistogramVec,
    time_per_output_token: HistogramVec,
    request_duration: HistogramVec,
}

impl GenAi {
    pub(crate) fn new(registry: &Registry) -> Self {
        Self {
            time_to_first_token: histograms(registry, catalogue::GEN_AI_TIME_TO_FIRST_TOKEN),
            time_per_output_token: histograms(registry, catalogue::GEN_AI_TIME_PER_OUTPUT_TOKEN),
            request_duration: histograms(registry, catalogue::GEN_AI_REQUEST_DURATION),
        }
    }
}

impl Metrics {
    /// Counts one generation. The first two histograms are of completed answers only, as the conventions define them;
    /// an answer of a single token has no time per token after the first.
    pub fn generation(&self, generation: &Generation<'_>) {
        let Generation { operation, model, took, end } = *generation;
        let gen_ai = &self.inner.gen_ai;
        let labels = [operation_name(operation), PROVIDER, model.as_str(), model.as_str()];
        let error = match end {
            GenerationEnd::Error(reason) => reason,
            GenerationEnd::Answered { first_token, tokens } => {
                gen_ai.time_to_first_token.with_label_values(&labels).observe(first_token.as_secs_f64());
                if let Some(later @ 1..) = tokens.checked_sub(1) {
                    let each = took.saturating_sub(first_token).as_secs_f64() / f64::from(later);
                    gen_ai.time_per_output_token.with_label_values(&labels).observe(each);
                }
                ""
            }
        };
        let [operation, provider, asked, answered] = labels;
        let labels = [operation, provider, asked, answered, error];
        gen_ai.request_duration.with_label_values(&labels).observe(took.as_secs_f64());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use inferno_types::ModelId;

    use super::*;

    pub(crate) fn answered(model: &ModelId) -> Generation<'_> {
        let end = GenerationEnd::Answered { first_token: Duration::from_millis(40), tokens: 5 };
        Generation { operation: Operation::Chat, model, took: Duration::from_millis(100), end }
    }

    pub(crate) fn refused(model: &ModelId) -> Generation<'_> {
        let end = GenerationEnd::Error("cancelled");
        Generation { operation: Operation::TextCompletion, model, took: Duration::from_millis(3), end }
    }

    /// What the exposition says of the samples that are not buckets.
    fn check(generations: &[Generation<'_>], lines: &[&str]) {
        let metrics = Metrics::new();
        for generation in generations {
            metrics.generation(generation);
        }
        let text = metrics.render();
        let found: Vec<_> =
            text.lines().filter(|l| l.starts_with("gen_ai_") && !l.contains("_bucket{")).collect();
        assert_eq!(found, lines);
    }

    #[test]
    fn each_is_measured_as_the_conventions_define_it() {
        let model = "m".parse().expect("a name");
        // (100 ms − 40 ms) / 4 tokens after the first.
        check(
            &[answered(&model)],
            &[
                r#"gen_ai_server_request_duration_seconds_sum{error_type="",gen_ai_operation_name="chat",gen_ai_provider_name="inferno",gen_ai_request_model="m",gen_ai_response_model="m"} 0.1"#,
                r#"gen_ai_server_request_duration_seconds_count{error_type="",gen_ai_operation_name="chat",gen_ai_provider_name="inferno",gen_ai_request_model="m",gen_ai_response_model="m"} 1"#,
                r#"gen_ai_server_time_per_output_token_seconds_sum{gen_ai_operation_name="chat",gen_ai_provider_name="inferno",gen_ai_request_model="m",gen_ai_response_model="m"} 0.015"#,
                r#"gen_ai_server_time_per_output_token_seconds_count{gen_ai_operation_name="chat",gen_ai_provider_name="inferno",gen_ai_request_model="m",gen_ai_response_model="m"} 1"#,
                r#"gen_ai_server_time_to_first_token_seconds_sum{gen_ai_operation_name="chat",gen_ai_provider_name="inferno",gen_ai_request_model="m",gen_ai_response_model="m"} 0.04"#,
                r#"gen_ai_server_time_to_first_token_seconds_count{gen_ai_operation_name="chat",gen_ai_provider_name="inferno",gen_ai_request_model="m",gen_ai_response_model="m"} 1"#,
            ],
        );
    }

    #[test]
    fn what_got_no_answer_has_a_duration_and_a_reason_only() {
        let model = "m".parse().expect("a name");
        check(
            &[refused(&model)],
            &[
                r#"gen_ai_server_request_duration_seconds_sum{error_type="cancelled",gen_ai_operation_name="text_completion",gen_ai_provider_name="inferno",gen_ai_request_model="m",gen_ai_response_model="m"} 0.003"#,
                r#"gen_ai_server_request_duration_seconds_count{error_type="cancelled",gen_ai_operation_name="text_completion",gen_ai_provider_name="inferno",gen_ai_request_model="m",gen_ai_response_model="m"} 1"#,
            ],
        );
    }

    #[test]
    fn a_single_token_has_no_time_after_the_first() {
        let model = "m".parse().expect("a name");
        let metrics = Metrics::new();
        let end = GenerationEnd::Answered { first_token: Duration::from_millis(40), tokens: 1 };
        metrics.generation(&Generation { end, ..answered(&model) });
        assert!(!metrics.render().contains("time_per_output_token"));
    }
}
