//! Prompts that begin alike, more requests than memory, priorities and deadlines: nobody's answer changes.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::{Priority, RequestFault};

/// An engine with room for `positions`, in blocks of 16.
fn roomy(positions: u32, config: EngineConfig) -> Engine {
    let layout = KvLayout { block_len: 16, blocks: positions / 16, kind: KvType::F16 };
    engine_over(FakeExecutor::new(layout, 2_048), config)
}

/// A thousand tokens and one that tells prompts apart.
fn long_prompt(last: u32) -> Vec<TokenId> {
    (0..1_000).map(|i| TokenId(1 + i * 7 % 13)).chain([TokenId(last)]).collect()
}

#[test]
fn eight_requests_read_the_thousand_tokens_that_they_share_once() {
    for warm in [true, false] {
        let mut engine = roomy(16_384, config(512, 256, 8, 8));
        let requests: Vec<_> = (1..9)
            .map(|n| Request { ignore_end: true, ..Request::greedy(long_prompt(n), Some(4)) })
            .collect();
        if warm {
            engine.submit(requests[0].clone()).unwrap();
            run_to_idle(&mut engine);
        }
        let rest = if warm { &requests[1..] } else { &requests[..] };
        for request in rest {
            engine.submit(request.clone()).unwrap();
        }
        run_to_idle(&mut engine);
        let stats = engine.stats();
        assert_eq!(stats.prompt_tokens, 1_000 + 8, "warm: {warm}");
        assert_eq!((stats.prefix_tokens_reused, stats.finished), (7 * 1_000, 8));
        assert_eq!(stats.kv_blocks_used, 0);
    }
}

#[test]
fn what_was_generated_is_read_again_where_prompts_are_computed_differently() {
    for (phases, read) in [(Phases::Alike, 2), (Phases::Apart, 33)] {
        let layout = KvLayout { block_len: 16, blocks: 64, kind: KvType::F16 };
        let mut engine =
            engine_over(FakeExecutor::new(layout, 2_048).with_phases(phases), config(512, 256, 8, 8));
        let first = Request { ignore_end: true, ..seeded(&[5; 32], 32, 1) };
        let id = engine.submit(first.clone()).unwrap();
        let answer = answer_to(id, run_to_idle(&mut engine));
        // The conversation goes on: what was asked, what was answered, and a word.
        let more: Vec<_> = [first.prompt, answer.tokens, prompt(&[8])].concat();
        engine.submit(Request::greedy(more, Some(1))).unwrap();
        run_to_idle(&mut engine);
        // The last token of the answer was never computed.
        assert_eq!(engine.stats().prompt_tokens, 32 + read, "{phases:?}");
    }
}

#[test]
fn without_reuse_every_prompt_is_read_whole() {
    let mut engine = roomy(16_384, EngineConfig { prefix_reuse: false, ..config(512, 256, 8, 8) });
    for n in 1..4 {
        engine.submit(Request::greedy(long_prompt(n), Some(1))).unwrap();
    }
    run_to_idle(&mut engine);
    assert_eq!(engine.stats().prompt_tokens, 3 * 1_001);
}

#[test]
fn what_runs_gives_its_memory_up_and_goes_on_without_a_seam() {
    // Four answers of 40 tokens, and memory for one and a half.
    let layout = KvLayout { block_len: 4, blocks: 16, kind: KvType::F16 };
    let mut engine = engine_over(FakeExecutor::new(layout, CONTEXT), config(64, 64, 4, 4));
    let request = |seed| Request { ignore_end: true, ..seeded(&[1, 2, seed as u32], 40, seed) };
    let ids: Vec<_> = (1..5).map(|seed| engine.submit(request(seed)).unwrap()).collect();
    let events = run_to_idle(&mut engine);
    assert!(engine.stats().preemptions > 0, "{:?}", engine.stats());
    for (id, seed) in ids.into_iter().zip(1..) {
        assert_eq!(answer_to(id, events.clone()), alone(request(seed)));
    }
}

#[test]
fn the_urgent_start_first() {
    let mut engine = engine(config(64, 64, 1, 8));
    let mut submit = |priority, seed| {
        engine.submit(Request { priority: Priority(priority), ..seeded(&[3], 2, seed) }).unwrap()
    };
    let order = [submit(5, 1), submit(0, 2), submit(-1, 3)];
    let mut ended = Vec::new();
    for event in run_to_idle(&mut engine) {
        if matches!(event.kind, EventKind::Finished { .. }) {
            ended.push(event.request);
        }
    }
    assert_eq!(ended, [order[2], order[1], order[0]]);
}

#[test]
fn a_passed_deadline_ends_a_request_and_frees_its_blocks_in_that_step() {
    let mut engine = engine(config(64, 64, 1, 8));
    let by = |deadline| Request { deadline, ignore_end: true, ..seeded(&[1; 9], 30, 1) };
    let soon = Instant::now() + Duration::from_millis(100);
    let running = engine.submit(by(Some(soon))).unwrap();
    let waiting = engine.submit(by(Some(soon))).unwrap();
    let patient = engine.submit(by(None)).unwrap();
    let mut events = engine.step().unwrap();
    std::thread::sleep(soon.saturating_duration_since(Instant::now()));
    events.extend(engine.step().unwrap());
    for id in [running, waiting] {
        assert_eq!(answer_to(id, events.clone()).end, Some(End::Failed(RequestFault::DeadlinePassed)));
    }
    let stats = engine.stats();
    assert_eq!((stats.expired, stats.running, stats.waiting), (2, 1, 0));
    // Nine positions of four to a block: those of the patient one, and no others.
    assert_eq!(stats.kv_blocks_used, 3);
    let rest = run_to_idle(&mut engine);
    assert!(matches!(answer_to(patient, rest).end, Some(End::Finished(..))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Prompts are cut from few texts, so that they share beginnings of all lengths, and memory holds few of them.
    #[test]
    fn sharing_preemption_and_priority_change_no_answer(
        prompts in prop::collection::vec((0_u32..3, 1_u32..28, 1_u32..20, any::<u64>(), -2_i32..3), 1..14),
        batch in 2_u32..40,
        sequences in 1_u32..6,
        pauses in prop::collection::vec(0_u8..4, 14),
        phases in any_phases(),
        parts in 1_u32..5,
    ) {
        let mut engine = engine_in_parts(phases, parts, config(batch, 16, sequences, 20));
        let (mut ids, mut events) = (Vec::new(), Vec::new());
        for ((text, len, most, seed, priority), pause) in prompts.into_iter().zip(pauses) {
            let prompt: Vec<u32> = (0..len).map(|i| 1 + (i * (text + 2) + text) % 5).collect();
            let request = Request { priority: Priority(priority), ..seeded(&prompt, most, seed) };
            ids.push((engine.submit(request.clone()).unwrap(), request));
            for _ in 0..pause {
                events.extend(engine.step().unwrap());
                engine.check_blocks();
            }
        }
        while !engine.is_idle() {
            events.extend(engine.step().unwrap());
            engine.check_blocks();
        }
        prop_assert_eq!(engine.stats().kv_blocks_used, 0);
        for (id, request) in ids {
            prop_assert_eq!(answer_to(id, events.clone()), alone_in(phases, request));
        }
    }
}
