//! One generation as OpenTelemetry's GenAI conventions see it: from a request's arrival to its last token.
//!
//! Owns the three server histograms of those conventions and their attributes. Easily confused with `engine`, whose
//! times begin when the engine takes a request; these begin when the server has it.

use std::time::Duration;

use inferno_types::ModelId;
use prometheus::{HistogramVec, Registry};

use crate::{Metrics, catalogue, collectors::histograms};

/// What the conventions call the software that answers (`gen_ai.provider.name`).
const PROVIDER: &str = "inferno";

/// What was asked for (`gen_ai.operation.name`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A chat completion.
    Chat,
    /// A completion of a text.
    TextCompletion,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::TextCompletion => "text_completion",
        }
    }
}

/// A generation that came to an end.
#[derive(Debug, Clone, Copy)]
pub struct Generation<'a> {
    /// What was asked for.
    pub operation: Operation,
    /// Of whom; the same that answered.
    pub model: &'a ModelId,
    /// From the request's arrival to its last token, or to its end without an answer.
    pub took: Duration,
    /// How it ended.
    pub end: GenerationEnd,
}

/// How a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenerationEnd {
    /// With a complete answer.
    Answered {
        /// From the request's arrival to its first token.
        first_token: Duration,
        /// Tokens of the answer.
        tokens: u32,
    },
    /// Without one. The reason is a short fixed word (`error.type`), not an error text.
    Error(&'static str),
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
        let labels = [operation.name(), PROVIDER, model.as_str(), model.as_str()];
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
mod tests {
    use super::*;

    impl<'a> Generation<'a> {
        pub(crate) fn answered_for_a_test(model: &'a ModelId) -> Self {
            let end = GenerationEnd::Answered { first_token: Duration::from_millis(40), tokens: 5 };
            Self { operation: Operation::Chat, model, took: Duration::from_millis(100), end }
        }

        pub(crate) fn refused_for_a_test(model: &'a ModelId) -> Self {
            let end = GenerationEnd::Error("cancelled");
            Self { operation: Operation::TextCompletion, model, took: Duration::from_millis(3), end }
        }
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
            &[Generation::answered_for_a_test(&model)],
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
            &[Generation::refused_for_a_test(&model)],
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
        metrics.generation(&Generation { end, ..Generation::answered_for_a_test(&model) });
        assert!(!metrics.render().contains("time_per_output_token"));
    }
}
