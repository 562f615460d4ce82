//! Who waits, and in which order they get their turn.
//!
//! By priority, and first come, first served among equals; one that ran already and was preempted comes before those
//! of its priority that have not. Whoever was overtaken by [`MOST_OVERTAKEN`] later ones is overtaken by none any
//! more, so under any load of more urgent requests a less urgent one gets its turn. Counted in requests and not in
//! time, so that the bound holds on any machine and a slow one does not turn its queue around.

use inferno_types::RequestId;

use crate::sequence::{Place, Rank, Sequence};

/// How many requests that came later may start before one that waits.
pub const MOST_OVERTAKEN: u32 = 32;

/// How often a request may wait for another that is computing what both begin with.
const MOST_PATIENCE: u8 = 4;

/// A request that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) sequence: Box<Sequence>,
    overtaken: u32,
    /// Where it was among those that run, if it was preempted.
    ran: Option<u64>,
    patience: Patience,
}

/// Whether a request stands back until another has computed what both begin with.
#[derive(Debug, Clone, Copy)]
enum Patience {
    /// It does not, and may do so this often.
    Left(u8),
    /// Until `tokens` of `on` are in the cache.
    Waits { on: RequestId, tokens: u32, left: u8 },
}

/// What a waiting request stands back for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Awaited {
    pub(crate) on: RequestId,
    pub(crate) tokens: u32,
}

impl Waiting {
    /// Its place if it started as the `started`-th.
    pub(crate) fn place(&self, started: u64) -> Place {
        Place { rank: self.rank(), started: self.ran.unwrap_or(started) }
    }

    pub(crate) fn rank(&self) -> Rank {
        if self.overtaken >= MOST_OVERTAKEN { Rank::Aged } else { Rank::Class(self.sequence.priority) }
    }

    /// The lower goes first.
    fn key(&self) -> (Rank, bool, RequestId) {
        (self.rank(), self.ran.is_none(), self.sequence.id)
    }

    /// What it stands back for.
    pub(crate) fn awaits(&self) -> Option<Awaited> {
        match self.patience {
            Patience::Waits { on, tokens, .. } if self.rank() != Rank::Aged => Some(Awaited { on, tokens }),
            Patience::Waits { .. } | Patience::Left(_) => None,
        }
    }

    /// Whether it may stand back once more.
    pub(crate) fn is_patient(&self) -> bool {
        self.rank() != Rank::Aged && !matches!(self.patience, Patience::Left(0) | Patience::Waits { .. })
    }

    /// Stands back, if it may.
    pub(crate) fn stand_back(&mut self, Awaited { on, tokens }: Awaited) {
        if let Patience::Left(left) = self.patience {
            self.patience = Patience::Waits { on, tokens, left: left.saturating_sub(1) };
        }
    }

    /// Stands back no more.
    pub(crate) fn stand_up(&mut self) {
        if let Patience::Waits { left, .. } = self.patience {
            self.patience = Patience::Left(left);
        }
    }
}

/// All that wait, in the order of their turns.
#[derive(Debug, Default)]
pub(crate) struct Queue(Vec<Waiting>);

impl Queue {
    /// A request that never ran.
    pub(crate) fn push(&mut self, sequence: Sequence) {
        let patience = Patience::Left(MOST_PATIENCE);
        self.insert(Waiting { sequence: Box::new(sequence), overtaken: 0, ran: None, patience });
    }

    /// A request that was preempted, from its place among those that ran.
    pub(crate) fn push_back(&mut self, sequence: Box<Sequence>, place: Place) {
        let overtaken = if place.rank == Rank::Aged { MOST_OVERTAKEN } else { 0 };
        let patience = Patience::Left(0);
        self.insert(Waiting { sequence, overtaken, ran: Some(place.started), patience });
    }

    fn insert(&mut self, waiting: Waiting) {
        let at = self.0.partition_point(|other| other.key() < waiting.key());
        self.0.insert(at, waiting);
    }

    /// The one whose turn comes after `index` others.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Waiting> {
        self.0.get_mut(index)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Waiting> {
        self.0.get(index)
    }

    /// Takes one out that starts now, and notes whom it overtakes.
    pub(crate) fn start(&mut self, index: usize) -> Waiting {
        let started = self.0.remove(index);
        if started.ran.is_none() {
            let mut aged = false;
            for other in self.0.iter_mut().filter(|other| other.sequence.id < started.sequence.id) {
                other.overtaken += 1;
                aged |= other.overtaken == MOST_OVERTAKEN;
            }
            if aged {
                self.0.sort_by_key(Waiting::key);
            }
        }
        started
    }

    /// Takes one out; whether it was there.
    pub(crate) fn remove(&mut self, id: RequestId) -> bool {
        let at = self.0.iter().position(|waiting| waiting.sequence.id == id);
        at.map(|at| self.0.remove(at)).is_some()
    }

    /// Takes those out for which `ends` holds.
    pub(crate) fn extract(&mut self, ends: impl Fn(&Sequence) -> bool) -> Vec<RequestId> {
        let mut ended = Vec::new();
        self.0.retain(|waiting| {
            let ends = ends(&waiting.sequence);
            if ends {
                ended.push(waiting.sequence.id);
            }
            !ends
        });
        ended
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use inferno_types::TokenId;

    use super::*;
    use crate::{Priority, Request};

    fn arrive(queue: &mut Queue, id: u64, priority: i32) {
        let request = Request { priority: Priority(priority), ..Request::greedy(vec![TokenId(1)], Some(1)) };
        queue.push(Sequence::new(RequestId(id), request, 1, Instant::now()));
    }

    fn start_all(queue: &mut Queue) -> Vec<u64> {
        (0..queue.len()).map(|_| queue.start(0).sequence.id.0).collect()
    }

    #[test]
    fn the_urgent_go_first_and_equals_in_order() {
        let mut queue = Queue::default();
        for (id, priority) in [(0, 5), (1, 0), (2, -3), (3, 0), (4, i32::MAX), (5, i32::MIN)] {
            arrive(&mut queue, id, priority);
        }
        assert_eq!(start_all(&mut queue), [5, 2, 1, 3, 0, 4]);
    }

    #[test]
    fn one_that_ran_comes_before_its_equals_and_after_the_more_urgent() {
        let mut queue = Queue::default();
        arrive(&mut queue, 7, 1);
        let ran = queue.start(0);
        for (id, priority) in [(3, 1), (8, 1), (9, 0), (10, 2)] {
            arrive(&mut queue, id, priority);
        }
        let place = ran.place(4);
        queue.push_back(ran.sequence, place);
        assert_eq!(queue.get(1).map(|waiting| waiting.place(99)), Some(place), "it keeps its place");
        assert_eq!(start_all(&mut queue), [9, 7, 3, 8, 10]);
    }

    #[test]
    fn nobody_is_overtaken_more_often_than_the_bound() {
        let mut queue = Queue::default();
        arrive(&mut queue, 0, i32::MAX);
        arrive(&mut queue, 1, 3);
        let (mut overtaken, mut next) = (0, 2);
        // More urgent ones arrive without end, two for each that starts.
        loop {
            (next..next + 2).for_each(|id| arrive(&mut queue, id, 0));
            next += 2;
            match queue.start(0).sequence.id.0 {
                0 => break,
                1 => assert_eq!(overtaken, MOST_OVERTAKEN, "both age at once, and the older goes first"),
                _ => overtaken += 1,
            }
        }
        assert_eq!(overtaken, MOST_OVERTAKEN);
        assert_eq!(queue.start(0).sequence.id.0, 1);
    }

    #[test]
    fn patience_ends() {
        let mut queue = Queue::default();
        arrive(&mut queue, 0, 0);
        let waiting = queue.get_mut(0).unwrap();
        let awaited = Awaited { on: RequestId(9), tokens: 5 };
        for _ in 0..MOST_PATIENCE {
            assert!(waiting.is_patient());
            waiting.stand_back(awaited);
            assert_eq!(waiting.awaits(), Some(awaited));
            assert!(!waiting.is_patient());
            waiting.stand_up();
        }
        assert!(!waiting.is_patient());
    }
}
