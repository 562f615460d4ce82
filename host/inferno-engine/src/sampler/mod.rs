//! Chooses the next token from logits.
//!
//! Order: penalties → bias → temperature → top-k → top-p → min-p → one draw. Filters run in the order of Hugging Face
//! transformers' generation; each works on the distribution that the one before it left, renormalized. Greedy
//! requests stop after the bias and take the most likely token (of equal ones the lowest number).
//!
//! Sources: repetition penalty, Keskar et al. 2019 (CTRL), §4.1; frequency and presence penalties and logit bias,
//! the OpenAI API reference; temperature, Ackley et al. 1985; top-k, Fan et al. 2018; top-p, Holtzman et al. 2019;
//! min-p, Nguyen et al. 2024.
//!
//! Randomness comes from one ChaCha8 stream per request, one draw per token, so the same seed and the same logits
//! give the same text whoever shares the batch. Logits that are NaN or −∞ are never chosen.

mod exp;
mod filters;
mod largest;
mod logprobs;
mod penalties;
#[cfg(test)]
mod plainly;

use inferno_types::{SamplingParams, TokenId};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use filters::Candidates;
use largest::argmax;
pub(crate) use logprobs::logprob_of;
use penalties::History;

/// The sampling state of one request.
#[derive(Debug)]
pub(crate) struct Sampler {
    params: SamplingParams,
    history: History,
    rng: ChaCha8Rng,
}

/// Memory that samplers need while they choose, shared so that it is allocated once.
#[derive(Debug, Default)]
pub(crate) struct Scratch(Candidates);

/// All logits are NaN or −∞.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoPossibleToken;

impl Sampler {
    /// Without a seed of its own the request gets a fresh one from the operating system's randomness.
    pub(crate) fn new(params: SamplingParams, prompt: &[TokenId]) -> Self {
        let seed = params.get().seed.unwrap_or_else(|| rand::rng().random());
        let history = History::after_prompt(&params, prompt);
        Self { params, history, rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Chooses a token and remembers it. `logits` (one per token) are changed on the way.
    pub(crate) fn choose(
        &mut self,
        logits: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<TokenId, NoPossibleToken> {
        let spec = self.params.get();
        self.history.penalize(spec, logits);
        for (token, bias) in &spec.logit_bias {
            if let Some(logit) = logits.get_mut(token.index()) {
                *logit += bias;
            }
        }
        let most_likely = argmax(logits).ok_or(NoPossibleToken)?;
        let chosen = if self.params.is_greedy() {
            most_likely
        } else {
            let candidates = &mut scratch.0;
            candidates.weigh(logits, logits[most_likely.index()], spec.temperature, spec.top_k as usize);
            candidates.keep_top_k(spec.top_k as usize);
            candidates.keep_top_p(spec.top_p);
            candidates.keep_min_p(spec.min_p);
            candidates.draw(self.rng.random())
        };
        self.history.remember(chosen);
        Ok(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inferno_types::SamplingSpec;
    use proptest::prelude::*;

    fn sampler(spec: SamplingSpec) -> Sampler {
        Sampler::new(spec.try_into().unwrap(), &[])
    }

    fn draws(spec: &SamplingSpec, logits: &[f32], count: usize) -> Vec<u32> {
        let (mut sampler, mut scratch) = (sampler(spec.clone()), Scratch::default());
        (0..count).map(|_| sampler.choose(&mut logits.to_vec(), &mut scratch).unwrap().0).collect()
    }

    #[test]
    fn greedy_takes_the_first_of_the_largest() {
        let greedy = SamplingSpec { temperature: 0.0, ..Default::default() };
        for (logits, expected) in [
            (&[1.0, 3.0, 2.0][..], 1),
            (&[2.0, 2.0], 0),
            (&[f32::NAN, -5.0, f32::NAN], 1),
            (&[f32::NEG_INFINITY, -1e30], 1),
            (&[0.0, f32::INFINITY, f32::INFINITY], 1),
        ] {
            assert_eq!(draws(&greedy, logits, 1), [expected], "{logits:?}");
        }
    }

    #[test]
    fn nothing_possible_is_an_answer() {
        for temperature in [0.0, 1.0] {
            for logits in
                [&[f32::NAN, f32::NAN][..], &[f32::NEG_INFINITY], &[f32::NAN, f32::NEG_INFINITY], &[]]
            {
                let mut sampler = sampler(SamplingSpec { temperature, ..Default::default() });
                let chosen = sampler.choose(&mut logits.to_vec(), &mut Scratch::default());
                assert_eq!(chosen, Err(NoPossibleToken), "{logits:?}");
            }
        }
    }

    #[test]
    fn a_bias_moves_the_choice() {
        let spec = SamplingSpec {
            temperature: 0.0,
            logit_bias: [(TokenId(0), 3.0), (TokenId(2), -100.0)].into(),
            ..Default::default()
        };
        assert_eq!(draws(&spec, &[1.0, 3.5, 90.0], 1), [0]);
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_does_not() {
        let logits = [0.0; 64];
        let with = |seed| SamplingSpec { seed: Some(seed), ..Default::default() };
        assert_eq!(draws(&with(7), &logits, 32), draws(&with(7), &logits, 32));
        assert_ne!(draws(&with(7), &logits, 32), draws(&with(8), &logits, 32));
        let fresh = SamplingSpec::default();
        assert_ne!(draws(&fresh, &logits, 32), draws(&fresh, &logits, 32));
    }

    /// The stream is part of the promise "same seed, same text": it must not change with a dependency.
    #[test]
    fn the_draws_of_a_seed_are_fixed() {
        let spec = SamplingSpec { seed: Some(1), ..Default::default() };
        assert_eq!(draws(&spec, &[0.0; 1000], 4), [402, 80, 596, 219]);
    }

    /// 20,000 draws from known probabilities: each frequency within four standard deviations. The seed is fixed, so
    /// the test says the same every time.
    #[test]
    fn draws_follow_the_distribution() {
        let probabilities = [0.5_f32, 0.3, 0.15, 0.05];
        let logits = probabilities.map(f32::ln);
        let spec = SamplingSpec { seed: Some(3), ..Default::default() };
        let all = draws(&spec, &logits, 20_000);
        for (token, p) in probabilities.iter().enumerate() {
            let share = all.iter().filter(|t| **t == token as u32).count() as f32 / 20_000.0;
            let deviation = (p * (1.0 - p) / 20_000.0).sqrt();
            assert!((share - p).abs() < 4.0 * deviation, "token {token}: {share} of {p}");
        }
    }

    fn any_logit() -> impl Strategy<Value = f32> {
        prop_oneof![
            4 => -20.0_f32..20.0,
            1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0, -0.0]),
        ]
    }

    proptest! {
        #[test]
        fn never_panics_and_never_chooses_the_impossible(
            logits in prop::collection::vec(any_logit(), 1..40),
            temperature in prop_oneof![Just(0.0_f32), Just(f32::MIN_POSITIVE), 0.01_f32..2.0],
            top_k in 0_u32..50,
            top_p in 0.001_f32..=1.0,
            min_p in 0.0_f32..=1.0,
            repetition_penalty in prop_oneof![Just(f32::MIN_POSITIVE), Just(1.0_f32), 0.1_f32..10.0],
            presence_penalty in -2.0_f32..=2.0,
        ) {
            let spec = SamplingSpec { temperature, top_k, top_p, min_p, repetition_penalty, presence_penalty, ..Default::default() };
            let (mut sampler, mut scratch) = (sampler(spec), Scratch::default());
            let possible = logits.iter().any(|l| *l > f32::NEG_INFINITY);
            for _ in 0..4 {
                match sampler.choose(&mut logits.clone(), &mut scratch) {
                    Ok(token) => prop_assert!(logits[token.index()] > f32::NEG_INFINITY),
                    // A penalty can push the least finite number to −∞.
                    Err(NoPossibleToken) => prop_assert!(!possible || logits.contains(&f32::MIN)),
                }
            }
        }
    }
}
