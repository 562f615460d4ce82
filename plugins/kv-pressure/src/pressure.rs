//! A cache that was full while somebody waited.
//!
//! Owns what has happened. Not to be confused with `trend`, which looks at a cache that is not full yet.

use inferno_plugin::{
    analyzer::{Evidence, Opportunity, Prediction, Severity},
    metrics::Unit,
};

use crate::{
    FULL, RUNNING, STEP, UTILIZATION, WAITING, enlarge,
    window::{Step, Window, mean},
};

/// More than this at once is a guess: nobody has seen how the server does with it.
const MOST: f64 = 4.0;
/// The part of what the window says that is foretold: who waits less sends more.
const CAUTION: f64 = 0.5;

pub(crate) fn find(window: &Window) -> Option<Opportunity> {
    let pressed: Vec<Step> =
        window.steps.iter().copied().filter(|step| step.waiting > 0.0 && is_full(step)).collect();
    let seconds = pressed.len() as u32 * STEP;
    let severity = match seconds {
        0..30 => return None,
        30..90 => Severity::Low,
        90..180 => Severity::Medium,
        _ => Severity::High,
    };
    let used = mean(&pressed, |step| step.used);
    let waiting = mean(&pressed, |step| step.waiting);
    // A full cache is held by somebody.
    let running = mean(&pressed, |step| step.running).max(1.0);
    // Room for those who wait, each holding as much as those who run.
    let factor = ((running + waiting) / running).min(MOST);
    let relieved = ((factor - 1.0) * running / waiting).min(1.0);
    let evidence = vec![
        Evidence::new(
            format!(
                "for {seconds} s of the last ten minutes requests waited and the cache had no room for another"
            ),
            UTILIZATION,
            used,
            Unit::Ratio,
        ),
        Evidence::new("so many waited meanwhile, on average", WAITING, waiting, Unit::Requests),
        Evidence::new("so many ran meanwhile, on average", RUNNING, running, Unit::Requests),
    ];
    Some(Opportunity {
        id: window.id("cache-full"),
        severity,
        title: format!("Requests to {:.60} wait for room in the key/value cache", window.model),
        evidence,
        prediction: Prediction::decrease(WAITING, relieved * CAUTION, 300),
        action: enlarge(window, factor),
    })
}

/// Whether the rest of the cache has no room for one more request that holds as much as those that run.
fn is_full(step: &Step) -> bool {
    step.used >= FULL || (step.running >= 1.0 && step.used + step.used / step.running > 1.0)
}
