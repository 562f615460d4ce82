//! How tokens per second grow with the requests that run at once.
//!
//! Owns the comparison of the steps in which few ran with those in which many did. Refuses to compare what hardly
//! differs.

use crate::window::{Step, Window, mean};

/// How many times as many must have run in the fullest steps as in the emptiest.
const APART: f64 = 1.5;

/// The third of the steps in which the fewest ran, against that in which the most did.
pub(crate) struct Scaling {
    pub(crate) few: Group,
    pub(crate) many: Group,
    /// Tokens per second grow as this power of the requests at once: 1 is as much for each, 0 is nothing for any more.
    pub(crate) exponent: f64,
}

/// The means over a third of the steps.
pub(crate) struct Group {
    pub(crate) running: f64,
    pub(crate) rate: f64,
}

impl Group {
    fn of(steps: &[Step]) -> Self {
        Self { running: mean(steps, |step| step.running), rate: mean(steps, |step| step.rate) }
    }

    /// Seconds between two tokens of one answer.
    pub(crate) fn between_tokens(&self) -> f64 {
        self.running / self.rate
    }
}

impl Scaling {
    /// None where about as many ran all the time, or no tokens came.
    pub(crate) fn of(window: &Window) -> Option<Self> {
        let mut steps = window.steps.clone();
        steps.sort_by(|a, b| a.running.total_cmp(&b.running));
        let third = steps.len() / 3;
        let (few, many) = (Group::of(&steps[..third]), Group::of(&steps[steps.len() - third..]));
        let exponent = (many.rate / few.rate).ln() / (many.running / few.running).ln();
        (many.running >= few.running * APART && exponent.is_finite()).then_some(Self { few, many, exponent })
    }
}
