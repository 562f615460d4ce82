//! What was seen of one model.
//!
//! Owns the way from frames to steps in which everything was sampled. Refuses to find anything in them.

use std::collections::BTreeSet;

use inferno_plugin::{
    analyzer::AnalysisError,
    metrics::{Frame, latest},
};

use crate::{CAPACITY, RUNNING, UTILIZATION, WAITING};

/// Steps from which on something is said at all: a minute.
const ENOUGH: usize = 12;
/// The most models that are looked at.
const MODELS: usize = 16;

/// What was seen of one model.
pub(crate) struct Window {
    pub(crate) model: String,
    /// The size of the cache.
    pub(crate) blocks: f64,
    /// Oldest first; without those in which something was not sampled.
    pub(crate) steps: Vec<Step>,
}

/// The means over one step.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// Its end, in seconds.
    pub(crate) at: f64,
    pub(crate) used: f64,
    pub(crate) waiting: f64,
    pub(crate) running: f64,
}

/// One window for each model of which enough was seen.
pub(crate) fn windows(frames: &[Frame]) -> Result<Vec<Window>, AnalysisError> {
    let asked = [UTILIZATION, WAITING, RUNNING, CAPACITY];
    if !frames.iter().map(|frame| frame.metric.as_str()).eq(asked) {
        return Err(AnalysisError::Data(format!("these metrics were asked for, in this order: {asked:?}")));
    }
    let models: BTreeSet<&str> = frames[0].series.iter().filter_map(|series| series.label("model")).collect();
    Ok(models.into_iter().take(MODELS).filter_map(|model| window(frames, model)).collect())
}

fn window(frames: &[Frame], model: &str) -> Option<Window> {
    let of = |frame: usize| frames[frame].sum("model", model);
    let (used, waiting, running) = (of(0), of(1), of(2));
    let steps = frames[0].times.iter().zip(used).zip(waiting.into_iter().zip(running));
    let steps =
        steps.map(|((at, used), (waiting, running))| Step { at: at / 1000.0, used, waiting, running });
    let sampled = |step: &Step| (step.used + step.waiting + step.running).is_finite();
    let steps: Vec<Step> = steps.filter(sampled).collect();
    let blocks = latest(&of(3)).filter(|blocks| *blocks > 0.0)?;
    (steps.len() >= ENOUGH).then(|| Window { model: model.to_owned(), blocks, steps })
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
