//! What an answer looks like: its text, its end, its log-probabilities, and what goes wrong.

use std::sync::{Arc, Mutex};

use super::*;
use crate::{EngineFault, EventSink, Observation, StopStrings, TopLogprobs};

#[test]
fn an_end_token_ends_the_answer_and_is_counted_but_not_shown() {
    let mut ended = 0;
    for seed in 0..40 {
        let answer = alone(seeded(&[1, 2, 3], 30, seed));
        let Some(End::Finished(reason, usage)) = answer.end else { panic!("{answer:?}") };
        assert_eq!(usage, Usage { prompt_tokens: 3, completion_tokens: answer.tokens.len() as u32 });
        assert!(!answer.text.contains("<end>"));
        match reason {
            FinishReason::Stop => assert_eq!(answer.tokens.last(), Some(&FakeVocabulary::END)),
            FinishReason::Length => assert_eq!(answer.tokens.len(), 30),
        }
        ended += u32::from(reason == FinishReason::Stop);
    }
    assert!((1..40).contains(&ended), "both ends occur: {ended}");
}

#[test]
fn ignoring_the_end_goes_on_to_the_limit() {
    for seed in 0..20 {
        let answer = alone(Request { ignore_end: true, ..seeded(&[1, 2, 3], 30, seed) });
        assert_eq!(answer.tokens.len(), 30);
        let bytes: Vec<u8> =
            answer.tokens.iter().flat_map(|t| FakeVocabulary::PIECES[t.index()]).copied().collect();
        assert_eq!(answer.text, String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_stop_string_cuts_the_answer_before_it() {
    let stop: StopStrings = vec!["bc".to_owned(), "word".to_owned(), "é".to_owned()].try_into().unwrap();
    let mut stopped = 0;
    for seed in 0..40 {
        let request = Request { ignore_end: true, ..seeded(&[1, 2, 3], 30, seed) };
        let whole = alone(request.clone());
        let cut = alone(Request { stop: stop.clone(), ..request });
        assert!(whole.tokens.starts_with(&cut.tokens));
        assert!(whole.text.starts_with(&cut.text));
        assert!(stop.as_slice().iter().all(|s| !cut.text.contains(s)), "{cut:?}");
        match cut.end {
            Some(End::Finished(FinishReason::Stop, _)) => stopped += 1,
            _ => assert_eq!(cut, whole),
        }
    }
    assert!(stopped > 10, "{stopped}");
}

#[test]
fn without_a_limit_the_context_ends_the_answer() {
    let answer = alone(Request { max_tokens: None, ignore_end: true, ..seeded(&[1; 40], 1, 0) });
    assert_eq!(answer.tokens.len(), 8);
    assert!(matches!(answer.end, Some(End::Finished(FinishReason::Length, _))));
}

#[test]
fn log_probabilities_come_when_asked_for_and_name_the_chosen_token() {
    let asked = Request { logprobs: Some(TopLogprobs::try_from(3).unwrap()), ..seeded(&[5, 6], 20, 2) };
    let mut engine = engine(config(64, 64, 1, 1));
    engine
        .submit(Request { ignore_end: true, sampling: inferno_types::SamplingParams::greedy(), ..asked })
        .unwrap();
    let mut tokens = 0;
    for event in run_to_idle(&mut engine) {
        let EventKind::Token(token) = event.kind else { continue };
        let logprob = token.logprob.unwrap();
        assert_eq!((logprob.top.len(), logprob.top[0].id), (3, token.id), "greedy takes the most likely");
        assert_eq!(logprob.top[0].logprob, logprob.logprob);
        assert!(logprob.top.windows(2).all(|w| w[0].logprob >= w[1].logprob));
        tokens += 1;
    }
    assert_eq!(tokens, 20);
}

#[test]
fn impossible_logits_fail_their_request_and_no_other() {
    // The second step decodes both; the first row of it is damaged.
    let executor = FakeExecutor::new(LAYOUT, CONTEXT).with_hook(|step, logits| {
        if step == 1 {
            logits[..FakeVocabulary::PIECES.len()].fill(f32::NAN);
        }
        Ok(())
    });
    let mut engine = engine_over(executor, config(64, 64, 4, 4));
    let request = |seed| Request { ignore_end: true, ..seeded(&[1, 2], 6, seed) };
    let (first, second) = (engine.submit(request(1)).unwrap(), engine.submit(request(2)).unwrap());
    let events = run_to_idle(&mut engine);
    let failed = answer_to(first, events.clone());
    assert_eq!((failed.tokens.len(), failed.end), (1, Some(End::Failed(RequestFault::NoPossibleToken))));
    assert_eq!(answer_to(second, events), alone(request(2)));
    assert_eq!((engine.stats().failed, engine.stats().kv_blocks_used), (1, 0));
}

#[test]
fn a_device_fault_stops_the_engine_for_good() {
    let executor = FakeExecutor::new(LAYOUT, CONTEXT)
        .with_hook(|_, _| Err(inferno_backend::BackendError::Device { detail: "smoke".into() }));
    let mut engine = engine_over(executor, config(64, 64, 4, 4));
    engine.submit(seeded(&[1], 5, 0)).unwrap();
    let fault = engine.step().unwrap_err();
    insta::assert_snapshot!(fault, @"a batch could not be executed: the device failed: smoke");
    assert!(engine.is_idle());
    engine.check_blocks();
    engine.submit(seeded(&[1], 5, 0)).unwrap();
    assert_eq!(engine.step(), Err(fault));
}

#[test]
fn too_few_logits_are_a_fault_and_not_a_panic() {
    let executor = FakeExecutor::new(LAYOUT, CONTEXT).with_hook(|_, logits| {
        logits.pop();
        Ok(())
    });
    let mut engine = engine_over(executor, config(64, 64, 4, 4));
    engine.submit(seeded(&[1], 5, 0)).unwrap();
    assert_eq!(engine.step(), Err(EngineFault::LogitsShape { found: 19, expected: 20 }));
}

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl EventSink for Notes {
    fn observe(&self, observation: &Observation<'_>) {
        let note = match observation {
            Observation::Queued { request, prompt_tokens } => {
                format!("{request} queued, {prompt_tokens} tokens")
            }
            Observation::Started { request, .. } => format!("{request} started"),
            Observation::FirstToken { request, .. } => format!("{request} first token"),
            Observation::Token { request, .. } => format!("{request} token"),
            Observation::Finished { request, reason, .. } => format!("{request} finished, {reason:?}"),
            Observation::PrefixReused { request, tokens } => format!("{request} reuses {tokens} tokens"),
            Observation::Preempted { request } => format!("{request} preempted"),
            Observation::Resumed { request } => format!("{request} resumed"),
            Observation::Expired { request } => format!("{request} expired"),
            Observation::Failed { request, fault } => format!("{request} failed: {fault}"),
            Observation::Cancelled { request } => format!("{request} cancelled"),
            Observation::Step { sequences, prefill_tokens, decode_tokens, duration, executing } => {
                assert!(executing <= duration);
                format!("step of {sequences}: {prefill_tokens} + {decode_tokens}")
            }
        };
        self.0.lock().unwrap().push(note);
    }
}

#[test]
fn a_sink_sees_every_turn() {
    let notes = Arc::new(Notes::default());
    let mut engine = engine(config(4, 3, 2, 8)).with_sink(notes.clone());
    let request = |len| Request { ignore_end: true, ..seeded(&vec![1; len], 2, 0) };
    engine.submit(request(5)).unwrap();
    engine.submit(request(1)).unwrap();
    let third = engine.submit(request(1)).unwrap();
    engine.step().unwrap();
    engine.cancel(third);
    run_to_idle(&mut engine);
    let notes = notes.0.lock().unwrap().join("\n");
    insta::assert_snapshot!(notes, @"
    request 0 queued, 5 tokens
    request 1 queued, 1 tokens
    request 2 queued, 1 tokens
    request 0 started
    request 1 started
    request 1 first token
    step of 2: 4 + 0
    request 2 cancelled
    request 1 token
    request 1 finished, Length
    request 0 first token
    step of 2: 2 + 1
    request 0 token
    request 0 finished, Length
    step of 1: 0 + 1
    ");
}

/// One answer is written while a prompt of nine tokens is read in three steps, and goes on being read when the one that is read
/// with it is cancelled.
#[test]
fn prompts_are_read_beside_answers_a_part_in_each_step() {
    let notes = Arc::new(Notes::default());
    let executor = FakeExecutor::new(LAYOUT, CONTEXT).with_parts(3);
    let mut engine = engine_over(executor, config(16, 9, 4, 8)).with_sink(notes.clone());
    let request = |len, most| Request { ignore_end: true, ..seeded(&vec![1; len], most, 0) };
    engine.submit(Request { ignore_end: true, ..seeded(&[2], 9, 0) }).unwrap();
    (0..3).for_each(|_| _ = engine.step().unwrap());
    let (read, cancelled) = (
        engine.submit(request(9, 1)).unwrap(),
        engine.submit(Request::greedy(prompt(&[3; 3]), None)).unwrap(),
    );
    let mut events = engine.step().unwrap();
    engine.cancel(cancelled);
    events.extend(run_to_idle(&mut engine));
    assert_eq!(answer_to(read, events), alone(request(9, 1)));
    assert_eq!(engine.stats().prompt_tokens, 1 + 9, "nothing is read twice");
    let notes = notes.0.lock().unwrap().join("\n");
    insta::assert_snapshot!(notes, @"
    request 0 queued, 1 tokens
    request 0 started
    step of 1: 0 + 0
    step of 1: 0 + 0
    request 0 first token
    step of 1: 1 + 0
    request 1 queued, 9 tokens
    request 2 queued, 3 tokens
    request 1 started
    request 2 started
    request 0 token
    step of 3: 4 + 1
    request 2 cancelled
    request 0 token
    step of 2: 2 + 1
    request 0 token
    request 1 first token
    request 1 finished, Length
    step of 2: 3 + 1
    request 0 token
    step of 1: 0 + 1
    request 0 token
    step of 1: 0 + 1
    request 0 token
    step of 1: 0 + 1
    request 0 token
    step of 1: 0 + 1
    request 0 token
    request 0 finished, Length
    step of 1: 0 + 1
    ");
}
