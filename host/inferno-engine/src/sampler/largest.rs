//! The largest of many numbers, as processors find it fastest: several lanes side by side, and no branch that depends
//! on a number. NaN is never the largest.
//!
//! Easily confused with `filters`, which decides what the large ones are good for.

use inferno_types::TokenId;

/// Numbers looked at together when the place of the largest is wanted: so many that what a block costs by itself is little,
/// and so few that they are still at hand for the second look.
const BLOCK: usize = 1024;

const LANES: usize = 16;

/// Groups whose largest tell a bound: the numbers at the same place of each row of so many.
const GROUPS: usize = 1024;

/// The largest; −∞ when there is none.
pub(super) fn largest(numbers: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = numbers.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        raise(&mut lanes, chunk);
    }
    raise(&mut lanes, rest);
    let mut most = [f32::NEG_INFINITY];
    lanes.iter().for_each(|lane| raise(&mut most, &[*lane]));
    most[0]
}

/// Each of `most` becomes the larger of itself and the number at its place, if there is one.
fn raise(most: &mut [f32], numbers: &[f32]) {
    for (most, &number) in most.iter_mut().zip(numbers) {
        // False for NaN.
        *most = if number > *most { number } else { *most };
    }
}

/// The token with the largest logit, of equal ones the first; `None` when there is none above −∞.
pub(super) fn argmax(logits: &[f32]) -> Option<TokenId> {
    let (mut at, mut most) = (None, f32::NEG_INFINITY);
    for (index, block) in logits.chunks(BLOCK).enumerate() {
        let here = largest(block);
        if here > most {
            (at, most) = (Some(index * BLOCK), here);
        }
    }
    let block = at?;
    let place = logits[block..].iter().position(|logit| *logit == most)?;
    Some(TokenId((block + place) as u32))
}

/// A number that at least `k` are not smaller than, and few more: the `k`-th largest of the largest of each group. −∞
/// when there are too few to tell. `groups` is memory to work in.
pub(super) fn bound(numbers: &[f32], k: usize, groups: &mut Vec<f32>) -> f32 {
    // Fewer numbers than groups make as many groups of one.
    let count = GROUPS.min(numbers.len());
    if k == 0 || k > count {
        return f32::NEG_INFINITY;
    }
    groups.clear();
    groups.resize(count, f32::NEG_INFINITY);
    for row in numbers.chunks(count) {
        raise(groups, row);
    }
    // None of them is NaN.
    *groups.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_number() -> impl Strategy<Value = f32> {
        let special = vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0, -0.0];
        prop_oneof![4 => -3.0_f32..3.0, 2 => (-4_i8..4).prop_map(f32::from), 1 => prop::sample::select(special)]
    }

    /// One number after the other, as the definition has it.
    fn plainly(logits: &[f32]) -> Option<TokenId> {
        let (mut best, mut most) = (None, f32::NEG_INFINITY);
        for (token, &logit) in logits.iter().enumerate() {
            if logit > most {
                (best, most) = (Some(TokenId(token as u32)), logit);
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_most_likely_is_the_one_of_the_definition(logits in prop::collection::vec(any_number(), 0..400)) {
            prop_assert_eq!(argmax(&logits), plainly(&logits));
            let most = plainly(&logits).map_or(f32::NEG_INFINITY, |token| logits[token.index()]);
            prop_assert_eq!(largest(&logits), most);
        }

        #[test]
        fn as_many_as_asked_for_reach_the_bound(
            numbers in prop::collection::vec(any_number(), 0..3000),
            k in 0_usize..80,
        ) {
            let bound = bound(&numbers, k, &mut Vec::new());
            let reach = numbers.iter().filter(|number| **number >= bound).count();
            let enough = reach >= k || bound == f32::NEG_INFINITY;
            prop_assert!(enough, "{} of {} reach {}", reach, k, bound);
        }
    }

    #[test]
    fn few_more_than_asked_for_reach_the_bound() {
        // A permutation of 0 to 49,151.
        let numbers: Vec<f32> = (0..49_152_u32).map(|n| (n * 7919 % 49_152) as f32).collect();
        for (k, most) in [(1, 1), (40, 60), (200, 300)] {
            let bound = bound(&numbers, k, &mut Vec::new());
            let reach = numbers.iter().filter(|number| **number >= bound).count();
            assert!((k..=most).contains(&reach), "{reach} reach what {k} were asked for");
        }
    }
}
