//! What was seen of one model while it had work.
//!
//! Owns the way from frames to steps in which everything was sampled and something ran. Refuses to find anything in
//! them.

use std::collections::BTreeSet;

use inferno_plugin::{
    analyzer::AnalysisError,
    metrics::{Buckets, Frame, latest},
};

use crate::{CAPACITY, GENERATED, INTER_TOKEN, RUNNING, UTILIZATION, WAITING};

/// Steps with work from which on something is said at all: a minute.
const ENOUGH: usize = 12;
/// The most models that are looked at.
const MODELS: usize = 16;

/// What was seen of one model.
pub(crate) struct Window {
    pub(crate) model: String,
    /// The size of the cache.
    pub(crate) blocks: f64,
    /// The time between two tokens of an answer that half of them stayed below: an estimate from buckets.
    pub(crate) between_tokens: Option<f64>,
    /// Without those in which something was not sampled, or less than one request ran.
    pub(crate) steps: Vec<Step>,
}

/// The means over one step.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// Tokens per second.
    pub(crate) rate: f64,
    pub(crate) running: f64,
    pub(crate) waiting: f64,
    /// The part of the cache that is held.
    pub(crate) used: f64,
}

/// One window for each model of which enough was seen.
pub(crate) fn windows(frames: &[Frame]) -> Result<Vec<Window>, AnalysisError> {
    let asked = [GENERATED, RUNNING, WAITING, UTILIZATION, CAPACITY, INTER_TOKEN];
    if !frames.iter().map(|frame| frame.metric.as_str()).eq(asked) {
        return Err(AnalysisError::Data(format!("these metrics were asked for, in this order: {asked:?}")));
    }
    let models: BTreeSet<&str> = frames[1].series.iter().filter_map(|series| series.label("model")).collect();
    Ok(models.into_iter().take(MODELS).filter_map(|model| window(frames, model)).collect())
}

fn window(frames: &[Frame], model: &str) -> Option<Window> {
    let of = |frame: usize| frames[frame].sum("model", model);
    let steps = of(0).into_iter().zip(of(1)).zip(of(2).into_iter().zip(of(3)));
    let steps = steps.map(|((rate, running), (waiting, used))| Step { rate, running, waiting, used });
    let worked = |step: &Step| (step.rate + step.waiting + step.used).is_finite() && step.running >= 1.0;
    let steps: Vec<Step> = steps.filter(worked).collect();
    let blocks = latest(&of(4)).filter(|blocks| *blocks > 0.0)?;
    let between_tokens = Buckets::of(&frames[5], "model", model).quantile(0.5);
    (steps.len() >= ENOUGH).then(|| Window { model: model.to_owned(), blocks, between_tokens, steps })
}

impl Window {
    /// The id of a finding about this model: the same as long as the model is called the same.
    pub(crate) fn id(&self, finding: &str) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        finding.chars().chain(['-']).chain(self.model.chars().map(letter)).take(64).collect()
    }
}

/// The mean of something over steps.
pub(crate) fn mean(steps: &[Step], of: impl Fn(&Step) -> f64) -> f64 {
    steps.iter().map(of).sum::<f64>() / steps.len().max(1) as f64
}
