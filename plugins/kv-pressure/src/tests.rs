//! What the analyzer finds in windows of every kind.

use inferno_plugin::{
    Analyzer,
    analyzer::AnalysisError,
    metrics::{Frame, Unit},
    testing::{findings, frame},
};

use crate::KvPressure;

/// Frames of one model, with 512 blocks: for each step how full the cache is, who waits, and who runs.
fn frames(model: &str, steps: usize, step: impl Fn(usize) -> [f64; 3]) -> Vec<Frame> {
    let units = [Unit::Ratio, Unit::Requests, Unit::Requests];
    let gauge = |query: usize, unit, values| {
        frame(&KvPressure::queries()[query], unit, [(vec![("model", model)], values)])
    };
    let seen = (0..3).map(|at| gauge(at, units[at], (0..steps).map(|index| step(index)[at]).collect()));
    seen.chain([gauge(3, Unit::Count, vec![512.0; steps])]).collect()
}

fn check(steps: usize, step: impl Fn(usize) -> [f64; 3], expected: &str) {
    let found = KvPressure::analyze(&frames("demo", steps, step)).expect("findings");
    assert_eq!(findings(&found), expected);
}

/// A cache that is full, with somebody waiting, during the last so many of sixty steps.
fn full_during(pressed: usize) -> impl Fn(usize) -> [f64; 3] {
    move |step| {
        if step >= 60 - pressed { [0.9375, 4.0, 8.0] } else { [0.5, 0.0, 4.0] }
    }
}

fn full(severity: &str, seconds: u32) -> String {
    format!(
        "\
cache-full-demo ({severity}): Requests to demo wait for room in the key/value cache
  inferno_kv_block_utilization_ratio = 0.9375: for {seconds} s of the last ten minutes requests waited and the cache had no room for another
  inferno_requests_waiting = 4: so many waited meanwhile, on average
  inferno_requests_running = 8: so many ran meanwhile, on average
  then inferno_requests_waiting falls by 50 % within 300 s
  set engine.kv_positions = 12288 (now 8192)
"
    )
}

#[test]
fn a_full_cache_matters_by_how_long() {
    check(60, full_during(5), "");
    check(60, full_during(6), &full("low", 30));
    check(60, full_during(18), &full("medium", 90));
    check(60, full_during(60), &full("high", 300));
}

#[test]
fn a_cache_is_full_when_another_request_does_not_fit() {
    // Three hold a quarter each: just enough for a fourth.
    check(60, |_| [0.75, 1.0, 3.0], "");
    let expected = "\
cache-full-demo (high): Requests to demo wait for room in the key/value cache
  inferno_kv_block_utilization_ratio = 0.8125: for 300 s of the last ten minutes requests waited and the cache had no room for another
  inferno_requests_waiting = 1: so many waited meanwhile, on average
  inferno_requests_running = 3: so many ran meanwhile, on average
  then inferno_requests_waiting falls by 50 % within 300 s
  set engine.kv_positions = 10928 (now 8192)
";
    check(60, |_| [0.8125, 1.0, 3.0], expected);
}

#[test]
fn a_long_queue_gets_a_part_of_what_it_needs() {
    let expected = "\
cache-full-demo (high): Requests to demo wait for room in the key/value cache
  inferno_kv_block_utilization_ratio = 1: for 300 s of the last ten minutes requests waited and the cache had no room for another
  inferno_requests_waiting = 48: so many waited meanwhile, on average
  inferno_requests_running = 4: so many ran meanwhile, on average
  then inferno_requests_waiting falls by 12 % within 300 s
  set engine.kv_positions = 32768 (now 8192)
";
    check(60, |_| [1.0, 48.0, 4.0], expected);
}

#[test]
fn a_cache_that_fills_is_noticed_before_it_is_full() {
    // From a fifth on by one percent a step, with a gap.
    let filling = |step: usize| {
        let used = if step == 50 { f64::NAN } else { 0.2 + 0.01 * step as f64 };
        [used, 0.0, 2.0]
    };
    let expected = "\
cache-fills-demo (low): At this rate the key/value cache of demo is full in 105 s
  inferno_kv_block_utilization_ratio = 0.79: in 115 s the cache filled by 12.0 % of its size a minute
  inferno_requests_running = 2: so many requests were running, on average
  then inferno_kv_block_utilization_ratio falls by 37 % within 105 s
  set engine.kv_positions = 16384 (now 8192)
";
    check(60, filling, &expected.replace("low", "medium"));
    // Less than half as fast: there is more time.
    let slowly = |step: usize| [0.5 + step as f64 / 256.0, 0.0, 2.0];
    let expected = "\
cache-fills-demo (low): At this rate the key/value cache of demo is full in 345 s
  inferno_kv_block_utilization_ratio = 0.73046875: in 115 s the cache filled by 4.7 % of its size a minute
  inferno_requests_running = 2: so many requests were running, on average
  then inferno_kv_block_utilization_ratio falls by 32 % within 345 s
  set engine.kv_positions = 16384 (now 8192)
";
    check(60, slowly, expected);
}

#[test]
fn nothing_is_found_where_there_is_nothing() {
    check(60, |_| [0.0, 0.0, 0.0], "");
    // Full, and nobody waits; a queue, and there is room.
    check(60, |_| [0.97, 0.0, 8.0], "");
    check(60, |_| [0.7, 3.0, 32.0], "");
    // Half full and filling; nearly full and emptying; up and down.
    check(60, |step| [0.1 + 0.008 * step as f64, 0.0, 2.0], "");
    check(60, |step| [0.89 - 0.003 * step as f64, 0.0, 2.0], "");
    check(60, |step| [0.6 + 0.2 * (step % 2) as f64, 0.0, 2.0], "");
    // Hardly rising: it would take longer than ten minutes.
    check(60, |step| [0.7 + 0.0001 * step as f64, 0.0, 2.0], "");
}

#[test]
fn nothing_is_said_of_what_was_hardly_seen() {
    check(0, |_| [1.0, 9.0, 8.0], "");
    check(11, |_| [1.0, 9.0, 8.0], "");
    check(60, |step| [if step < 49 { f64::NAN } else { 1.0 }, 9.0, 8.0], "");
    check(60, |_| [f64::NAN; 3], "");
}

#[test]
fn models_are_looked_at_one_by_one() {
    let mut both = frames("Big/Model.gguf", 60, full_during(60));
    // The second name gives the same id as the first model's.
    let others = [frames("small", 60, |_| [0.2, 0.0, 1.0]), frames("big-model-gguf", 60, full_during(60))];
    for other in others {
        both.iter_mut().zip(other).for_each(|(frame, other)| frame.series.extend(other.series));
    }
    let found = KvPressure::analyze(&both).expect("findings");
    let ids: Vec<_> = found.iter().map(|opportunity| opportunity.id.as_str()).collect();
    assert_eq!(ids, ["cache-full-big-model-gguf"]);
}

#[test]
fn frames_of_other_metrics_are_refused() {
    let mut frames = frames("demo", 60, full_during(60));
    frames.swap(0, 1);
    let Err(AnalysisError::Data(reason)) = KvPressure::analyze(&frames) else { panic!("it took them") };
    assert!(reason.contains("in this order"), "{reason}");
}
