//! Who runs, and with how many tokens in each step.
//!
//! Continuous batching (Yu et al. 2022, Orca) with chunked prefill (Agrawal et al. 2023, Sarathi): every answer gets
//! its token in every step, and what is left of the step's budget reads prompts, the oldest first. Admission is
//! first come, first served: a large request at the head is not overtaken, so it cannot starve; those behind it wait
//! until running ones have freed its memory. Easily confused with [`KvBlocks`], which knows owners but no policy.

use std::{collections::VecDeque, time::Instant};

use inferno_backend::KvLayout;
use inferno_types::RequestId;

use crate::{
    EngineConfig,
    blocks::KvBlocks,
    sequence::{Phase, Running, Sequence},
};

/// All requests of an engine and the memory they share.
#[derive(Debug)]
pub(crate) struct Scheduler {
    config: EngineConfig,
    waiting: VecDeque<Sequence>,
    /// In the order of their start.
    running: Vec<Running>,
    blocks: KvBlocks,
}

/// What a request wants of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// Its next token.
    Decode,
    /// The rest of its prompt.
    Prefill { left: u32 },
}

impl Scheduler {
    pub(crate) fn new(config: EngineConfig, layout: KvLayout) -> Self {
        Self { config, waiting: VecDeque::new(), running: Vec::new(), blocks: KvBlocks::new(layout) }
    }

    pub(crate) fn enqueue(&mut self, sequence: Sequence) {
        self.waiting.push_back(sequence);
    }

    /// Starts waiting requests in order, as long as the next one fits.
    pub(crate) fn admit(&mut self, now: Instant) -> &[Running] {
        let before = self.running.len();
        while self.running.len() < self.config.running_cap()
            && let Some(next) = self.waiting.front()
            && let Some(lease) = self.blocks.lease(next.blocks)
            && let Some(sequence) = self.waiting.pop_front()
        {
            self.running.push(Running::start(sequence, lease, now));
        }
        &self.running[before..]
    }

    /// Tokens of each running request in the next step, in the order of [`Scheduler::running_mut`]; 0 for those that
    /// wait for the next.
    pub(crate) fn allot(&self) -> Vec<u32> {
        let demands = self.running.iter().map(|running| match running.phase {
            Phase::Prefill { done } => Demand::Prefill { left: running.sequence.prompt_len() - done },
            Phase::Decode { .. } => Demand::Decode,
        });
        allot(&demands.collect::<Vec<_>>(), &self.config)
    }

    pub(crate) fn running_mut(&mut self) -> &mut [Running] {
        &mut self.running
    }

    /// Takes a request out, waiting or running, and frees its blocks; whether it was there.
    pub(crate) fn remove(&mut self, id: RequestId) -> bool {
        if let Some(at) = self.running.iter().position(|r| r.sequence.id == id) {
            self.blocks.release(self.running.remove(at).lease);
            return true;
        }
        let at = self.waiting.iter().position(|s| s.id == id);
        at.and_then(|at| self.waiting.remove(at)).is_some()
    }

    /// Takes all requests out, the oldest first.
    pub(crate) fn clear(&mut self) -> Vec<RequestId> {
        let mut ids = Vec::with_capacity(self.running.len() + self.waiting.len());
        for running in self.running.drain(..) {
            ids.push(running.sequence.id);
            self.blocks.release(running.lease);
        }
        ids.extend(self.waiting.drain(..).map(|s| s.id));
        ids
    }

    pub(crate) fn running(&self) -> &[Running] {
        &self.running
    }

    /// How many may wait: the configured number, and one for each place to run that is free until the next step.
    pub(crate) fn queue_capacity(&self) -> usize {
        self.config.max_waiting as usize + (self.config.running_cap() - self.running.len())
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn blocks(&self) -> &KvBlocks {
        &self.blocks
    }
}

/// Shares a step's budget out: one token to each answer, the rest to prompts in order and in chunks. There is always
/// enough for the answers, since no more requests run than the budget has tokens.
fn allot(demands: &[Demand], config: &EngineConfig) -> Vec<u32> {
    let decoding = demands.iter().filter(|d| **d == Demand::Decode).count() as u32;
    let mut left_over = config.max_batch_tokens.get().saturating_sub(decoding);
    let share = |demand: &Demand| match *demand {
        Demand::Decode => 1,
        Demand::Prefill { left } => {
            let tokens = left.min(config.prefill_chunk.get()).min(left_over);
            left_over -= tokens;
            tokens
        }
    };
    demands.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    /// Demands as `d` or the tokens left of a prompt; budget 10, chunk 4.
    fn check(demands: &str, expected: &[u32]) {
        let size = |n| NonZeroU32::new(n).unwrap();
        let config =
            EngineConfig { max_batch_tokens: size(10), prefill_chunk: size(4), ..EngineConfig::default() };
        let demands: Vec<_> = demands
            .split_whitespace()
            .map(|d| if d == "d" { Demand::Decode } else { Demand::Prefill { left: d.parse().unwrap() } })
            .collect();
        assert_eq!(allot(&demands, &config), expected, "{demands:?}");
    }

    #[test]
    fn answers_come_first_and_prompts_share_the_rest_in_order() {
        check("", &[]);
        check("3", &[3]);
        check("100", &[4]);
        check("100 100 100", &[4, 4, 2]);
        check("d d 100 1 100", &[1, 1, 4, 1, 3]);
        check("100 d 9 d d d d d d d", &[2, 1, 0, 1, 1, 1, 1, 1, 1, 1]);
        check("d d d d d d d d d d", &[1; 10]);
    }

    #[test]
    fn the_batch_budget_caps_what_runs() {
        let size = |n| NonZeroU32::new(n).unwrap();
        let config =
            EngineConfig { max_batch_tokens: size(3), max_sequences: size(8), ..EngineConfig::default() };
        assert_eq!(config.running_cap(), 3);
    }
}
