//! Notices that requests wait for long.
//!
//! Owns the length of the queue. Refuses to guess why: it looks at the last minute, and says what it saw.

use inferno_plugin::{
    Analyzer,
    analyzer::{Action, AnalysisError, Evidence, Opportunity, Prediction, Severity},
    metrics::{Frame, Query, Unit, mean, sampled},
    text::{decimal, percent},
};

/// The gauges that this analyzer reads. `inferno.toml` names them too.
const WAITING: &str = "inferno_requests_waiting";
const RUNNING: &str = "inferno_requests_running";

/// The part of the minute during which somebody waited, from which on it is worth a word.
const MOST: f64 = 0.8;

struct MyPlugin;

inferno_plugin::analyzer!(MyPlugin);

impl Analyzer for MyPlugin {
    fn queries() -> Vec<Query> {
        vec![Query::mean(WAITING, 60, 2), Query::mean(RUNNING, 60, 2)]
    }

    fn analyze(frames: &[Frame]) -> Result<Vec<Opportunity>, AnalysisError> {
        let [waiting, running] = frames else {
            return Err(AnalysisError::Data("two frames are needed".to_owned()));
        };
        let (waiting, running) = (waiting.sum("model", ""), running.sum("model", ""));
        let steps = sampled(&waiting).count();
        let waited = sampled(&waiting).filter(|requests| *requests > 0.0).count();
        let (Some(queue), Some(busy)) = (mean(&waiting), mean(&running)) else {
            return Ok(Vec::new());
        };
        let part = waited as f64 / steps as f64;
        if part < MOST || busy == 0.0 {
            return Ok(Vec::new());
        }
        let evidence = vec![
            Evidence::new(
                format!(
                    "somebody waited during {} of the last minute",
                    percent(part)
                ),
                WAITING,
                queue,
                Unit::Requests,
            ),
            Evidence::new(
                "requests were running meanwhile",
                RUNNING,
                busy,
                Unit::Requests,
            ),
        ];
        Ok(vec![Opportunity {
            id: "requests-wait".to_owned(),
            severity: Severity::Medium,
            title: format!("{} requests wait on average", decimal(queue, 1)),
            evidence,
            prediction: Prediction::decrease(WAITING, 0.5, 300),
            action: Action::Investigate(
                "who sends the requests, and whether a second server should answer some of them"
                    .to_owned(),
            ),
        }])
    }
}

#[cfg(test)]
mod tests;
