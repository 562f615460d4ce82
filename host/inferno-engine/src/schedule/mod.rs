//! Who runs, and with how many tokens in each step.
//!
//! Continuous batching (Yu et al. 2022, Orca) with chunked prefill (Agrawal et al. 2023, Sarathi) over paged memory
//! (Kwon et al. 2023, vLLM): every answer gets its token in every step, and chunks of prompts are read along, each over as
//! many steps as the latency budget makes of it (a few layers in each: layered prefill, Lee et al. 2025). A request starts when there is memory for the tokens it has; memory for its answer is
//! taken as it grows, and when there is none left the request that comes last gives its own up and goes on later.
//! The one at the head of the queue is not overtaken for being large, so it cannot starve.
//!
//! Here is what runs and what it may use; who may start is in `admit`, what is read next in `allot`. Easily confused with
//! `KvBlocks`, which knows owners but no policy, and with `Queue`, which knows turns but no memory.

mod admit;
mod allot;
#[cfg(test)]
mod simulated;

use std::time::{Duration, Instant};

use inferno_backend::{KvLayout, Phases};
use inferno_types::RequestId;

pub(crate) use admit::{Copy, Started};

use allot::Want;

use crate::{
    EngineConfig,
    blocks::KvBlocks,
    budget::StepBudget,
    queue::Queue,
    sequence::{Demand, Place, Running, Sequence},
};

/// All requests of an engine and the memory they share.
#[derive(Debug)]
pub(crate) struct Scheduler {
    config: EngineConfig,
    queue: Queue,
    /// In the order of their places: whoever comes later gives way to those before.
    running: Vec<Running>,
    blocks: KvBlocks,
    phases: Phases,
    budget: StepBudget,
    /// Requests that started so far.
    started: u64,
    /// The request at the head of the queue that found too little memory, and when.
    stuck: Option<(RequestId, u64)>,
}

impl Scheduler {
    pub(crate) fn new(config: EngineConfig, layout: KvLayout, phases: Phases) -> Self {
        Self {
            config,
            queue: Queue::default(),
            running: Vec::new(),
            blocks: KvBlocks::new(layout, config.prefix_reuse),
            phases,
            budget: StepBudget::new(config.latency_budget, config.hasty_step),
            started: 0,
            stuck: None,
        }
    }

    pub(crate) fn enqueue(&mut self, sequence: Sequence) {
        self.queue.push(sequence);
    }

    /// Takes out all whose deadline has passed, waiting or running.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<RequestId> {
        let late = |sequence: &Sequence| sequence.deadline.is_some_and(|deadline| deadline <= now);
        let mut expired = self.queue.extract(late);
        while let Some(at) = self.running.iter().position(|running| late(&running.sequence)) {
            expired.push(self.stop(at).sequence.id);
        }
        expired
    }

    /// Gives every answer memory for its next token. Where there is none left the request that comes last gives its
    /// own up: it goes back to the queue and keeps all but its blocks. So the first one always goes on, and since any
    /// request fits into the memory alone, each becomes the first in the end. Says who had to go.
    pub(crate) fn grow(&mut self) -> Vec<RequestId> {
        let mut preempted = Vec::new();
        let mut at = 0;
        while at < self.running.len() {
            let running = &mut self.running[at];
            let needed = self.blocks.layout().blocks_for(running.computed + 1);
            if needed <= running.table.len() || self.blocks.extend(&mut running.table) {
                at += 1;
                continue;
            }
            // Never one before `at`: those have their memory.
            let last = self.stop(self.running.len() - 1);
            preempted.push(last.sequence.id);
            self.queue.push_back(last.sequence, last.place);
        }
        preempted
    }

    /// The answers among those that run: where they are, and each.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (usize, &Running)> {
        let running = self.running.iter().enumerate();
        running.filter(|(_, running)| matches!(running.demand(), Demand::Decode))
    }

    /// Takes note of what a step took for so many answers.
    pub(crate) fn learn(&mut self, answers: u32, took: Duration) {
        self.budget.learn(answers, took);
    }

    /// Those whose prompts are being read: where they are, and each.
    pub(crate) fn reading(&self) -> impl Iterator<Item = (usize, &Running)> {
        self.running.iter().enumerate().filter(|(_, running)| running.reading > 0)
    }

    /// Decides what is read next, if there is something.
    pub(crate) fn begin_reading(&mut self) {
        let wants: Vec<_> = self.running.iter().map(Want::of).collect();
        let tokens = allot::allot(&wants, &self.config);
        if tokens.iter().all(|tokens| *tokens == 0) {
            self.budget.nothing_to_read();
        }
        self.running.iter_mut().zip(tokens).for_each(|(running, tokens)| running.reading = tokens);
    }

    /// How long prompts may be read in a step whose `answers` answers took so long, if at all.
    pub(crate) fn time_to_read(&mut self, answers: u32, took: Duration) -> Option<Duration> {
        let wants: Vec<_> = self.running.iter().map(Want::of).collect();
        self.budget.for_prompts(answers, took, allot::pace(&wants, self.queue.len()))
    }

    /// Notes that `tokens` more tokens of the request at `at` are in the cache, and lets others read them; whether
    /// logits came out, so that a token must be chosen.
    pub(crate) fn advance(&mut self, at: usize, tokens: u32) -> bool {
        let Some(running) = self.running.get_mut(at) else { return false };
        running.reading = 0;
        running.computed += tokens;
        let sealed = running.computed.min(running.sequence.shareable(self.phases));
        self.blocks.seal(&mut running.table, running.sequence.tokens(), sealed);
        running.computed == running.sequence.len()
    }

    /// The request at `at` of those that run.
    pub(crate) fn sequence_mut(&mut self, at: usize) -> Option<&mut Sequence> {
        self.running.get_mut(at).map(|running| &mut *running.sequence)
    }

    /// Whether what was computed before is looked for.
    pub(crate) fn reuses(&self) -> bool {
        self.config.prefix_reuse
    }

    /// Takes a request out, waiting or running, and frees its blocks; whether it was there.
    pub(crate) fn remove(&mut self, id: RequestId) -> bool {
        if let Some(at) = self.running.iter().position(|r| r.sequence.id == id) {
            self.stop(at);
            return true;
        }
        self.queue.remove(id)
    }

    /// Takes all requests out.
    pub(crate) fn clear(&mut self) -> Vec<RequestId> {
        let mut ids = Vec::with_capacity(self.running.len() + self.queue.len());
        while !self.running.is_empty() {
            ids.push(self.stop(self.running.len() - 1).sequence.id);
        }
        ids.extend(self.queue.extract(|_| true));
        ids.sort_unstable();
        ids
    }

    /// Takes a running request's memory back. If it is being read, the executor has to forget it before it goes on.
    fn stop(&mut self, at: usize) -> Stopped {
        let Running { sequence, table, computed, place, .. } = self.running.remove(at);
        let shareable = sequence.shareable(self.phases);
        self.blocks.release(table, sequence.tokens(), computed.min(shareable));
        Stopped { sequence, place }
    }

    pub(crate) fn running(&self) -> &[Running] {
        &self.running
    }

    /// How many may wait: the configured number, and one for each place to run that is free until the next step.
    pub(crate) fn queue_capacity(&self) -> usize {
        self.config.max_waiting as usize + (self.places() - self.running.len())
    }

    /// How many may run at once.
    fn places(&self) -> usize {
        self.config.max_sequences.get() as usize
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn blocks(&self) -> &KvBlocks {
        &self.blocks
    }
}

/// What is left of a running request without its memory.
struct Stopped {
    sequence: Box<Sequence>,
    place: Place,
}
