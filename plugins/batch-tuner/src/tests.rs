//! What the analyzer finds in windows of every kind.

use inferno_plugin::{
    Analyzer,
    analyzer::AnalysisError,
    metrics::{Frame, Unit},
    testing::{findings, frame, histogram},
};

use crate::BatchTuner;

/// Frames of the model `m`, with 512 blocks: for each step tokens per second, who runs, who waits, and how full the
/// cache is. Every token came between 10 and 20 ms after the one before.
fn frames(steps: usize, step: impl Fn(usize) -> [f64; 4]) -> Vec<Frame> {
    let queries = BatchTuner::queries();
    let units = [Unit::PerSecond, Unit::Requests, Unit::Requests, Unit::Ratio];
    let line = |query: usize, unit, values| frame(&queries[query], unit, [(vec![("model", "m")], values)]);
    let seen = (0..4).map(|at| line(at, units[at], (0..steps).map(|index| step(index)[at]).collect()));
    let latency = histogram(&queries[5], &[("0.01", &[0.0]), ("0.02", &[900.0]), ("+Inf", &[0.0])]);
    seen.chain([line(4, Unit::Count, vec![512.0; steps]), latency]).collect()
}

fn check(steps: usize, step: impl Fn(usize) -> [f64; 4], expected: &str) {
    let found = BatchTuner::analyze(&frames(steps, step)).expect("findings");
    assert_eq!(findings(&found), expected);
}

/// First two requests at once at 32 tokens per second, then eight at this rate.
fn two_then_eight(rate: f64, waiting: f64, used: f64) -> impl Fn(usize) -> [f64; 4] {
    move |step| if step < 30 { [32.0, 2.0, 0.0, 0.25] } else { [rate, 8.0, waiting, used] }
}

#[test]
fn a_batch_that_the_cache_keeps_small_is_worth_a_larger_cache() {
    // Four times the requests, twice the tokens: a power of a half.
    let expected = "\
larger-batch-pays-m (medium): m would generate more tokens per second if more requests ran at once
  inferno_requests_waiting = 6: so many waited on average, in the 150 s in which any did
  inferno_requests_running = 8: so many ran meanwhile
  inferno_kv_block_utilization_ratio = 1: so much of the cache was held meanwhile
  inferno_generation_tokens_total = 64: so many tokens per second came meanwhile
  inferno_generation_tokens_total = 32: and so many in the third of the time in which 2.0 ran
  inferno_generation_tokens_total = 64: and so many in the third of the time in which 8.0 ran
  then inferno_generation_tokens_total rises by 16 % within 300 s
  set engine.kv_positions = 14336 (now 8192)
";
    check(60, two_then_eight(64.0, 6.0, 1.0), expected);
    // More wait than twice the cache holds: no more is foretold than was nearly seen.
    let more =
        expected.replace("waiting = 6", "waiting = 60").replace("= 14336", "= 16384").replace("16 %", "21 %");
    check(60, two_then_eight(64.0, 60.0, 1.0), &more);
    // One waits, and hardly anything would come of it.
    let less = expected
        .replace("(medium)", "(low)")
        .replace("waiting = 6", "waiting = 1")
        .replace("= 14336", "= 9216")
        .replace("16 %", "3 %");
    check(60, two_then_eight(64.0, 1.0, 1.0), &less);
    check(60, two_then_eight(64.0, 0.5, 1.0), "");
}

#[test]
fn a_queue_beside_free_cache_is_worth_a_look() {
    let expected = "\
queue-beside-free-cache-m (medium): Requests to m wait although the cache has room for more
  inferno_requests_waiting = 32: so many waited on average, in the 150 s in which any did
  inferno_requests_running = 8: so many ran meanwhile
  inferno_kv_block_utilization_ratio = 0.5: so much of the cache was held meanwhile
  then inferno_requests_waiting falls by 12 % within 300 s
  look at the first request in the queue: either 8 are as many as the server runs at once, or it asks for more than the 50 % of the cache that are free, and should name a smaller `max_tokens`
";
    check(60, two_then_eight(64.0, 32.0, 0.5), expected);
    // Room for one more is none: the next may be a little larger.
    check(60, |_| [64.0, 8.0, 4.0, 0.875], "");
    // A queue that lasts 25 s, and one of a tenth of the time.
    check(60, |step| [64.0, 8.0, if step < 5 { 4.0 } else { 0.0 }, 0.5], "");
    check(100, |step| [64.0, 8.0, if step < 10 { 4.0 } else { 0.0 }, 0.5], "");
}

#[test]
fn a_batch_past_its_best_is_noticed() {
    let expected = "\
batch-past-its-best-m (info): More requests at once make m slower for each and no faster for all
  inferno_generation_tokens_total = 32: so many tokens per second came in the third of the time in which 2.0 ran
  inferno_generation_tokens_total = 32: so many tokens per second came in the third of the time in which 8.0 ran
  inferno_inter_token_latency_seconds = 0.015: half of all tokens came within this time after the one before (estimated from buckets)
  then inferno_inter_token_latency_seconds falls by 38 % within 300 s
  look at whether clients should send fewer requests at once: 2 together got about as many tokens per second as 8
";
    check(60, two_then_eight(32.0, 0.0, 1.0), expected);
    // A queue for the cache changes nothing: a larger cache would bring nothing.
    check(60, two_then_eight(32.0, 6.0, 1.0), expected);
    // Two instead of one are no batch.
    check(60, |step| [32.0, if step < 30 { 1.0 } else { 2.0 }, 0.0, 0.5], "");
}

#[test]
fn nothing_is_found_where_there_is_nothing() {
    // No work; eight at once all the time; more that bring more, and nobody waits; between paying and not.
    check(60, |_| [0.0; 4], "");
    check(60, |_| [64.0, 8.0, 4.0, 1.0], "");
    check(60, two_then_eight(64.0, 0.0, 1.0), "");
    check(60, two_then_eight(40.0, 6.0, 1.0), "");
    // No token comes at all: nothing can be compared.
    check(60, two_then_eight(0.0, 6.0, 1.0), "");
}

#[test]
fn nothing_is_said_of_what_was_hardly_seen() {
    let busy = |step: usize| if step < 6 { [32.0, 2.0, 0.0, 0.25] } else { [64.0, 8.0, 6.0, 1.0] };
    check(0, busy, "");
    check(11, busy, "");
    // Work for 55 s of a longer window, and values that were not sampled.
    check(60, |step| if step < 11 { busy(step) } else { [0.0; 4] }, "");
    check(60, |step| if step < 11 { busy(step) } else { [f64::NAN, 8.0, 6.0, 1.0] }, "");
}

#[test]
fn frames_of_other_metrics_are_refused() {
    let mut frames = frames(60, two_then_eight(64.0, 6.0, 1.0));
    frames.swap(0, 1);
    let Err(AnalysisError::Data(reason)) = BatchTuner::analyze(&frames) else { panic!("it took them") };
    assert!(reason.contains("in this order"), "{reason}");
}
