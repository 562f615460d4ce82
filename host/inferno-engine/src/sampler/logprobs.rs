//! Log-probabilities of the model's own distribution: the log-softmax of untouched logits.
//!
//! Easily confused with the probabilities a token was drawn with, which penalties, temperature and filters changed.

use std::cmp::Ordering;

use inferno_types::TokenId;

use crate::{TokenLogprob, TopToken};

/// The log-probability of `chosen`, and the `top` most likely tokens. NaN logits count as impossible, and what lies
/// below the range of `f32` (or is −∞) is reported as the least finite number, since JSON has no infinity.
pub(crate) fn logprob_of(logits: &[f32], chosen: TokenId, top: usize) -> TokenLogprob {
    let possible = || logits.iter().enumerate().filter(|(_, l)| **l > f32::NEG_INFINITY);
    let finite = |logit: f32| f64::from(logit.min(f32::MAX));
    let most = possible().map(|(_, l)| finite(*l)).fold(f64::NEG_INFINITY, f64::max);
    let normalizer = most + possible().map(|(_, l)| (finite(*l) - most).exp()).sum::<f64>().ln();
    let logprob = |logit: f32| ((finite(logit) - normalizer) as f32).max(f32::MIN);

    let mut best: Vec<(usize, f32)> =
        if top == 0 { Vec::new() } else { possible().map(|(t, l)| (t, *l)).collect() };
    let order = |a: &(usize, f32), b: &(usize, f32)| match b.1.total_cmp(&a.1) {
        Ordering::Equal => a.0.cmp(&b.0),
        other => other,
    };
    if best.len() > top {
        best.select_nth_unstable_by(top, order);
        best.truncate(top);
    }
    best.sort_unstable_by(order);
    TokenLogprob {
        logprob: logits.get(chosen.index()).filter(|l| !l.is_nan()).map_or(f32::MIN, |l| logprob(*l)),
        top: best.into_iter().map(|(t, l)| TopToken { id: TokenId(t as u32), logprob: logprob(l) }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A logit near 50 has a rounding error of 2e-6, hence the tolerance.
    fn check(logits: &[f32], chosen: u32, top: usize, expected: f32, expected_top: &[(u32, f32)]) {
        let found = logprob_of(logits, TokenId(chosen), top);
        let close = |a: f32, b: f32| a == b || (a - b).abs() < 1e-5;
        assert!(close(found.logprob, expected), "{found:?}");
        assert_eq!(found.top.len(), expected_top.len(), "{found:?}");
        for (found, expected) in found.top.iter().zip(expected_top) {
            assert!(found.id.0 == expected.0 && close(found.logprob, expected.1), "{found:?} {expected:?}");
        }
    }

    #[test]
    fn are_the_log_softmax() {
        // Shifted by 50, which a softmax ignores.
        let logits = [0.1_f32, 0.6, 0.3].map(|p| p.ln() + 50.0);
        let ln = [0.1_f32, 0.6, 0.3].map(f32::ln);
        check(&logits, 0, 0, ln[0], &[]);
        check(&logits, 1, 2, ln[1], &[(1, ln[1]), (2, ln[2])]);
        check(&logits, 2, 20, ln[2], &[(1, ln[1]), (2, ln[2]), (0, ln[0])]);
    }

    #[test]
    fn stay_finite_whatever_the_logits() {
        let half = 0.5_f32.ln();
        check(&[f32::NAN, 1.0, 1.0], 0, 3, f32::MIN, &[(1, half), (2, half)]);
        check(&[f32::INFINITY, 0.0], 0, 1, 0.0, &[(0, 0.0)]);
        check(&[f32::NEG_INFINITY, 0.0], 0, 2, f32::MIN, &[(1, 0.0)]);
        check(&[f32::MIN, f32::MAX], 0, 0, f32::MIN, &[]);
    }
}
