//! Tests of the engine as a whole, over the fake executor.

mod answers;
mod property;
mod refusals;
mod runner;
mod sharing;
mod turmoil;

use std::{num::NonZeroU32, sync::Arc};

use inferno_backend::{KvLayout, KvType, Phases};
use inferno_types::{FinishReason, RequestId, SamplingSpec, TokenId};
use proptest::prelude::*;

use crate::{
    Engine, EngineConfig, Event, EventKind, Request, RequestFault, Usage,
    test_support::{FakeExecutor, FakeVocabulary},
};

const LAYOUT: KvLayout = KvLayout { block_len: 4, blocks: 16, kind: KvType::F16 };
const CONTEXT: u32 = 48;

fn config(batch: u32, chunk: u32, sequences: u32, waiting: u32) -> EngineConfig {
    let size = |n| NonZeroU32::new(n).unwrap();
    EngineConfig {
        max_batch_tokens: size(batch),
        prefill_chunk: size(chunk),
        max_sequences: size(sequences),
        max_waiting: waiting,
        ..EngineConfig::default()
    }
}

fn engine_over(executor: FakeExecutor, config: EngineConfig) -> Engine {
    Engine::new(Box::new(executor), Arc::new(FakeVocabulary), config)
}

fn engine(config: EngineConfig) -> Engine {
    engine_in(Phases::Alike, config)
}

fn engine_in(phases: Phases, config: EngineConfig) -> Engine {
    engine_in_parts(phases, 1, config)
}

/// An engine that reads prompts in so many steps.
fn engine_in_parts(phases: Phases, parts: u32, config: EngineConfig) -> Engine {
    engine_over(FakeExecutor::new(LAYOUT, CONTEXT).with_phases(phases).with_parts(parts), config)
}

fn any_phases() -> impl Strategy<Value = Phases> {
    prop_oneof![Just(Phases::Alike), Just(Phases::Apart)]
}

fn prompt(tokens: &[u32]) -> Vec<TokenId> {
    tokens.iter().copied().map(TokenId).collect()
}

fn seeded(tokens: &[u32], max_tokens: u32, seed: u64) -> Request {
    let spec = SamplingSpec { seed: Some(seed), ..SamplingSpec::default() };
    Request { sampling: spec.try_into().unwrap(), ..Request::greedy(prompt(tokens), Some(max_tokens)) }
}

/// The whole of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
struct Answer {
    tokens: Vec<TokenId>,
    text: String,
    end: Option<End>,
}

#[derive(Debug, Clone, PartialEq)]
enum End {
    Finished(FinishReason, Usage),
    Failed(RequestFault),
}

impl Answer {
    fn take(&mut self, kind: EventKind) {
        assert_eq!(self.end, None, "nothing follows the end, but {kind:?} did");
        match kind {
            EventKind::Token(token) => {
                self.tokens.push(token.id);
                self.text += &token.text;
            }
            EventKind::Finished { reason, usage, timings } => {
                assert!(timings.queued <= timings.first_token && timings.first_token <= timings.total);
                self.end = Some(End::Finished(reason, usage));
            }
            EventKind::Failed(fault) => self.end = Some(End::Failed(fault)),
        }
    }
}

/// Steps until nothing is left to do, and returns all events.
fn run_to_idle(engine: &mut Engine) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..10_000 {
        if engine.is_idle() {
            return events;
        }
        events.extend(engine.step().unwrap());
    }
    panic!("still not idle: {:?}", engine.stats());
}

fn answer_to(request: RequestId, events: Vec<Event>) -> Answer {
    let mut answer = Answer::default();
    events.into_iter().filter(|e| e.request == request).for_each(|e| answer.take(e.kind));
    answer
}

/// What a request is answered when it has an engine to itself, fed in one piece.
fn alone(request: Request) -> Answer {
    alone_in(Phases::Alike, request)
}

fn alone_in(phases: Phases, request: Request) -> Answer {
    let mut engine = engine_in(phases, config(64, 64, 1, 1));
    let id = engine.submit(request).unwrap();
    let events = run_to_idle(&mut engine);
    answer_to(id, events)
}
