//! How long a step may read prompts while answers wait for it.
//!
//! At a steady pace a step takes at most so many times what its answers take. In haste, when short prompts or several wait
//! for their first token, it may take as long as nobody minds who reads along.
//!
//! What answers take by themselves is learnt from steps before which nothing was read, since reading leaves the caches in
//! another state: a straight line through their number, corrected each time by a fraction of what it was wrong by (normalized
//! least mean squares, Widrow and Hoff 1960). So it follows the machine, the depth of the contexts and whatever else runs
//! beside us; for that a step now and then reads nothing. A step that took far longer than expected was held up by something
//! else, and counts as one that took somewhat longer. Pure policy: durations come in, a duration comes out; no clock is read
//! here, and what can be read in that time is for the executor to find out.

use std::time::Duration;

use crate::{HastyStep, LatencyBudget};

/// How much of an error is corrected at once.
const RATE: f64 = 0.2;
/// An outlier counts as at most this much longer than expected, in parts of it.
const MOST_SURPRISE: f64 = 0.5;
/// After so many steps in a row that read prompts one reads nothing, to see again what answers take by themselves.
const LONGEST_BLIND: u32 = 32;
/// The number of answers at which they weigh as much as the step itself.
const ANSWERS: f64 = 8.0;
/// How many times as long as its answers a step may take in haste, on a machine that is too slow for the time that is fixed.
const HASTE: f64 = 2.0;

/// How much answers give way to prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A step is longer by a ratio.
    Steady,
    /// It takes a time that is fixed, or [`HASTE`] times what its answers take, whichever is longer.
    Hasty,
}

/// What steps may take.
#[derive(Debug, Clone)]
pub(crate) struct StepBudget {
    budget: LatencyBudget,
    /// What a step may take in haste, in seconds.
    hasty_step: f64,
    /// As far as it is known.
    answers: Option<AnswerCost>,
    /// Steps in a row that read prompts.
    blind: u32,
}

/// What answers take, in seconds: a step for itself, and each [`ANSWERS`] of them.
#[derive(Debug, Clone, Copy)]
struct AnswerCost {
    step: f64,
    each: f64,
}

impl StepBudget {
    pub(crate) fn new(budget: LatencyBudget, hasty_step: HastyStep) -> Self {
        Self { budget, hasty_step: hasty_step.get().as_secs_f64(), answers: None, blind: 0 }
    }

    /// How long prompts may be read in a step whose `answers` answers took so long; none, when they should not be in this one.
    /// Without answers nobody waits and there is no limit; while nothing is known of them, as little as can be.
    pub(crate) fn for_prompts(&mut self, answers: u32, took: Duration, pace: Pace) -> Option<Duration> {
        if answers > 0 && self.blind >= LONGEST_BLIND {
            self.blind = 0;
            return None;
        }
        self.blind += 1;
        if answers == 0 {
            return Some(Duration::MAX);
        }
        let Some(cost) = &self.answers else { return Some(Duration::ZERO) };
        let without = cost.of(answers);
        let steady = without * self.budget.get();
        let allowed = match pace {
            Pace::Steady => steady,
            // No time in haste: the budget holds.
            Pace::Hasty if self.hasty_step == 0.0 => steady,
            Pace::Hasty => steady.max(self.hasty_step).max(without * HASTE),
        };
        Some(Duration::try_from_secs_f64(allowed).unwrap_or_default().saturating_sub(took))
    }

    /// Takes note of a step with nothing to read.
    pub(crate) fn nothing_to_read(&mut self) {
        self.blind = 0;
    }

    /// Takes note of what `answers` answers took in the next step.
    pub(crate) fn learn(&mut self, answers: u32, took: Duration) {
        let took = took.as_secs_f64();
        match &mut self.answers {
            Some(cost) if self.blind == 0 => cost.correct(answers, took),
            Some(_) => {}
            None => self.answers = Some(AnswerCost { step: took, each: 0.0 }),
        }
    }
}

impl AnswerCost {
    fn of(&self, answers: u32) -> f64 {
        self.step + self.each * f64::from(answers) / ANSWERS
    }

    fn correct(&mut self, answers: u32, took: f64) {
        let expected = self.of(answers);
        let weight = f64::from(answers) / ANSWERS;
        let wrong = (took - expected).min(expected * MOST_SURPRISE);
        let pull = RATE * wrong / (1.0 + weight * weight);
        // As much as is asked for at this number of answers, divided between both.
        self.step = (self.step + pull).max(0.0);
        self.each = (self.each + pull * weight).max(0.0);
    }
}

#[cfg(test)]
mod tests;
