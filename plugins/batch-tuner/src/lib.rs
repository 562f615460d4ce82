//! Compares how many requests run at once with the tokens per second that come of it.
//!
//! Owns the batch: whether a larger one would bring more, why it is not larger, and whether it is too large. Refuses to
//! judge the cache by itself: one that is full while its requests get all that the machine has is `kv-pressure`'s.

mod queue;
mod saturation;
mod scaling;
mod window;

use inferno_plugin::{
    Analyzer,
    analyzer::{AnalysisError, Opportunity},
    metrics::{Frame, Query},
};

/// What this analyzer reads. `inferno.toml` names it too.
const GENERATED: &str = "inferno_generation_tokens_total";
const RUNNING: &str = "inferno_requests_running";
const WAITING: &str = "inferno_requests_waiting";
const UTILIZATION: &str = "inferno_kv_block_utilization_ratio";
const CAPACITY: &str = "inferno_kv_blocks_capacity";
const INTER_TOKEN: &str = "inferno_inter_token_latency_seconds";

/// Seconds that are looked at, and seconds of one step.
const WINDOW: u32 = 600;
const STEP: u32 = 5;
/// The part of what the window says that is foretold: other requests will come than those that were seen.
const CAUTION: f64 = 0.5;

struct BatchTuner;

inferno_plugin::analyzer!(BatchTuner);

impl Analyzer for BatchTuner {
    fn queries() -> Vec<Query> {
        vec![
            Query::rate(GENERATED, WINDOW, STEP),
            Query::mean(RUNNING, WINDOW, STEP),
            Query::mean(WAITING, WINDOW, STEP),
            Query::mean(UTILIZATION, WINDOW, STEP),
            Query::last(CAPACITY, WINDOW, STEP),
            Query::increase(INTER_TOKEN, WINDOW, WINDOW),
        ]
    }

    fn analyze(frames: &[Frame]) -> Result<Vec<Opportunity>, AnalysisError> {
        let mut found: Vec<Opportunity> = Vec::new();
        for window in window::windows(frames)? {
            let scaling = scaling::Scaling::of(&window);
            let findings = [
                queue::beside_free_cache(&window),
                scaling.as_ref().and_then(|scaling| queue::larger_batch_pays(&window, scaling)),
                scaling.as_ref().and_then(|scaling| saturation::past_its_best(&window, scaling)),
            ];
            for new in findings.into_iter().flatten() {
                // Two models may be called nearly the same; an id stands for one finding.
                if found.iter().all(|old| old.id != new.id) {
                    found.push(new);
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
