//! How many prompt tokens a step may read while answers wait for it.
//!
//! At a steady pace a step takes at most so many times what it takes without prompts. In haste, when short prompts or
//! several wait for their first token, it may take as long as nobody minds who reads along. What either costs is learnt on
//! its own, since a few tokens cost more each than many.
//!
//! What a step with answers alone takes is learnt from such steps: a straight line through their number, corrected each
//! time by a fraction of what it was wrong by (normalized least mean squares, Widrow and Hoff 1960). What a prompt
//! token adds is learnt from the steps that read some: an exponential average of the time above that line, per
//! token. So both follow the machine, the depth of the contexts and whatever else runs beside us. A step that took far
//! longer than expected was held up by something else, and counts as one that took somewhat longer. Pure policy:
//! durations come in, a number comes out; no clock is read here.

use std::time::Duration;

use inferno_backend::Phases;

use crate::{HastyStep, LatencyBudget};

/// Tokens that prompts get in any step where they share tiles with answers, so that they are read however tight the budget is.
pub(crate) const LEAST_PREFILL: u32 = 4;

/// Backends compute rows in tiles of about this many, and a tile begun is paid for.
const TILE: u32 = 16;

/// How much of an error is corrected at once.
const RATE: f64 = 0.2;
/// An outlier counts as at most this much longer than expected, in parts of it.
const MOST_SURPRISE: f64 = 0.5;
/// A step with so many prompt tokens corrects half of an error at once.
const HALF: f64 = 64.0;
/// The number of answers at which they weigh as much as the step itself.
const ANSWERS: f64 = 8.0;
/// How much a step may be beyond the budget before it is a lesson.
const TOLERANCE: f64 = 1.05;
/// Steps for which a lesson is remembered.
const MEMORY: u32 = 128;
/// After so many steps with prompts in a row one reads a single token of them, to see again what a step without takes.
/// One and not [`LEAST_PREFILL`]: if every step read as many, nothing would tell the step's cost from theirs.
const LONGEST_BLIND: u32 = 32;

/// How many times as long as without prompts a step may be in haste. Prompts cost something before the first of their tokens
/// is read, since weights are fetched, and on some devices unpacked, for them: on a slow machine less time would go to that
/// alone.
const HASTE: f64 = 2.0;

/// How much answers give way to prompts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A step is longer by a ratio.
    #[default]
    Steady,
    /// It takes a time that is fixed, or [`HASTE`] times what it takes without prompts, whichever is longer.
    Hasty,
}

/// What steps cost, in seconds, as far as it is known.
#[derive(Debug, Clone)]
pub(crate) struct StepBudget {
    /// What prompts may add, in parts of the step without.
    room: f64,
    phases: Phases,
    /// What a step may take in haste.
    hasty_step: f64,
    answers: Option<AnswerCost>,
    /// Of a prompt token in a step without answers: more than beside some, since the step itself is in it.
    token: Option<f64>,
    steady: Reading,
    hasty: Reading,
    /// Steps with prompts since the last that showed what one without takes.
    blind: u32,
}

/// What reading at one pace costs.
#[derive(Debug, Clone, Default)]
struct Reading {
    /// Of one more prompt token.
    token: Option<f64>,
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
    pub(crate) fn new(budget: LatencyBudget, hasty_step: HastyStep, phases: Phases) -> Self {
        Self {
            room: budget.get() - 1.0,
            phases,
            hasty_step: hasty_step.get().as_secs_f64(),
            answers: None,
            token: None,
            steady: Reading::default(),
            hasty: Reading::default(),
            blind: 0,
        }
    }

    /// Prompt tokens that may be read in a step with `answers` answers: at least some, or one now and then to measure.
    /// Without answers nobody waits and there is no limit.
    pub(crate) fn prefill_tokens(&self, answers: u32, pace: Pace) -> u32 {
        if answers == 0 {
            return u32::MAX;
        }
        let reading = self.reading(pace);
        let token = reading.token.or(self.steady.token).or(self.token);
        let (Some(cost), Some(token)) = (&self.answers, token) else { return self.least(pace) };
        if self.blind >= LONGEST_BLIND {
            return 1;
        }
        let room = self.allowed(cost.of(answers), pace) - cost.of(answers);
        let fit = room / token.max(1e-12);
        match self.phases {
            Phases::Alike => reading.tokens(fit, answers),
            // Tiles of their own, which a whole step's weights are unpacked for.
            Phases::Apart => (reading.most_of(fit) / TILE * TILE).max(self.least(pace)),
        }
    }

    /// Tokens that prompts get in any step. Where they are computed in tiles of their own, the first costs as much as a
    /// tile, and in haste more must be read for what it costs to begin.
    fn least(&self, pace: Pace) -> u32 {
        match (self.phases, pace) {
            (Phases::Alike, _) => LEAST_PREFILL,
            (Phases::Apart, Pace::Steady) => TILE,
            (Phases::Apart, Pace::Hasty) => 2 * TILE,
        }
    }

    /// How long a step may take that takes `without` without prompts.
    fn allowed(&self, without: f64, pace: Pace) -> f64 {
        let steady = without * (1.0 + self.room);
        match pace {
            Pace::Steady => steady,
            // No time in haste: the budget holds.
            Pace::Hasty if self.hasty_step == 0.0 => steady,
            Pace::Hasty => steady.max(self.hasty_step).max(without * HASTE),
        }
    }

    fn reading(&self, pace: Pace) -> &Reading {
        match pace {
            Pace::Steady => &self.steady,
            Pace::Hasty => &self.hasty,
        }
    }

    /// Takes note of a step with `answers` answers and `tokens` prompt tokens.
    pub(crate) fn learn(&mut self, answers: u32, tokens: u32, pace: Pace, took: Duration) {
        let took = took.as_secs_f64();
        match (answers, tokens) {
            (0, 0) => {}
            // Good to begin with.
            (0, _) => self.token = self.token.or(Some(took / f64::from(tokens))),
            (_, 0) => self.learn_answers(answers, took),
            (_, _) => self.learn_tokens(answers, tokens, pace, took),
        }
    }

    fn learn_answers(&mut self, answers: u32, took: f64) {
        self.blind = 0;
        match &mut self.answers {
            Some(cost) => cost.correct(answers, took),
            None => self.answers = Some(AnswerCost { step: took, each: 0.0 }),
        }
    }

    fn learn_tokens(&mut self, answers: u32, tokens: u32, pace: Pace, took: f64) {
        let Some(cost) = &self.answers else {
            // The fewest tokens were read, since nothing was known: near enough to begin with.
            return self.learn_answers(answers, took);
        };
        let without = cost.of(answers);
        let known = self.reading(pace).token.or(self.steady.token).or(self.token);
        if self.blind >= LONGEST_BLIND && tokens == 1 {
            return self.learn_answers(answers, (took - known.unwrap_or_default()).max(0.0));
        }
        self.blind += 1;
        let allowed = self.allowed(without, pace);
        let reading = match pace {
            Pace::Steady => &mut self.steady,
            Pace::Hasty => &mut self.hasty,
        };
        reading.token = reading.token.or(known);
        reading.tried = tokens.max(reading.tried / 2);
        reading.take_lesson(tokens, took / allowed);
        reading.learn(tokens, without, took);
    }
}

impl Reading {
    /// So many are tried at most.
    fn most(&self) -> u32 {
        self.lesson.map_or(u32::MAX, |lesson| lesson.tokens - 1).min(2 * self.tried + TILE)
    }

    fn most_of(&self, fit: f64) -> u32 {
        (fit.min(1e6) as u32).min(self.most())
    }

    /// How many tokens are tried beside `answers` answers where `fit` are thought to fit.
    fn tokens(&self, fit: f64, answers: u32) -> u32 {
        let most = self.most();
        let tokens = self.most_of(fit);
        let rows = answers + tokens;
        if rows <= TILE {
            return tokens.max(LEAST_PREFILL);
        }
        // Whole tiles, and the rest of one that is paid for in any case.
        let whole = |rows: u32| rows.saturating_sub(answers);
        match whole(rows / TILE * TILE) {
            few if few < LEAST_PREFILL && tokens >= LEAST_PREFILL => {
                whole(rows.next_multiple_of(TILE)).min(most)
            }
            tokens => tokens.max(LEAST_PREFILL),
        }
    }

    fn learn(&mut self, tokens: u32, without: f64, took: f64) {
        let each = |took: f64| (took - without).max(0.0) / f64::from(tokens);
        self.token = Some(match self.token {
            None => each(took),
            Some(token) => {
                let expected = without + token * f64::from(tokens);
                let wrong = each(took.min(expected * (1.0 + MOST_SURPRISE))) - token;
                // The fewer tokens, the more of the difference is chance.
                token + wrong * f64::from(tokens) / (f64::from(tokens) + HALF)
            }
        });
    }

    /// Notes that a step with `tokens` took `ratio` times what is allowed, or forgets what was noted long ago. Once is
    /// chance, since whatever else runs on the machine holds steps up too: it takes a second time before one with as many
    /// tokens keeps to the budget. What lies far beyond is chance in any case.
    fn take_lesson(&mut self, tokens: u32, ratio: f64) {
        if let Some(lesson) = &mut self.lesson {
            lesson.left -= 1;
            if lesson.left == 0 {
                self.lesson = None;
            }
        }
        if ratio <= TOLERANCE {
            self.doubt = self.doubt.filter(|doubt| *doubt > tokens);
        } else if ratio < 1.0 + MOST_SURPRISE && tokens > LEAST_PREFILL {
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
