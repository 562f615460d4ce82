//! The scheduler on a machine whose clock is simulated: who waits how long for the first token, and for the next.

use std::time::{Duration, Instant};

use inferno_backend::{KvLayout, KvType, Phases};
use inferno_types::{RequestId, TokenId};

use super::{Scheduler, Sequence};
use crate::{EngineConfig, HastyStep, Request};

/// Milliseconds of a batch: for itself, for a row of an answer, for a row of a prompt.
const STEP: f64 = 3.5;
const ANSWER: f64 = 0.4;
const PROMPT: f64 = 0.25;
/// Of a batch of prompts that is computed bit by bit, what takes no time to leave off after.
const PARTS: f64 = 150.0;

struct Simulation {
    scheduler: Scheduler,
    began: Instant,
    /// Milliseconds since then.
    now: f64,
    /// What the batch that is being read takes, and what is left of that.
    reading: (f64, f64),
    /// Of each request: tokens of its prompt, when it came, and when each of its tokens did.
    requests: Vec<(f64, Vec<f64>)>,
}

impl Simulation {
    fn new(hasty_ms: u64) -> Self {
        let hasty_step = HastyStep::try_from(Duration::from_millis(hasty_ms)).unwrap();
        let config = EngineConfig { hasty_step, prefix_reuse: false, ..EngineConfig::default() };
        let layout = KvLayout { block_len: 16, blocks: 4096, kind: KvType::F16 };
        let scheduler = Scheduler::new(config, layout, Phases::Alike);
        Self { scheduler, began: Instant::now(), now: 0.0, reading: (0.0, 0.0), requests: Vec::new() }
    }

    fn at(&self) -> Instant {
        self.began + Duration::from_secs_f64(self.now / 1e3)
    }

    fn ask(&mut self, prompt: usize, answer: u32) -> usize {
        let id = self.requests.len();
        let request = Request::greedy(vec![TokenId(1); prompt], Some(answer));
        self.scheduler.enqueue(Sequence::new(RequestId(id as u64), request, answer, self.at()));
        self.requests.push((self.now, Vec::new()));
        id
    }

    fn step(&mut self) {
        self.scheduler.grow();
        while self.scheduler.start_next(self.at()).is_some() {}
        let answers: Vec<_> = self.scheduler.answers().map(|(at, _)| (at, 1)).collect();
        let mut took = Duration::ZERO;
        if !answers.is_empty() {
            let ms = STEP + ANSWER * answers.len() as f64;
            took = Duration::from_secs_f64(ms / 1e3);
            self.now += ms;
            self.scheduler.learn(answers.len() as u32, took);
            self.speak(&answers);
        }
        self.read(answers.len() as u32, took);
    }

    fn read(&mut self, answers: u32, took: Duration) {
        let prompts = |scheduler: &Scheduler| -> Vec<(usize, u32)> {
            scheduler.reading().map(|(at, running)| (at, running.reading)).collect()
        };
        if prompts(&self.scheduler).is_empty() {
            self.scheduler.begin_reading();
            let tokens: u32 = prompts(&self.scheduler).iter().map(|(_, tokens)| tokens).sum();
            let all = STEP + PROMPT * f64::from(tokens);
            self.reading = (all, all);
        }
        let prompts = prompts(&self.scheduler);
        if prompts.is_empty() {
            return;
        }
        let Some(within) = self.scheduler.time_to_read(answers, took) else { return };
        let within = within.as_secs_f64() * 1e3;
        let (all, left) = self.reading;
        let part = all / PARTS;
        let took = ((within / part).round().max(1.0) * part).min(left);
        self.now += took;
        self.reading.1 -= took;
        if self.reading.1 < part / 2.0 {
            self.speak(&prompts);
        }
    }

    /// Notes that tokens were computed, and what was generated after them.
    fn speak(&mut self, shares: &[(usize, u32)]) {
        let now = self.at();
        let mut ended = Vec::new();
        for (at, tokens) in shares {
            if self.scheduler.advance(*at, *tokens) {
                let sequence = self.scheduler.sequence_mut(*at).unwrap();
                sequence.generate(TokenId(2), now);
                self.requests[sequence.id.0 as usize].1.push(self.now);
                if sequence.generated() == sequence.limit {
                    ended.push(sequence.id);
                }
            }
        }
        ended.into_iter().for_each(|id| assert!(self.scheduler.remove(id)));
    }

    fn run(&mut self) {
        while !self.scheduler.running().is_empty() || self.scheduler.waiting() > 0 {
            self.step();
        }
    }

    fn first_token(&self, id: usize) -> f64 {
        let (asked, tokens) = &self.requests[id];
        tokens[0] - asked
    }

    /// The longest that one of `ids` waited for a token after `from`.
    fn longest_gap(&self, ids: std::ops::Range<usize>, from: f64) -> f64 {
        let tokens = ids.map(|id| &self.requests[id].1);
        let gaps = tokens.flat_map(|tokens| tokens.windows(2).filter(|pair| pair[0] >= from));
        gaps.map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
    }
}

/// Eight ask at once, on a server that has just served another: half of the first tokens came by then, the last did by
/// then, the longest gap, and the end.
fn eight_at_once(hasty_ms: u64) -> [f64; 4] {
    let mut simulation = Simulation::new(hasty_ms);
    simulation.ask(256, 32);
    simulation.run();
    let from = simulation.now;
    (0..8).for_each(|_| {
        simulation.ask(256, 128);
    });
    simulation.run();
    let mut first: Vec<_> = (1..9).map(|id| simulation.first_token(id)).collect();
    first.sort_by(f64::total_cmp);
    [first[3], first[7], simulation.longest_gap(1..9, from), simulation.now - from]
}

#[test]
fn many_who_ask_at_once_are_not_kept_waiting() {
    let [half, all, gap, end] = eight_at_once(20);
    let [slow_half, slow_all, slow_gap, slow_end] = eight_at_once(0);
    assert!(half < 0.6 * slow_half && all < 0.5 * slow_all, "{half} {all}, {slow_half} {slow_all}");
    assert!(gap <= 21.0 && slow_gap < gap, "{gap} {slow_gap}");
    assert!(end < slow_end, "{end} {slow_end}");
}

#[test]
fn a_long_prompt_on_its_own_holds_nobody_up() {
    let mut simulation = Simulation::new(20);
    (0..4).for_each(|_| {
        simulation.ask(64, 1_000);
    });
    (0..40).for_each(|_| simulation.step());
    let (before, steady) = (simulation.now, STEP + 4.0 * ANSWER);
    let long = simulation.ask(2_048, 1);
    simulation.run();
    assert!(simulation.first_token(long) > 1_000.0, "it is read beside answers");
    let gap = simulation.longest_gap(0..4, before);
    assert!(gap <= 1.5 * steady, "{gap} where it is {steady} without");
}

#[test]
fn a_question_does_not_wait_for_the_document_before_it() {
    let mut simulation = Simulation::new(20);
    (0..4).for_each(|_| {
        simulation.ask(64, 1_000);
    });
    (0..40).for_each(|_| simulation.step());
    let document = simulation.ask(4_000, 1);
    (0..10).for_each(|_| simulation.step());
    let question = simulation.ask(100, 1);
    simulation.run();
    let (document, question) = (simulation.first_token(document), simulation.first_token(question));
    assert!(question < 0.1 * document, "{question} beside {document}");
}

#[test]
fn a_document_is_read_however_many_questions_come() {
    let mut simulation = Simulation::new(20);
    simulation.ask(64, 2_000);
    (0..40).for_each(|_| simulation.step());
    let document = simulation.ask(4_000, 1);
    let alone = 4_000.0 * PROMPT;
    while simulation.requests[document].1.is_empty() {
        // Always another short one.
        if simulation.scheduler.waiting() == 0 && simulation.scheduler.running().len() < 4 {
            simulation.ask(100, 1);
        }
        simulation.step();
        assert!(simulation.now < 10.0 * alone, "still not read");
    }
}
