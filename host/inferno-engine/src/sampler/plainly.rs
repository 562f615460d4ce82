//! The sampler against its definition: everything weighed, everything sorted, one filter after the other.

use std::cmp::Reverse;

use inferno_types::{SamplingSpec, TokenId};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::{Sampler, Scratch, exp::exp};

/// What is chosen, by definition.
fn plainly(logits: &[f32], spec: &SamplingSpec, u: f64) -> TokenId {
    let most = logits.iter().copied().filter(|l| !l.is_nan()).fold(f32::NEG_INFINITY, f32::max).min(f32::MAX);
    let weight = |logit: f32| match logit.min(f32::MAX) - most {
        0.0 => 1.0,
        below => exp(below / spec.temperature),
    };
    let mut kept: Vec<(f32, u32)> = (0..)
        .zip(logits)
        .filter(|(_, logit)| **logit > f32::NEG_INFINITY)
        .map(|(token, logit)| (weight(*logit), token))
        .filter(|(weight, _)| *weight > 0.0)
        .collect();
    // In the order of tokens, as the engine adds.
    let total = |kept: &[(f32, u32)]| {
        let mut kept = kept.to_vec();
        kept.sort_by_key(|(_, token)| *token);
        kept.iter().map(|(weight, _)| f64::from(*weight)).sum::<f64>()
    };
    kept.sort_by_key(|(weight, token)| (Reverse(weight.to_bits()), *token));
    if spec.top_k > 0 {
        kept.truncate(spec.top_k as usize);
    }
    if spec.top_p < 1.0 {
        let (whole, mut sum, mut count) = (total(&kept), 0.0, 0);
        while ((sum / whole) as f32) < spec.top_p && count < kept.len() {
            sum += f64::from(kept[count].0);
            count += 1;
        }
        kept.truncate(count);
    }
    kept.retain(|(weight, _)| *weight >= spec.min_p);
    let mut left = u * total(&kept);
    kept.sort_by_key(|(_, token)| *token);
    let drawn = kept.iter().find(|(weight, _)| {
        left -= f64::from(*weight);
        left < 0.0
    });
    TokenId(drawn.or(kept.last()).unwrap().1)
}

/// Logits of many kinds: spread, nearly alike so that weights are equal, alike, and impossible ones among them.
fn any_logits() -> impl Strategy<Value = Vec<f32>> {
    let special = vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0, -0.0];
    let spread = prop::collection::vec(-20.0_f32..20.0, 1..3000);
    let alike = (-3_i8..3, 1.0_f32..1e4).prop_map(|(n, base)| base + f32::from(n) * 1e-6 * base);
    let wide = -1e30_f32..1e30;
    let one = prop_oneof![8 => -20.0_f32..20.0, 4 => (-4_i8..4).prop_map(f32::from), 1 => prop::sample::select(special)];
    prop_oneof![
        spread,
        prop::collection::vec(alike, 1..3000),
        prop::collection::vec(wide, 1..200),
        prop::collection::vec(one, 1..3000),
    ]
    .prop_filter("something is possible", |logits| logits.iter().any(|l| *l > f32::NEG_INFINITY))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn chooses_what_the_definition_says(
        logits in any_logits(),
        temperature in prop_oneof![Just(f32::MIN_POSITIVE), Just(0.01_f32), 0.05_f32..2.0],
        top_k in prop_oneof![Just(0_u32), Just(1), 0_u32..100, 0_u32..4000],
        top_p in prop_oneof![Just(1.0_f32), Just(f32::MIN_POSITIVE), 0.001_f32..=1.0, 0.99_f32..=1.0],
        min_p in prop_oneof![Just(0.0_f32), 0.0_f32..=1.0],
        seed in any::<u64>(),
    ) {
        let spec = SamplingSpec { temperature, top_k, top_p, min_p, seed: Some(seed), ..Default::default() };
        let mut draws = ChaCha8Rng::seed_from_u64(seed);
        let mut sampler = Sampler::new(spec.clone().try_into().unwrap(), &[]);
        let mut scratch = Scratch::default();
        for _ in 0..4 {
            let chosen = sampler.choose(&mut logits.clone(), &mut scratch).unwrap();
            prop_assert_eq!(chosen, plainly(&logits, &spec, draws.random()));
        }
    }
}
