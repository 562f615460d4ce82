//! A cache that fills: when will it be full?
//!
//! Owns a straight line through the last two minutes. Refuses to draw it further than ten minutes ahead.

use inferno_plugin::{
    analyzer::{Evidence, Opportunity, Prediction, Severity},
    metrics::Unit,
    text::decimal,
};

use crate::{
    FULL, RUNNING, UTILIZATION, WINDOW, enlarge,
    window::{Step, Window, mean},
};

/// Seconds that the line is drawn through, and steps that it needs.
const PAST: f64 = 120.0;
const ENOUGH: usize = 12;
/// How much of what the values do the line must account for.
const FIT: f64 = 0.8;
/// The part of the cache below which there is time: an hour's load rises and falls by as much.
const NOTABLE: f64 = 0.6;
/// How much larger the cache should be.
const FACTOR: f64 = 2.0;

pub(crate) fn find(window: &Window) -> Option<Opportunity> {
    let now = window.steps.last()?;
    let steps: Vec<Step> = window.steps.iter().copied().filter(|step| step.at > now.at - PAST).collect();
    let line = Line::through(&steps).filter(|line| line.slope > 0.0 && line.fit >= FIT)?;
    let full_in = (1.0 - now.used) / line.slope;
    if steps.len() < ENOUGH || !(NOTABLE..FULL).contains(&now.used) || full_in > f64::from(WINDOW) {
        return None;
    }
    // By then today's cache would be full, so one of twice the size half full: against what is used now.
    let falls = 1.0 - 1.0 / (FACTOR * now.used);
    let seconds = full_in.round().max(1.0);
    let first = steps.first()?;
    let evidence = vec![
        Evidence::new(
            format!(
                "in {} s the cache filled by {} % of its size a minute",
                decimal(now.at - first.at, 0),
                decimal(line.slope * 6000.0, 1)
            ),
            UTILIZATION,
            now.used,
            Unit::Ratio,
        ),
        Evidence::new(
            "so many requests were running, on average",
            RUNNING,
            mean(&steps, |step| step.running),
            Unit::Requests,
        ),
    ];
    Some(Opportunity {
        id: window.id("cache-fills"),
        severity: if full_in <= PAST { Severity::Medium } else { Severity::Low },
        title: format!(
            "At this rate the key/value cache of {:.60} is full in {} s",
            window.model,
            decimal(seconds, 0)
        ),
        evidence,
        prediction: Prediction::decrease(UTILIZATION, falls, seconds as u32),
        action: enlarge(window, FACTOR),
    })
}

/// A line by least squares.
struct Line {
    /// By how much it rises in a second.
    slope: f64,
    /// Which part of the variance it accounts for.
    fit: f64,
}

impl Line {
    /// None where all steps are at one time, or the cache is equally full in all.
    fn through(steps: &[Step]) -> Option<Self> {
        let (at, used) = (mean(steps, |step| step.at), mean(steps, |step| step.used));
        let spread = mean(steps, |step| (step.at - at).powi(2));
        let variance = mean(steps, |step| (step.used - used).powi(2));
        let together = mean(steps, |step| (step.at - at) * (step.used - used));
        let line = Self { slope: together / spread, fit: together.powi(2) / (spread * variance) };
        (line.slope.is_finite() && line.fit.is_finite()).then_some(line)
    }
}
