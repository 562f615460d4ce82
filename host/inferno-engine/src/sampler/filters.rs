//! Temperature, and the filters that cut the tail of a distribution off.
//!
//! Each filter finds a cut-off and keeps what is at or above it, so candidates stay in the order of their numbers
//! and a draw depends on the probabilities only, not on how a selection shuffled them. Nothing sorts the vocabulary:
//! what cannot be among the `k` most likely is left out before it is weighed, and top-p takes from a heap of the likely
//! ones only as many as it keeps. Neither changes what is kept, nor a bit of any weight or sum.

use std::{cmp::Reverse, collections::BinaryHeap};

use inferno_types::TokenId;

use super::{
    exp::exp,
    largest::{bound, largest},
};

/// Logits weighed together.
const BLOCK: usize = 64;
/// Exponents below this leave too few bits of a weight to tell unequal ones apart.
const LEAST_EXPONENT: f32 = -80.0;
/// A logit whose exponent lies so far below another's has a smaller weight, however either was rounded.
const MARGIN: f32 = 0.01;
/// By what the least weight that top-p looks at is lowered, until enough lies above it.
const FLOOR_STEP: f32 = 1.0 / 16.0;

/// A token and its weight. Ordered by weight, then by the lower number, so that a cut between equals is determined.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    token: TokenId,
    /// In (0, 1]; the most likely token has 1.
    weight: f32,
}

impl Candidate {
    /// Weights are positive, and positive floats are ordered as their bits.
    fn rank(&self) -> (u32, Reverse<u32>) {
        (self.weight.to_bits(), Reverse(self.token.0))
    }
}

/// Tokens that may still be chosen, ascending by number; never empty after [`Candidates::weigh`].
#[derive(Debug, Default)]
pub(super) struct Candidates {
    kept: Vec<Candidate>,
    /// The sum of their weights, in their order.
    total: f64,
    /// Memory that filters need for a while.
    ranks: Vec<(u32, Reverse<u32>)>,
    groups: Vec<f32>,
}

/// What a logit becomes before it is exponentiated: rising with the logit, and never above 0.
#[derive(Debug, Clone, Copy)]
struct Exponent {
    most: f32,
    temperature: f32,
}

impl Exponent {
    /// Differences first: they are ≤ 0, so neither a tiny temperature nor an infinite logit makes a NaN.
    fn of(self, logit: f32) -> f32 {
        let below = logit.min(f32::MAX) - self.most;
        if below == 0.0 { 0.0 } else { below / self.temperature }
    }
}

impl Candidates {
    /// The softmax of `logits` at `temperature`, up to a factor. `most` is the largest logit and not NaN. What is certainly
    /// not among the `top_k` most likely (0: all are) may be missing.
    pub(super) fn weigh(&mut self, logits: &[f32], most: f32, temperature: f32, top_k: usize) {
        let exponent = Exponent { most: most.min(f32::MAX), temperature };
        let least = self.least_exponent(logits, exponent, top_k);
        self.kept.clear();
        let mut weights = [0.0; BLOCK];
        for (index, block) in logits.chunks(BLOCK).enumerate() {
            if least > f32::NEG_INFINITY && exponent.of(largest(block)) < least {
                continue;
            }
            for (weight, &logit) in weights.iter_mut().zip(block) {
                // False for NaN.
                let possible = logit > f32::NEG_INFINITY && exponent.of(logit) >= least;
                *weight = if possible { exp(exponent.of(logit)) } else { 0.0 };
            }
            let tokens = ((index * BLOCK) as u32..).map(TokenId);
            let weighed = tokens.zip(&weights[..block.len()]).filter(|(_, weight)| **weight > 0.0);
            self.kept.extend(weighed.map(|(token, &weight)| Candidate { token, weight }));
        }
        self.sum();
    }

    /// The exponent below which no logit is among the `top_k` most likely, or −∞.
    fn least_exponent(&mut self, logits: &[f32], exponent: Exponent, top_k: usize) -> f32 {
        let bound = bound(logits, top_k, &mut self.groups);
        if bound == f32::NEG_INFINITY || exponent.of(bound) < LEAST_EXPONENT {
            return f32::NEG_INFINITY;
        }
        exponent.of(bound) - MARGIN
    }

    /// Keeps the `k` most likely; 0 keeps all.
    pub(super) fn keep_top_k(&mut self, k: usize) {
        if k == 0 || k >= self.kept.len() {
            return;
        }
        self.ranks.clear();
        self.ranks.extend(self.kept.iter().map(Candidate::rank));
        let (_, cut, _) = self.ranks.select_nth_unstable_by(k - 1, |a, b| b.cmp(a));
        let cut = *cut;
        self.retain(|c| c.rank() >= cut);
    }

    /// Keeps the fewest most likely whose share of the whole reaches `p`.
    pub(super) fn keep_top_p(&mut self, p: f32) {
        if p >= 1.0 {
            return;
        }
        let mut heap = BinaryHeap::from(self.ranks_that_reach(f64::from(p) * self.total));
        let mut sum = 0.0;
        let mut cut = None;
        // Compared as `f32`: `p` is one, and 0.8 must be reached by 0.5 + 0.3.
        while ((sum / self.total) as f32) < p
            && let Some(rank) = heap.pop()
        {
            sum += f64::from(f32::from_bits(rank.0));
            cut = Some(rank);
        }
        self.ranks = heap.into_vec();
        if let Some(cut) = cut {
            self.retain(|c| c.rank() >= cut);
        }
    }

    /// The ranks of the most likely, of all from some weight on, whose weights come to `sum` in any order of adding.
    fn ranks_that_reach(&mut self, sum: f64) -> Vec<(u32, Reverse<u32>)> {
        let mut ranks = std::mem::take(&mut self.ranks);
        let mut floor = FLOOR_STEP;
        loop {
            ranks.clear();
            ranks.extend(self.kept.iter().filter(|c| c.weight >= floor).map(Candidate::rank));
            let found: f64 = ranks.iter().map(|(bits, _)| f64::from(f32::from_bits(*bits))).sum();
            // By more than `f32` and the order of adding can make of it.
            if found > sum * (1.0 + 1e-6) || ranks.len() == self.kept.len() {
                return ranks;
            }
            floor *= FLOOR_STEP;
        }
    }

    /// Keeps those at least `p` times as likely as the most likely.
    pub(super) fn keep_min_p(&mut self, p: f32) {
        if p > 0.0 {
            self.retain(|c| c.weight >= p);
        }
    }

    /// The candidate at the share `u`, in [0, 1), of all weights.
    pub(super) fn draw(&self, u: f64) -> TokenId {
        let mut left = u * self.total;
        let mut last = TokenId(0);
        for candidate in &self.kept {
            last = candidate.token;
            left -= f64::from(candidate.weight);
            if left < 0.0 {
                break;
            }
        }
        last
    }

    fn retain(&mut self, keeps: impl Fn(&Candidate) -> bool) {
        self.kept.retain(keeps);
        self.sum();
    }

    fn sum(&mut self) {
        self.total = self.kept.iter().map(|c| f64::from(c.weight)).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `filter` over known probabilities and compares the exact distribution that is left.
    fn check(probabilities: &[f32], filter: impl Fn(&mut Candidates), expected: &[f32]) {
        let logits: Vec<_> = probabilities.iter().map(|p| p.ln()).collect();
        let mut candidates = Candidates::default();
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        candidates.weigh(&logits, most, 1.0, 0);
        filter(&mut candidates);
        assert_distribution(&candidates, expected);
    }

    fn assert_distribution(candidates: &Candidates, expected: &[f32]) {
        let mut found = vec![0.0; expected.len()];
        let total = candidates.total;
        for c in &candidates.kept {
            found[c.token.index()] = (f64::from(c.weight) / total) as f32;
        }
        let close = found.iter().zip(expected).all(|(f, e): (&f32, _)| (f - e).abs() < 1e-6);
        assert!(close, "{found:?} is not {expected:?}");
    }

    #[test]
    fn top_k_keeps_the_most_likely() {
        let p = [0.1, 0.4, 0.2, 0.3];
        check(&p, |c| c.keep_top_k(0), &p);
        check(&p, |c| c.keep_top_k(1), &[0.0, 1.0, 0.0, 0.0]);
        check(&p, |c| c.keep_top_k(2), &[0.0, 4.0 / 7.0, 0.0, 3.0 / 7.0]);
        check(&p, |c| c.keep_top_k(9), &p);
        check(&[0.25; 4], |c| c.keep_top_k(2), &[0.5, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn top_p_keeps_the_fewest_that_reach_it() {
        let p = [0.05, 0.5, 0.15, 0.3];
        check(&p, |c| c.keep_top_p(1.0), &p);
        check(&p, |c| c.keep_top_p(f32::MIN_POSITIVE), &[0.0, 1.0, 0.0, 0.0]);
        check(&p, |c| c.keep_top_p(0.5), &[0.0, 1.0, 0.0, 0.0]);
        check(&p, |c| c.keep_top_p(0.51), &[0.0, 0.625, 0.0, 0.375]);
        check(&p, |c| c.keep_top_p(0.96), &p);
    }

    #[test]
    fn min_p_is_relative_to_the_most_likely() {
        let p = [0.05, 0.5, 0.15, 0.3];
        check(&p, |c| c.keep_min_p(0.0), &p);
        check(&p, |c| c.keep_min_p(0.25), &[0.0, 0.5 / 0.95, 0.15 / 0.95, 0.3 / 0.95]);
        check(&p, |c| c.keep_min_p(1.0), &[0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn each_filter_sees_what_the_one_before_left() {
        // Of [.4, .3, .2, .1] top-2 leaves [4/7, 3/7]; 4/7 reaches 0.55, though 0.4 does not.
        let both = |c: &mut Candidates| {
            c.keep_top_k(2);
            c.keep_top_p(0.55);
        };
        check(&[0.4, 0.3, 0.2, 0.1], both, &[1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn temperature_is_a_power_of_the_odds() {
        let mut candidates = Candidates::default();
        let logits = [0.2_f32.ln(), 0.8_f32.ln()];
        for (temperature, expected) in
            [(1.0, [0.2, 0.8]), (0.5, [1.0 / 17.0, 16.0 / 17.0]), (2.0, [1.0 / 3.0, 2.0 / 3.0])]
        {
            candidates.weigh(&logits, logits[1], temperature, 0);
            assert_distribution(&candidates, &expected);
        }
        candidates.weigh(&[f32::INFINITY, f32::NAN, 1.0, f32::INFINITY], f32::INFINITY, 0.1, 0);
        assert_distribution(&candidates, &[0.5, 0.0, 0.0, 0.5]);
    }

    #[test]
    fn a_draw_finds_the_candidate_at_its_share() {
        let mut candidates = Candidates::default();
        let logits = [0.25_f32.ln(), f32::NAN, 0.5_f32.ln(), 0.25_f32.ln()];
        candidates.weigh(&logits, logits[2], 1.0, 0);
        for (u, token) in [(0.0, 0), (0.249, 0), (0.251, 2), (0.749, 2), (0.751, 3), (0.999_999_999, 3)] {
            assert_eq!(candidates.draw(u), TokenId(token), "at {u}");
        }
    }
}
