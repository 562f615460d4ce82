//! Discourages tokens that occurred before.
//!
//! The repetition penalty looks at prompt and answer, frequency and presence at the answer alone, as their inventors
//! (CTRL; OpenAI) have it.

use std::collections::HashMap;

use inferno_types::{SamplingParams, SamplingSpec, TokenId};

/// What occurred so far in one request. Remembers nothing when no penalty asks for it.
#[derive(Debug)]
pub(super) enum History {
    /// No penalty is in force.
    Ignored,
    /// For each token seen, how often it was generated; 0 when it stands in the prompt only.
    Counted(HashMap<TokenId, u32>),
}

impl History {
    pub(super) fn after_prompt(params: &SamplingParams, prompt: &[TokenId]) -> Self {
        let spec = params.get();
        let repetition = spec.repetition_penalty != 1.0;
        match (repetition, spec.frequency_penalty != 0.0 || spec.presence_penalty != 0.0) {
            (false, false) => Self::Ignored,
            (false, true) => Self::Counted(HashMap::new()),
            (true, _) => Self::Counted(prompt.iter().map(|t| (*t, 0)).collect()),
        }
    }

    pub(super) fn remember(&mut self, generated: TokenId) {
        if let Self::Counted(counts) = self {
            *counts.entry(generated).or_default() += 1;
        }
    }

    /// Applies all three to `logits`. Each token's logit is changed on its own, so the order of the map is of no
    /// consequence.
    pub(super) fn penalize(&self, spec: &SamplingSpec, logits: &mut [f32]) {
        let Self::Counted(counts) = self else { return };
        for (token, &count) in counts {
            let Some(logit) = logits.get_mut(token.index()) else { continue };
            // Either way a penalty above 1 makes the token less likely.
            if *logit > 0.0 {
                *logit /= spec.repetition_penalty;
            } else {
                *logit *= spec.repetition_penalty;
            }
            if count > 0 {
                *logit -= count as f32 * spec.frequency_penalty + spec.presence_penalty;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prompt `[0, 1]`, answer `[1, 2, 2]`; all logits before: `[2, -2, 2, 2]`.
    fn check(spec: SamplingSpec, expected: [f32; 4]) {
        let params = SamplingParams::try_from(spec).unwrap();
        let mut history = History::after_prompt(&params, &[TokenId(0), TokenId(1)]);
        for token in [1, 2, 2] {
            history.remember(TokenId(token));
        }
        let mut logits = [2.0, -2.0, 2.0, 2.0];
        history.penalize(params.get(), &mut logits);
        assert_eq!(logits, expected, "{:?}", params.get());
    }

    #[test]
    fn each_penalty_does_what_its_source_says() {
        let none = SamplingSpec::default();
        check(none.clone(), [2.0, -2.0, 2.0, 2.0]);
        check(SamplingSpec { repetition_penalty: 2.0, ..none.clone() }, [1.0, -4.0, 1.0, 2.0]);
        check(SamplingSpec { frequency_penalty: 0.5, ..none.clone() }, [2.0, -2.5, 1.0, 2.0]);
        check(SamplingSpec { presence_penalty: 0.5, ..none.clone() }, [2.0, -2.5, 1.5, 2.0]);
        let all =
            SamplingSpec { repetition_penalty: 2.0, frequency_penalty: 1.0, presence_penalty: -2.0, ..none };
        check(all, [1.0, -3.0, 1.0, 2.0]);
    }
}
