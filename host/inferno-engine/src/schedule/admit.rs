//! Who starts: memory, and what is there already of a request's tokens.

use std::time::{Duration, Instant};

use inferno_backend::{BlockId, Phases};
use inferno_types::{RequestId, TokenId};

use super::Scheduler;
use crate::{
    blocks::{Found, Shared, common},
    queue::Awaited,
    sequence::{Demand, Running, Sequence},
};

/// A request that runs from now on.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) request: RequestId,
    /// How long it waited; absent when it ran before and was preempted.
    pub(crate) queued: Option<Duration>,
    /// Its tokens, and those of them that need not be computed again.
    pub(crate) tokens: u32,
    pub(crate) reused: u32,
    /// A block to copy before anything else happens to the cache.
    pub(crate) copy: Option<Copy>,
}

/// The beginning of one block that becomes the beginning of another: copy-on-write.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) from: BlockId,
    pub(crate) to: BlockId,
    /// Keeps what is copied from being forgotten; absent when a running request writes there.
    held: Option<Shared>,
}

/// Why the request in question does not start now.
enum Stays {
    /// It stands back for another; those behind it need not.
    Aside,
    /// There is too little memory, for it and for those behind it.
    Stuck,
}

impl Scheduler {
    /// Starts the next request, if there is a place and memory for one. A copy that it needs is done before the next
    /// call, and handed back to [`Scheduler::copied`].
    pub(crate) fn start_next(&mut self, now: Instant) -> Option<Started> {
        let mut index = 0;
        while self.running.len() < self.places() && index < self.queue.len() {
            match self.try_start(index, now) {
                Ok(started) => return Some(started),
                Err(Stays::Aside) => index += 1,
                Err(Stays::Stuck) => return None,
            }
        }
        None
    }

    /// Takes note that a block was copied.
    pub(crate) fn copied(&mut self, copy: Copy) {
        copy.held.into_iter().for_each(|shared| self.blocks.release_shared(shared));
    }

    fn try_start(&mut self, index: usize, now: Instant) -> Result<Started, Stays> {
        if self.stands_back(index) {
            return Err(Stays::Aside);
        }
        let waiting = self.queue.get(index).ok_or(Stays::Stuck)?;
        let (id, len) = (waiting.sequence.id, waiting.sequence.len());
        let wanted = wanted(&waiting.sequence, self.phases);
        if self.stuck == Some((id, self.blocks.releases())) {
            return Err(Stays::Stuck);
        }
        let mut found = self.blocks.find(wanted);
        if let Some(awaited) = self.worth_awaiting(index, &found) {
            self.blocks.let_go(found);
            self.queue.get_mut(index).into_iter().for_each(|waiting| waiting.stand_back(awaited));
            return Err(Stays::Aside);
        }
        let needed = self.blocks.layout().blocks_for(len) - found.shared.len() as u32 + self.reserve();
        if needed > self.blocks.available()
            && let Some((tail, _)) = found.tail.take()
        {
            // Holding what would be copied is what makes it too little, perhaps.
            self.blocks.release_shared(tail);
        }
        if needed > self.blocks.available() {
            self.blocks.let_go(found);
            self.stuck = Some((id, self.blocks.releases()));
            return Err(Stays::Stuck);
        }
        self.start(index, found, now)
    }

    fn start(&mut self, index: usize, found: Found, now: Instant) -> Result<Started, Stays> {
        let Found { shared, tail } = found;
        let waiting = self.queue.start(index);
        let place = waiting.place(self.started);
        let mut sequence = waiting.sequence;
        let whole = shared.len() as u32 * self.blocks.layout().block_len;
        let (tokens, count) = (sequence.len(), self.blocks.layout().blocks_for(sequence.len()));
        let live = self.growing_tail(&shared, &wanted(&sequence, self.phases)[whole as usize..]);
        let (from, tail, held) = match (tail, live) {
            (tail, Some((from, common))) if tail.as_ref().is_none_or(|(_, n)| *n < common) => {
                tail.into_iter().for_each(|(shared, _)| self.blocks.release_shared(shared));
                (Some(from), common, None)
            }
            (Some((shared, common)), _) => (Some(shared.id()), common, Some(shared)),
            (None, _) => (None, 0, None),
        };
        let Some(table) = self.blocks.table(shared, count) else {
            debug_assert!(false, "there was memory for {count} blocks");
            held.into_iter().for_each(|shared| self.blocks.release_shared(shared));
            self.queue.push_back(sequence, place);
            return Err(Stays::Stuck);
        };
        let copy = from.zip(table.first_owned()).map(|(from, to)| Copy { from, to, held });
        let queued = sequence.start(now);
        self.started += u64::from(queued.is_some());
        let (request, computed) = (sequence.id, whole + tail);
        let at = self.running.partition_point(|other| other.place < place);
        self.running.insert(at, Running { sequence, table, computed, reading: 0, reused: computed, place });
        Ok(Started { request, queued, tokens, reused: computed, copy })
    }

    /// Blocks that are kept for those that run already: one for each, since each needs one within as many steps as a
    /// block has positions, or a hundredth of all. So a request that starts does not cost another its memory at once.
    fn reserve(&self) -> u32 {
        match self.running.len() as u32 {
            0 => 0,
            running => running.max(self.blocks.layout().blocks / 100),
        }
    }

    /// Whether the request at `index` still waits for another to compute what both begin with.
    fn stands_back(&mut self, index: usize) -> bool {
        let Some(waiting) = self.queue.get_mut(index) else { return false };
        let Some(Awaited { on, tokens }) = waiting.awaits() else { return false };
        let awaited = self.running.iter().find(|running| running.sequence.id == on);
        let stays = awaited.is_some_and(|running| running.computed < tokens);
        if !stays {
            waiting.stand_up();
        }
        stays
    }

    /// A running request that is about to compute at least a block more of the tokens of the one at `index` than
    /// `found`, if it is worth standing back for: reading the same again would take as long, and cost everybody else.
    fn worth_awaiting(&self, index: usize, found: &Found) -> Option<Awaited> {
        let waiting =
            self.queue.get(index).filter(|waiting| self.config.prefix_reuse && waiting.is_patient())?;
        let block_len = self.blocks.layout().block_len;
        let there = found.shared.len() as u32 * block_len + found.tail.as_ref().map_or(0, |(_, n)| *n);
        let wanted = wanted(&waiting.sequence, self.phases);
        let reading = self.running.iter().filter(|running| {
            matches!(running.demand(), Demand::Prefill { .. }) && running.place.rank <= waiting.rank()
        });
        let shared = reading.map(|running| (common(self.offered(running), wanted), running));
        let (tokens, on) = shared.max_by_key(|(common, _)| *common)?;
        let more = tokens >= there + block_len && tokens > on.computed;
        more.then_some(Awaited { on: on.sequence.id, tokens })
    }

    /// The tokens of a running request that others may read what is computed of.
    fn offered<'a>(&self, running: &'a Running) -> &'a [TokenId] {
        &running.sequence.tokens()[..running.sequence.shareable(self.phases) as usize]
    }

    /// A block that a running request is filling after `shared`, and how many of the tokens in it are `wanted`.
    fn growing_tail(&self, shared: &[Shared], wanted: &[TokenId]) -> Option<(BlockId, u32)> {
        if !self.config.prefix_reuse {
            return None;
        }
        let block_len = self.blocks.layout().block_len;
        let tails = self.running.iter().filter(|running| {
            // The block before says all about those before it.
            running.table.shared().len() == shared.len() && running.table.shared().last() == shared.last()
        });
        let tails = tails.filter_map(|running| {
            let whole = (shared.len() as u32 * block_len) as usize;
            let offered = self.offered(running);
            let written = offered.get(whole..offered.len().min(running.computed as usize))?;
            let alike = common(written, wanted).min(block_len);
            Some((running.table.first_owned()?, alike)).filter(|_| alike > 0)
        });
        tails.max_by_key(|(_, alike)| *alike)
    }
}

/// The tokens of a request that others may have computed. The last is computed in any case, since its logits are needed.
fn wanted(sequence: &Sequence, phases: Phases) -> &[TokenId] {
    &sequence.tokens()[..sequence.shareable(phases).min(sequence.len() - 1) as usize]
}
