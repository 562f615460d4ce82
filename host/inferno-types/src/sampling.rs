//! How the next token is chosen from the logits, as a request asks for it.
//!
//! Owns the ranges. Refuses to sample: `inferno-engine` does that, and may rely on every range here.

use std::collections::BTreeMap;

use crate::TokenId;

/// What a request says, unchecked: every field optional in the API has its default here.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingSpec {
    /// 0 is greedy; up to 2.
    pub temperature: f32,
    /// Keep the `k` most likely tokens; 0 keeps all.
    pub top_k: u32,
    /// Keep the smallest set of tokens whose probability reaches this; in (0, 1].
    pub top_p: f32,
    /// Drop tokens less likely than this fraction of the most likely one; in [0, 1].
    pub min_p: f32,
    /// Divides positive and multiplies negative logits of tokens seen before (CTRL, Keskar et al. 2019); in (0, 10].
    pub repetition_penalty: f32,
    /// Subtracted once per earlier occurrence in the generated text; in [−2, 2].
    pub frequency_penalty: f32,
    /// Subtracted once for tokens that occurred in the generated text; in [−2, 2].
    pub presence_penalty: f32,
    /// Same seed, same text. Absent: a fresh seed for each request.
    pub seed: Option<u64>,
    /// Added to the logits of these tokens; each in [−100, 100].
    pub logit_bias: BTreeMap<TokenId, f32>,
}

impl Default for SamplingSpec {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            frequency_penalty: 0.0,
            presence_penalty: 0.0,
            seed: None,
            logit_bias: BTreeMap::new(),
        }
    }
}

/// Sampling parameters whose every value is in range.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingParams(SamplingSpec);

impl SamplingParams {
    /// Always the most likely token.
    pub fn greedy() -> Self {
        Self(SamplingSpec { temperature: 0.0, ..SamplingSpec::default() })
    }

    /// The checked values.
    pub fn get(&self) -> &SamplingSpec {
        &self.0
    }

    /// Whether the most likely token is always chosen.
    pub fn is_greedy(&self) -> bool {
        self.0.temperature == 0.0
    }
}

impl TryFrom<SamplingSpec> for SamplingParams {
    type Error = InvalidSampling;

    fn try_from(spec: SamplingSpec) -> Result<Self, Self::Error> {
        // `contains` is false for NaN, so NaN is refused everywhere.
        let within = |field, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(InvalidSampling { field, value, low, high })
            }
        };
        within("temperature", spec.temperature, 0.0, 2.0)?;
        within("top_p", spec.top_p, f32::MIN_POSITIVE, 1.0)?;
        within("min_p", spec.min_p, 0.0, 1.0)?;
        within("repetition_penalty", spec.repetition_penalty, f32::MIN_POSITIVE, 10.0)?;
        within("frequency_penalty", spec.frequency_penalty, -2.0, 2.0)?;
        within("presence_penalty", spec.presence_penalty, -2.0, 2.0)?;
        for bias in spec.logit_bias.values() {
            within("logit_bias", *bias, -100.0, 100.0)?;
        }
        Ok(Self(spec))
    }
}

/// A sampling parameter outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{field}` must lie between {low} and {high}, but is {value}")]
pub struct InvalidSampling {
    /// The parameter, as the API spells it.
    pub field: &'static str,
    /// What was given.
    pub value: f32,
    /// The smallest allowed value.
    pub low: f32,
    /// The largest allowed value.
    pub high: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_out_of_range() {
        let cases = [
            ("temperature", SamplingSpec { temperature: f32::NAN, ..Default::default() }),
            ("temperature", SamplingSpec { temperature: -0.1, ..Default::default() }),
            ("top_p", SamplingSpec { top_p: 0.0, ..Default::default() }),
            ("min_p", SamplingSpec { min_p: 1.5, ..Default::default() }),
            ("repetition_penalty", SamplingSpec { repetition_penalty: 0.0, ..Default::default() }),
            ("frequency_penalty", SamplingSpec { frequency_penalty: 3.0, ..Default::default() }),
            ("presence_penalty", SamplingSpec { presence_penalty: f32::INFINITY, ..Default::default() }),
            ("logit_bias", SamplingSpec { logit_bias: [(TokenId(1), 101.0)].into(), ..Default::default() }),
        ];
        for (field, spec) in cases {
            assert_eq!(SamplingParams::try_from(spec).unwrap_err().field, field);
        }
        assert!(SamplingParams::try_from(SamplingSpec::default()).is_ok());
    }
}
