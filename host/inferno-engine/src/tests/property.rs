//! Random submissions, cancellations and steps: whatever happens, memory has one owner, order is kept, and each
//! request gets the answer it would have got alone.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use proptest::prelude::*;

use super::*;
use crate::{EventSink, Observation, StopStrings};

#[derive(Debug, Clone)]
enum Action {
    Submit(Box<Request>),
    /// The how-manieth of all requests so far, modulo their number.
    Cancel(usize),
    Step(u8),
}

fn any_request() -> impl Strategy<Value = Request> {
    let sampling =
        (any::<u64>(), prop_oneof![Just(0.0_f32), 0.5_f32..1.5], 0_u32..8, 0.5_f32..=1.0, 0.8_f32..1.5);
    let stops = prop::collection::vec(prop::sample::select(vec!["bc", "word", "é", "\n", "a b"]), 0..3);
    let tokens = prop::collection::vec(1_u32..20, 1..30);
    let max_tokens = prop_oneof![4 => (1_u32..20).prop_map(Some), 1 => Just(None)];
    (tokens, max_tokens, sampling, stops, any::<bool>()).prop_map(
        |(tokens, max_tokens, s, stops, ignore_end)| {
            let (seed, temperature, top_k, top_p, repetition_penalty) = s;
            let seed = Some(seed);
            let spec =
                SamplingSpec { temperature, top_k, top_p, repetition_penalty, seed, ..Default::default() };
            let stop: Vec<String> = stops.into_iter().map(str::to_owned).collect();
            Request {
                sampling: spec.try_into().unwrap(),
                stop: StopStrings::try_from(stop).unwrap(),
                ignore_end,
                ..Request::greedy(prompt(&tokens), max_tokens)
            }
        },
    )
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => any_request().prop_map(|r| Action::Submit(Box::new(r))),
        1 => any::<usize>().prop_map(Action::Cancel),
        3 => (1_u8..6).prop_map(Action::Step),
    ]
}

#[derive(Default)]
struct StartOrder(Mutex<Vec<RequestId>>);

impl EventSink for StartOrder {
    fn observe(&self, observation: &Observation<'_>) {
        if let Observation::Started { request, .. } = observation {
            self.0.lock().unwrap().push(*request);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn neighbours_and_history_change_nothing(
        actions in prop::collection::vec(any_action(), 1..40),
        batch in 1_u32..24,
        chunk in 1_u32..12,
        sequences in 1_u32..8,
        phases in any_phases(),
        parts in 1_u32..5,
    ) {
        let order = Arc::new(StartOrder::default());
        let config = config(batch, chunk, sequences, 6);
        let mut engine = engine_in_parts(phases, parts, config).with_sink(order.clone());
        let mut requests = Vec::new();
        let mut cancelled = HashSet::new();
        let mut answers: HashMap<RequestId, Answer> = HashMap::new();
        let mut take = |events: Vec<Event>, cancelled: &HashSet<RequestId>| {
            for event in events {
                assert!(!cancelled.contains(&event.request), "{event:?} after its request was cancelled");
                answers.entry(event.request).or_default().take(event.kind);
            }
        };
        for action in actions {
            match action {
                Action::Submit(request) => {
                    requests.extend(engine.submit((*request).clone()).map(|id| (id, *request)));
                }
                Action::Cancel(which) if !requests.is_empty() => {
                    let id = requests[which % requests.len()].0;
                    if engine.cancel(id) {
                        cancelled.insert(id);
                    }
                }
                Action::Cancel(_) => {}
                Action::Step(steps) => {
                    for _ in 0..steps {
                        take(engine.step().unwrap(), &cancelled);
                        prop_assert!(engine.stats().running <= sequences as usize);
                        engine.check_blocks();
                    }
                }
            }
            engine.check_blocks();
        }
        take(run_to_idle(&mut engine), &cancelled);

        let stats = engine.stats();
        prop_assert_eq!(stats.kv_blocks_used, 0);
        prop_assert_eq!(stats.finished + stats.cancelled, requests.len() as u64);
        // One that begins as another may stand back while that is read, and is overtaken meanwhile.
        let block = LAYOUT.block_len as usize;
        let begin = |(_, request): &(RequestId, Request)| request.prompt[..block.min(request.prompt.len())].to_vec();
        let different = requests.iter().map(begin).collect::<HashSet<_>>().len();
        let sorted = order.0.lock().unwrap().is_sorted();
        prop_assert!(sorted || different < requests.len(), "first come, first served");
        for (id, request) in requests {
            if cancelled.contains(&id) {
                continue;
            }
            let answer = &answers[&id];
            let Some(End::Finished(_, usage)) = &answer.end else { panic!("{answer:?}") };
            prop_assert_eq!(usage.prompt_tokens as usize, request.prompt.len());
            prop_assert_eq!(usage.completion_tokens as usize, answer.tokens.len());
            prop_assert!(request.stop.as_slice().iter().all(|s| !answer.text.contains(s)));
            prop_assert_eq!(answer, &alone_in(phases, request));
        }
    }

    #[test]
    fn every_request_starts_within_the_work_before_it(requests in prop::collection::vec(any_request(), 1..12)) {
        let mut engine = engine(config(16, 8, 4, 12));
        // Each step reads a prompt token or writes a token of the oldest request, so it is done within this bound.
        let work: usize =
            requests.iter().map(|r| r.prompt.len() + r.max_tokens.unwrap_or(CONTEXT) as usize).sum();
        for request in requests {
            engine.submit(request).unwrap();
        }
        let mut steps = 0;
        while !engine.is_idle() {
            engine.step().unwrap();
            steps += 1;
        }
        prop_assert!(steps <= work, "{steps} steps for {work} tokens");
    }
}
