//! Everything at once: priorities, deadlines, cancellations, and so little memory that requests give it up to others.
//! Whatever comes in whatever order, memory is accounted for, nobody is passed over for good, an answer that is written
//! is written in every step, and each is the one that its request would have got alone, or a beginning of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::*;
use crate::{EventSink, Observation, Priority, queue::MOST_OVERTAKEN};

#[derive(Debug, Clone)]
enum Action {
    Submit(Asked),
    /// The how-manieth of all requests so far, modulo their number.
    Cancel(usize),
    Step(u8),
}

/// A request, but for its deadline, which is a point in time.
#[derive(Debug, Clone)]
struct Asked {
    request: Request,
    /// From its submission.
    timeout: Option<Duration>,
}

fn any_asked() -> impl Strategy<Value = Asked> {
    // Few different tokens, so that many begin alike.
    let tokens = prop::collection::vec(1_u32..4, 1..24);
    let timeout = prop_oneof![6 => Just(None), 1 => Just(Some(0)), 2 => (1_u64..2_000).prop_map(Some)];
    (tokens, 1_u32..24, any::<u64>(), -2_i32..3, timeout).prop_map(
        |(tokens, most, seed, priority, timeout)| {
            let request =
                Request { priority: Priority(priority), ignore_end: true, ..seeded(&tokens, most, seed) };
            Asked { request, timeout: timeout.map(Duration::from_micros) }
        },
    )
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => any_asked().prop_map(Action::Submit),
        1 => any::<usize>().prop_map(Action::Cancel),
        4 => (1_u8..8).prop_map(Action::Step),
    ]
}

/// What was observed of the order of things.
#[derive(Default)]
struct Log(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    started: Vec<RequestId>,
    /// Gave memory up since their last token.
    preempted: BTreeSet<RequestId>,
    expired: u64,
}

impl EventSink for Log {
    fn observe(&self, observation: &Observation<'_>) {
        let mut seen = self.0.lock().unwrap();
        match observation {
            Observation::Started { request, .. } => seen.started.push(*request),
            Observation::Preempted { request } => _ = seen.preempted.insert(*request),
            Observation::Expired { .. } => seen.expired += 1,
            _ => {}
        }
    }
}

/// An engine, all that was asked of it, and all that came of it.
struct Run {
    phases: Phases,
    engine: Engine,
    log: Arc<Log>,
    requests: BTreeMap<RequestId, Request>,
    cancelled: BTreeSet<RequestId>,
    answers: BTreeMap<RequestId, Answer>,
    /// The step of each answer's last token.
    spoke: BTreeMap<RequestId, u64>,
    steps: u64,
}

impl Run {
    /// Over 16 blocks of 4 positions: a request may need 12 of them.
    fn new(phases: Phases, parts: u32, config: EngineConfig) -> Self {
        let log = Arc::new(Log::default());
        let engine = engine_in_parts(phases, parts, config).with_sink(Arc::clone(&log) as Arc<dyn EventSink>);
        Self {
            phases,
            engine,
            log,
            requests: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            answers: BTreeMap::new(),
            spoke: BTreeMap::new(),
            steps: 0,
        }
    }

    fn submit(&mut self, Asked { request, timeout }: Asked) {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        if let Ok(id) = self.engine.submit(Request { deadline, ..request.clone() }) {
            self.requests.insert(id, request);
        }
    }

    fn cancel(&mut self, which: usize) {
        let ids: Vec<_> = self.requests.keys().copied().collect();
        if let Some(id) = ids.get(which % ids.len().max(1))
            && self.engine.cancel(*id)
        {
            self.cancelled.insert(*id);
        }
        self.engine.check_blocks();
    }

    fn step(&mut self) {
        self.steps += 1;
        for event in self.engine.step().unwrap() {
            let id = event.request;
            assert!(!self.cancelled.contains(&id), "{event:?} after its request was cancelled");
            if let EventKind::Token(_) = event.kind {
                let before = self.spoke.insert(id, self.steps);
                let preempted = self.log.0.lock().unwrap().preempted.remove(&id);
                let steady = before.is_none_or(|before| before + 1 == self.steps);
                assert!(steady || preempted, "{id} was passed over in a step");
            }
            self.answers.entry(id).or_default().take(event.kind);
        }
        self.engine.check_blocks();
    }

    fn run_to_idle(&mut self) {
        for _ in 0..20_000 {
            if self.engine.is_idle() {
                return;
            }
            self.step();
        }
        panic!("still not idle: {:?}", self.engine.stats());
    }

    /// After all is done.
    fn check(&self) {
        let (stats, seen) = (self.engine.stats(), self.log.0.lock().unwrap());
        assert_eq!((stats.kv_blocks_used, stats.running, stats.waiting, stats.failed), (0, 0, 0, 0));
        assert_eq!(stats.finished + stats.cancelled + stats.expired, self.requests.len() as u64);
        assert_eq!((stats.cancelled, stats.expired), (self.cancelled.len() as u64, seen.expired));
        for (id, request) in &self.requests {
            let (answer, alone) =
                (self.answers.get(id).cloned().unwrap_or_default(), alone_in(self.phases, request.clone()));
            match answer.end {
                Some(End::Finished(..)) => assert_eq!(answer, alone),
                Some(End::Failed(ref fault)) => assert_eq!(*fault, RequestFault::DeadlinePassed),
                None => assert!(self.cancelled.contains(id), "{id} has no end"),
            }
            assert!(alone.tokens.starts_with(&answer.tokens) && alone.text.starts_with(&answer.text));
        }
        for (at, id) in seen.started.iter().enumerate() {
            let overtook = seen.started[..at].iter().filter(|earlier| *earlier > id).count();
            assert!(overtook <= MOST_OVERTAKEN as usize, "{overtook} that came later started before {id}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn everything_at_once_changes_nobodys_answer(
        actions in prop::collection::vec(any_action(), 1..60),
        batch in 2_u32..24,
        chunk in 1_u32..12,
        sequences in 1_u32..8,
        prefix_reuse in any::<bool>(),
        phases in any_phases(),
        parts in 1_u32..5,
    ) {
        let mut run = Run::new(phases, parts, EngineConfig { prefix_reuse, ..config(batch, chunk, sequences, 12) });
        for action in actions {
            match action {
                Action::Submit(asked) => run.submit(asked),
                Action::Cancel(which) => run.cancel(which),
                Action::Step(steps) => (0..steps).for_each(|_| run.step()),
            }
        }
        run.run_to_idle();
        run.check();
    }

    /// Urgent requests keep coming, more than are served; those that do not matter get their turn all the same.
    #[test]
    fn the_least_urgent_gets_its_turn_in_the_end(
        asked in prop::collection::vec((any_asked(), 0_u8..3), 80..140),
        sequences in 1_u32..4,
    ) {
        let mut run = Run::new(Phases::Alike, 2, config(16, 8, sequences, 1_000));
        for (mut asked, steps) in asked {
            asked.timeout = None;
            asked.request.max_tokens = asked.request.max_tokens.map(|most| most.min(6));
            run.submit(asked);
            (0..steps).for_each(|_| run.step());
        }
        run.run_to_idle();
        run.check();
        prop_assert_eq!(run.engine.stats().finished as usize, run.requests.len());
    }
}
