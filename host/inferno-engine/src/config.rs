//! The sizes an engine is run with.

use std::{num::NonZeroU32, time::Duration};

/// How much an engine takes on at once. Every combination is valid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngineConfig {
    /// Tokens that are read together, of one prompt or of several; a step reads a part of the work for all of them. Larger:
    /// prompts are read faster. Smaller: a new one begins to be read sooner.
    pub max_batch_tokens: NonZeroU32,
    /// Those of one prompt among them, so that a long prompt leaves room for a short one behind it.
    pub prefill_chunk: NonZeroU32,
    /// Requests that run at once. Every running answer gets its token in every step.
    pub max_sequences: NonZeroU32,
    /// Requests that wait beyond those that run; the next one is refused.
    pub max_waiting: u32,
    /// How long prompts may make a step while answers wait for it.
    pub latency_budget: LatencyBudget,
    /// How long a step may take in any case when short prompts, or several, wait for their first token.
    pub hasty_step: HastyStep,
    /// Whether what one request computed serves others that begin with the same tokens.
    pub prefix_reuse: bool,
}

/// How much longer than a step without prompts a step may take while answers are being written, as a ratio from 1 to
/// 100. Larger: prompts are read faster. Smaller: running answers stutter less while a prompt is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyBudget(f64);

impl LatencyBudget {
    /// The largest, which is as good as none.
    pub const MOST: f64 = 100.0;

    /// The ratio.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Default for LatencyBudget {
    fn default() -> Self {
        Self(1.3)
    }
}

impl TryFrom<f64> for LatencyBudget {
    type Error = InvalidConfig;

    fn try_from(ratio: f64) -> Result<Self, Self::Error> {
        if (1.0..=Self::MOST).contains(&ratio) {
            Ok(Self(ratio))
        } else {
            Err(InvalidConfig::LatencyBudget { found: ratio })
        }
    }
}

/// How long a step may take while answers are being written and short prompts, or several, wait for their first token:
/// up to a second. 0 leaves it at the latency budget. Larger: first tokens come sooner when many ask at once. Smaller:
/// running answers stutter less meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HastyStep(Duration);

impl HastyStep {
    /// The longest.
    pub const MOST: Duration = Duration::from_secs(1);

    /// The time.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl Default for HastyStep {
    /// Eighty tokens a second: nobody sees more.
    fn default() -> Self {
        Self(Duration::from_millis(12))
    }
}

impl TryFrom<Duration> for HastyStep {
    type Error = InvalidConfig;

    fn try_from(time: Duration) -> Result<Self, Self::Error> {
        if time <= Self::MOST { Ok(Self(time)) } else { Err(InvalidConfig::HastyStep { found: time }) }
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        let size = |n| NonZeroU32::new(n).expect("the default sizes below are not zero");
        Self {
            max_batch_tokens: size(512),
            prefill_chunk: size(512),
            max_sequences: size(32),
            max_waiting: 256,
            latency_budget: LatencyBudget::default(),
            hasty_step: HastyStep::default(),
            prefix_reuse: true,
        }
    }
}

/// A size that no engine can be run with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidConfig {
    /// Below 1 a step would have to be faster than without prompts.
    #[error("a latency budget is a ratio from 1 to {}, not {found}", LatencyBudget::MOST)]
    LatencyBudget {
        /// What was given.
        found: f64,
    },
    /// Answers would stand still.
    #[error("a step may take up to {} ms in haste, not {}", HastyStep::MOST.as_millis(), found.as_millis())]
    HastyStep {
        /// What was given.
        found: Duration,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_budget_is_a_ratio_of_at_least_one() {
        for ratio in [1.0, 1.4, 100.0] {
            assert_eq!(LatencyBudget::try_from(ratio).unwrap().get(), ratio);
        }
        for ratio in [0.99, -1.0, 100.1, f64::INFINITY, f64::NAN] {
            assert!(LatencyBudget::try_from(ratio).is_err(), "{ratio}");
        }
    }

    #[test]
    fn a_hasty_step_is_a_second_at_most() {
        for ms in [0, 20, 1000] {
            let time = Duration::from_millis(ms);
            assert_eq!(HastyStep::try_from(time).unwrap().get(), time);
        }
        let error = HastyStep::try_from(Duration::from_millis(1001)).unwrap_err();
        assert_eq!(error.to_string(), "a step may take up to 1000 ms in haste, not 1001");
    }
}
