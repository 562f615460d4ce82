//! How many prompt tokens a step may read while answers wait for it.
//!
//! What a step with answers alone takes is learnt from such steps: a straight line through their number, corrected each
//! time by a fraction of what it was wrong by (normalized least mean squares, Widrow and Hoff 1960). What a prompt
//! token adds is learnt from the steps that read some: an exponential average of the time above that line, per
//! token. So both follow the machine, the depth of the contexts and whatever else runs beside us. A step that took far
//! longer than expected was held up by something else, and counts as one that took somewhat longer. Pure policy:
//! durations come in, a number comes out; no clock is read here.

use std::time::Duration;

use crate::LatencyBudget;

/// Tokens that prompts get in any step, so that they are read however tight the budget is.
pub(crate) const LEAST_PREFILL: u32 = 4;

/// Backends compute rows in tiles of about this many, and a tile begun is paid for.
const TILE: u32 = 16;

/// How much of an error is corrected at once.
const RATE: f64 = 0.2;
/// An outlier counts as at most this much longer than expected, in parts of it.
const MOST_SURPRISE: f64 = 0.5;
/// The number of answers at which they weigh as much as the step itself.
const ANSWERS: f64 = 8.0;
/// How much a step may be beyond the budget before it is a lesson.
const TOLERANCE: f64 = 1.05;
/// Steps for which a lesson is remembered.
const MEMORY: u32 = 128;
/// After so many steps with prompts in a row one reads a single token of them, to see again what a step without takes.
/// One and not [`LEAST_PREFILL`]: if every step read as many, nothing would tell the step's cost from theirs.
const LONGEST_BLIND: u32 = 32;

/// What steps cost, in seconds, as far as it is known.
#[derive(Debug, Clone)]
pub(crate) struct StepBudget {
    /// What prompts may add, in parts of the step without.
    room: f64,
    answers: Option<AnswerCost>,
    /// Of one more prompt token.
    token: Option<f64>,
    /// Steps with prompts since the last that showed what one without takes.
    blind: u32,
    /// About the most prompt tokens that were tried of late; not much more than twice as many are tried next.
    tried: u32,
    /// So many were too much, once.
    doubt: Option<u32>,
    /// What was too much again.
    lesson: Option<Lesson>,
}

/// So many prompt tokens took longer than the budget: where rows are computed in tiles, one more tile costs at once what
/// the tokens in it cost together, and an average per token never tells.
#[derive(Debug, Clone, Copy)]
struct Lesson {
    tokens: u32,
    /// Steps for which it is remembered.
    left: u32,
}

/// What a step without prompts takes: for itself, and for each [`ANSWERS`] answers.
#[derive(Debug, Clone, Copy)]
struct AnswerCost {
    step: f64,
    each: f64,
}

impl StepBudget {
    pub(crate) fn new(budget: LatencyBudget) -> Self {
        Self {
            room: budget.get() - 1.0,
            answers: None,
            token: None,
            blind: 0,
            tried: 0,
            doubt: None,
            lesson: None,
        }
    }

    /// Prompt tokens that may be read in a step with `answers` answers: at least [`LEAST_PREFILL`], or one now and then
    /// to measure. Without answers nobody waits and there is no limit.
    pub(crate) fn prefill_tokens(&self, answers: u32) -> u32 {
        if answers == 0 {
            return u32::MAX;
        }
        let (Some(cost), Some(token)) = (&self.answers, self.token) else { return LEAST_PREFILL };
        if self.blind >= LONGEST_BLIND {
            return 1;
        }
        let tokens = (cost.of(answers) * self.room / token.max(1e-12)).min(1e6) as u32;
        let most = self.lesson.map_or(u32::MAX, |lesson| lesson.tokens - 1);
        let tokens = tokens.min(2 * self.tried + TILE).min(most);
        // Whole tiles, where there is more than one.
        let rows = answers + tokens;
        let tokens = if rows > TILE { (rows / TILE * TILE).saturating_sub(answers) } else { tokens };
        tokens.max(LEAST_PREFILL)
    }

    /// Takes note of a step with `answers` answers and `tokens` prompt tokens.
    pub(crate) fn learn(&mut self, answers: u32, tokens: u32, took: Duration) {
        let took = took.as_secs_f64();
        match (answers, tokens) {
            (0, 0) => {}
            // More than a token costs beside answers, since the step itself is in it: good to begin with.
            (0, _) => self.token = self.token.or(Some(took / f64::from(tokens))),
            (_, 0) => self.learn_answers(answers, took),
            (_, _) => self.learn_tokens(answers, tokens, took),
        }
    }

    fn learn_answers(&mut self, answers: u32, took: f64) {
        self.blind = 0;
        match &mut self.answers {
            Some(cost) => cost.correct(answers, took),
            None => self.answers = Some(AnswerCost { step: took, each: 0.0 }),
        }
    }

    fn learn_tokens(&mut self, answers: u32, tokens: u32, took: f64) {
        let Some(cost) = &self.answers else { return };
        let without = cost.of(answers);
        self.tried = tokens.max(self.tried / 2);
        if self.blind >= LONGEST_BLIND && tokens == 1 {
            return self.learn_answers(answers, (took - self.token.unwrap_or_default()).max(0.0));
        }
        self.blind += 1;
        self.take_lesson(tokens, took / without);
        let each = |took: f64| (took - without).max(0.0) / f64::from(tokens);
        self.token = Some(match self.token {
            None => each(took),
            Some(token) => {
                let expected = without + token * f64::from(tokens);
                let wrong = each(took.min(expected * (1.0 + MOST_SURPRISE))) - token;
                // The fewer tokens, the more of the difference is chance.
                token + RATE * wrong * f64::from(tokens.min(TILE)) / f64::from(TILE)
            }
        });
    }
}

impl StepBudget {
    /// Notes that `tokens` made a step `ratio` times as long as one without, or forgets what was noted long ago. Once is
    /// chance, since whatever else runs on the machine holds steps up too: it takes a second time before one with as many
    /// tokens keeps to the budget. What lies far beyond is chance in any case.
    fn take_lesson(&mut self, tokens: u32, ratio: f64) {
        let allowed = 1.0 + self.room;
        if let Some(lesson) = &mut self.lesson {
            lesson.left -= 1;
            if lesson.left == 0 {
                self.lesson = None;
            }
        }
        if ratio <= allowed * TOLERANCE {
            self.doubt = self.doubt.filter(|doubt| *doubt > tokens);
        } else if ratio < allowed * (1.0 + MOST_SURPRISE) && tokens > LEAST_PREFILL {
            match self.doubt {
                Some(doubt) if doubt <= tokens => {
                    self.lesson = Some(Lesson { tokens, left: MEMORY });
                    self.doubt = None;
                }
                _ => self.doubt = Some(tokens),
            }
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
