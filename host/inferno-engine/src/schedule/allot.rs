//! What each prompt gets of what is read next, and how much answers give way meanwhile.
//!
//! The first of them has at least half, so that it is read in bounded time; the rest goes to the shortest of those that are
//! as urgent, so that a question does not wait for the document before it. Answers that are being written give way to short
//! prompts and to several that wait, as far as nobody minds who reads along; a long prompt on its own gets the latency
//! budget.

use super::EngineConfig;
use crate::{
    budget::Pace,
    sequence::{Demand, Rank, Running},
};

/// A prompt with no more tokens to read than this is short: it holds answers up for a few steps only.
const SHORT_PROMPT: u32 = 512;

/// What a request wants of a step, and what that depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    demand: Demand,
    rank: Rank,
    /// Tokens that it had to read when it started.
    unread: u32,
}

impl Want {
    pub(super) fn of(running: &Running) -> Self {
        Self {
            demand: running.demand(),
            rank: running.place.rank,
            unread: running.sequence.len() - running.reused,
        }
    }

    /// Tokens of its prompt that are not read yet.
    fn left(&self) -> Option<u32> {
        match self.demand {
            Demand::Decode => None,
            Demand::Prefill { left } => Some(left),
        }
    }
}

/// Haste, when a short prompt is being read, or when more than one request waits for its first token; `waiting` ones have
/// not started.
pub(super) fn pace(wants: &[Want], waiting: usize) -> Pace {
    let reading = wants.iter().filter(|want| want.left().is_some());
    let short = reading.clone().any(|want| want.unread <= SHORT_PROMPT);
    if short || reading.count() + waiting > 1 { Pace::Hasty } else { Pace::Steady }
}

/// Shares what is read next out among `wants`, which are in the order of their places: tokens for each, none for answers.
pub(super) fn allot(wants: &[Want], config: &EngineConfig) -> Vec<u32> {
    let room = config.max_batch_tokens.get();
    let mut tokens = vec![0; wants.len()];
    let mut left_over = room;
    let mut give = |at: usize, most: u32| {
        let wanted = wants[at].left().unwrap_or(0).min(config.prefill_chunk.get()) - tokens[at];
        let given = wanted.min(most).min(left_over);
        tokens[at] += given;
        left_over -= given;
    };
    let mut prompts: Vec<usize> = (0..wants.len()).filter(|at| wants[*at].left().is_some()).collect();
    if let Some(&first) = prompts.first() {
        give(first, room.div_ceil(2));
        // Stable: of equally long ones the first.
        prompts.sort_by_key(|at| (wants[*at].rank, wants[*at].left()));
        prompts.into_iter().for_each(|at| give(at, u32::MAX));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Priority;
    use std::num::NonZeroU32;

    /// `d`, the tokens left of a prompt, or `priority:tokens`.
    fn wants(demands: &str) -> Vec<Want> {
        let want = |word: &str| {
            let (priority, demand) = word.split_once(':').unwrap_or(("0", word));
            let (demand, unread) = match demand {
                "d" => (Demand::Decode, 0),
                left => (Demand::Prefill { left: left.parse().unwrap() }, left.parse().unwrap()),
            };
            Want { demand, rank: Rank::Class(Priority(priority.parse().unwrap())), unread }
        };
        demands.split_whitespace().map(want).collect()
    }

    /// Ten tokens at a time, and of a prompt `chunk` at most.
    fn check(demands: &str, chunk: u32, expected: &[u32]) {
        let size = |n| NonZeroU32::new(n).unwrap();
        let config = EngineConfig {
            max_batch_tokens: size(10),
            prefill_chunk: size(chunk),
            ..EngineConfig::default()
        };
        assert_eq!(allot(&wants(demands), &config), expected, "{demands:?}");
    }

    #[test]
    fn prompts_share_what_is_read_next() {
        check("", 4, &[]);
        check("d d", 4, &[0, 0]);
        check("3", 4, &[3]);
        check("100", 4, &[4]);
        check("100 100 100", 4, &[4, 4, 2]);
        check("d d 100 1 100", 4, &[0, 0, 4, 1, 4]);
    }

    #[test]
    fn the_first_has_half_and_the_shortest_the_rest() {
        check("100", 10, &[10]);
        check("d 100 3", 10, &[0, 7, 3]);
        check("d 100 9 1", 10, &[0, 5, 4, 1]);
        check("d 9 100 100", 10, &[0, 9, 1, 0]);
        // What is less urgent waits, however short it is.
        check("d 0:100 1:1", 10, &[0, 10, 0]);
        check("d 0:100 0:9 1:1", 10, &[0, 5, 5, 0]);
    }

    #[test]
    fn short_prompts_and_several_are_read_in_haste() {
        let check = |demands: &str, waiting, expected| {
            assert_eq!(pace(&wants(demands), waiting), expected, "{demands:?} and {waiting}");
        };
        check("d d", 0, Pace::Steady);
        check("d d 512", 0, Pace::Hasty);
        check("d d 513", 0, Pace::Steady);
        check("d d 2048 2048", 0, Pace::Hasty);
        check("d d 2048", 1, Pace::Hasty);
        // Several wait, but nothing is being read: then there is nothing to hurry either.
        check("d d", 1, Pace::Steady);
        let nearly_read = Want { unread: 2048, ..wants("8")[0] };
        assert_eq!(pace(&[nearly_read], 0), Pace::Steady, "what is left does not make a prompt short");
    }
}
