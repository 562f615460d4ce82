//! What an engine does not take, and that it says why.

use super::*;
use crate::Rejected;

fn check(request: Request, expected: &str) {
    // 16 blocks of 4 hold 64 positions; the context of 100 would be larger.
    let mut engine = engine_over(FakeExecutor::new(LAYOUT, 100), config(64, 64, 1, 1));
    let found = match engine.submit(request) {
        Ok(_) => "accepted".to_owned(),
        Err(rejected) => rejected.to_string(),
    };
    assert_eq!(found, expected);
}

#[test]
fn a_request_that_can_never_run_is_refused() {
    let greedy = |len: usize, max_tokens| Request::greedy(prompt(&vec![1; len]), max_tokens);
    check(greedy(0, None), "the prompt is empty; give at least one token");
    check(greedy(1, Some(0)), "no token is asked for; give a `max_tokens` of at least 1");
    check(
        greedy(100, Some(1)),
        "the prompt has 100 tokens, but the context of 100 must also hold the answer; shorten it",
    );
    check(greedy(99, Some(1)), "the request needs 25 KV blocks, but there are 16; ask for fewer tokens");
    check(greedy(65, None), "the request needs 17 KV blocks, but there are 16; ask for fewer tokens");
    check(greedy(64, None), "accepted");
    // The last token needs no place in the cache.
    check(greedy(60, Some(5)), "accepted");
    check(greedy(60, Some(6)), "the request needs 17 KV blocks, but there are 16; ask for fewer tokens");
    check(Request::greedy(prompt(&[1, 20]), None), "token 20 lies beyond the vocabulary of 20");
    let bias = SamplingSpec { logit_bias: [(TokenId(99), 1.0)].into(), ..SamplingSpec::default() };
    let biased = Request { sampling: bias.try_into().unwrap(), ..greedy(1, None) };
    check(biased, "token 99 lies beyond the vocabulary of 20");
}

#[test]
fn a_full_queue_is_an_answer_and_a_cancelled_request_makes_room() {
    let mut engine = engine(config(64, 64, 1, 2));
    let request = || Request { ignore_end: true, ..seeded(&[1], 4, 0) };
    // One place to run and two to wait.
    let first = engine.submit(request()).unwrap();
    engine.submit(request()).unwrap();
    engine.submit(request()).unwrap();
    assert_eq!(engine.submit(request()), Err(Rejected::QueueFull { waiting: 3 }));
    assert!(engine.cancel(first));
    assert!(!engine.cancel(first));
    engine.submit(request()).unwrap();
    engine.step().unwrap();
    assert_eq!(engine.submit(request()), Err(Rejected::QueueFull { waiting: 2 }));
}

#[test]
fn cancelling_frees_memory_at_once() {
    let mut engine = engine(config(64, 64, 4, 4));
    let id = engine.submit(Request { ignore_end: true, ..seeded(&[1; 20], 20, 0) }).unwrap();
    engine.step().unwrap();
    // Twenty positions of four to a block; more is taken as the answer grows.
    assert_eq!(engine.stats().kv_blocks_used, 5);
    engine.cancel(id);
    assert_eq!(engine.stats().kv_blocks_used, 0);
    assert_eq!(engine.step(), Ok(Vec::new()));
}
