//! Prompts that nobody has seen before, as tokens: no contestant may find the beginning of one in a cache.

use std::sync::atomic::{AtomicU32, Ordering};

/// Tokens below this are control tokens and single bytes in some vocabularies.
const FIRST: u32 = 1_000;
/// How many tokens from there on every model of the benchmarks has.
const KNOWN: u32 = 40_000;

/// `count` tokens that no other prompt of this run begins with.
pub(crate) fn unseen(count: usize) -> Vec<u32> {
    static SEED: AtomicU32 = AtomicU32::new(0);
    let seed = SEED.fetch_add(1, Ordering::Relaxed);
    // The first token already differs: 7,919 shares no factor with their number.
    (0..count as u32)
        .map(|at| {
            FIRST + (seed.wrapping_mul(7_919).wrapping_add(at.wrapping_mul(seed % 97 * 2 + 104_729))) % KNOWN
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn prompts_begin_differently_and_are_no_loop() {
        let prompts: Vec<_> = (0..500).map(|_| unseen(64)).collect();
        assert_eq!(prompts.iter().map(|p| p[0]).collect::<BTreeSet<_>>().len(), prompts.len());
        for prompt in prompts {
            assert_eq!(prompt.iter().collect::<BTreeSet<_>>().len(), 64);
            assert!(prompt.iter().all(|t| (FIRST..FIRST + KNOWN).contains(t)));
        }
    }
}
