//! The recorder second by second, on clocks that the tests hold, over a history in memory.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use inferno_insight::{Aggregate, Frame, Provenance, Query, Unit};
use inferno_types::Digest;

use super::{
    Chunk, History, HistoryError, QueryError, Recorder, Strip,
    sampler::{self, Core, Sampler},
};
use crate::{EngineMetrics, Metrics};

const NOON: i64 = 1_700_000_000;

/// Chunks in the order in which they came; fails while it is told to.
#[derive(Default)]
struct Chunks(Mutex<(Vec<Chunk>, bool)>);

impl Chunks {
    fn fail(&self, fails: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = fails;
    }

    fn with<T>(&self, look: impl FnOnce(&mut Vec<Chunk>) -> T) -> Result<T, HistoryError> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.1 { Err(HistoryError::new("no disk")) } else { Ok(look(&mut inner.0)) }
    }
}

impl History for Chunks {
    fn last(&self) -> Result<Option<i64>, HistoryError> {
        self.with(|chunks| chunks.last().map(|chunk| chunk.first + chunk.seconds as i64 - 1))
    }

    fn append(&self, chunk: &Chunk) -> Result<(), HistoryError> {
        self.with(|chunks| {
            if let Some(last) = chunks.last() {
                assert!(last.first + last.seconds as i64 <= chunk.first, "chunks come in order");
            }
            for strip in &chunk.strips {
                assert_eq!((strip.first, strip.values.len()), (chunk.first, chunk.seconds));
            }
            chunks.push(chunk.clone());
        })
    }

    fn forget_from(&self, tick: i64) -> Result<(), HistoryError> {
        self.with(|chunks| chunks.retain(|chunk| chunk.first + (chunk.seconds as i64) <= tick))
    }

    fn read(
        &self,
        metric: Option<&str>,
        from: i64,
        to: i64,
        each: &mut dyn FnMut(&Strip),
    ) -> Result<(), HistoryError> {
        self.with(|chunks| {
            let wanted = chunks.iter().filter(|c| c.first < to && c.first + c.seconds as i64 > from);
            let strips = wanted.flat_map(|chunk| &chunk.strips);
            strips.filter(|strip| metric.is_none_or(|metric| strip.metric == metric)).for_each(each);
        })
    }
}

/// A process that is recorded.
struct Process {
    metrics: Metrics,
    engine: EngineMetrics,
    core: Core,
    sampler: Sampler,
    wall: i64,
    steady: i64,
}

impl Process {
    fn start(history: Option<&Arc<Chunks>>, second: i64) -> Self {
        let metrics = Metrics::new();
        let engine = metrics.engine(&"m".parse().expect("a name"), &Digest::of(b""), "llama");
        let history = history.map(|history| Arc::clone(history) as Arc<dyn History>);
        let wall = second * 1_000;
        let (core, sampler) = sampler::start(metrics.clone(), history, wall, 0).expect("a thread");
        let mut process = Self { metrics, engine, core, sampler, wall, steady: 0 };
        process.sampler.sample(&process.core, wall, 0);
        process
    }

    /// A second passes, and the clock on the wall moves by `wall` more.
    fn second(&mut self, wall: i64) {
        self.steady += 1_000;
        self.wall += 1_000 + wall * 1_000;
        self.sampler.sample(&self.core, self.wall, self.steady);
    }

    fn seconds(&mut self, count: usize) {
        (0..count).for_each(|_| self.second(0));
    }

    fn generate(&self, tokens: usize) {
        (0..tokens).for_each(|_| self.engine.next_token(Duration::from_millis(8)));
    }

    fn try_ask(
        &self,
        metric: &str,
        aggregate: Aggregate,
        window: u32,
        step: u32,
    ) -> Result<Frame, QueryError> {
        let metric = metric.to_owned();
        self.core.query(&Query { metric, aggregate, window_seconds: window, step_seconds: step })
    }

    fn ask(&self, metric: &str, aggregate: Aggregate, window: u32, step: u32) -> Frame {
        self.try_ask(metric, aggregate, window, step).expect("an answer")
    }

    /// What was generated in each step of the window.
    fn generated(&self, window: u32, step: u32) -> Vec<f64> {
        let frame = self.ask("inferno_generation_tokens_total", Aggregate::Increase, window, step);
        frame.series.first().map(|series| series.values.clone()).unwrap_or_default()
    }

    fn generated_in_all(&self, window: u32) -> f64 {
        let step = window.div_ceil(1_000);
        self.generated(window, step).iter().filter(|value| !value.is_nan()).sum()
    }

    /// Ends as it should.
    fn stop(self) {
        self.sampler.finish(&self.core);
    }
}

#[track_caller]
fn same(found: &[f64], expected: &[f64]) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}

#[test]
fn a_counter_that_appears_has_grown_from_zero() {
    let mut process = Process::start(None, NOON);
    process.seconds(3);
    process.metrics.http_request("/v1/models", 200, Duration::from_millis(3));
    process.metrics.http_request("/v1/models", 200, Duration::from_millis(3));
    process.second(0);
    let frame = process.ask("inferno_http_requests_total", Aggregate::Increase, 3, 1);
    assert_eq!((frame.unit, frame.provenance), (Unit::Requests, Provenance::Measured));
    assert_eq!(frame.times, [2, 3, 4].map(|second| ((NOON + second) * 1_000) as f64));
    same(&frame.series[0].values, &[f64::NAN, f64::NAN, 2.0]);
    let buckets = process.ask("inferno_http_request_duration_seconds", Aggregate::Rate, 2, 2);
    let hit: Vec<_> = buckets.series.iter().filter(|series| series.values[0] > 0.0).collect();
    assert_eq!(hit.len(), 1);
    assert_eq!(hit[0].label("le"), Some("0.005"));
    assert_eq!((buckets.unit, buckets.series.len()), (Unit::PerSecond, 16));
}

#[test]
fn what_was_counted_before_the_first_sample_is_counted() {
    let metrics = Metrics::new();
    metrics.plugin_call("p");
    let (core, mut sampler) = sampler::start(metrics, None, NOON * 1_000, 0).expect("a thread");
    sampler.sample(&core, NOON * 1_000, 0);
    let metric = "inferno_plugin_calls_total".to_owned();
    let query = Query { metric, aggregate: Aggregate::Increase, window_seconds: 5, step_seconds: 5 };
    same(&core.query(&query).expect("an answer").series[0].values, &[1.0]);
}

#[test]
fn gauges_are_the_last_the_mean_and_the_largest() {
    let mut process = Process::start(None, NOON);
    for waiting in [2, 8, 5, 5] {
        process.engine.queue(waiting, 1);
        process.second(0);
    }
    for (aggregate, value) in [(Aggregate::Last, 5.0), (Aggregate::Mean, 5.0), (Aggregate::Max, 8.0)] {
        let frame = process.ask("inferno_requests_waiting", aggregate, 4, 4);
        same(&frame.series[0].values, &[value]);
        assert_eq!(frame.unit, Unit::Requests);
    }
}

/// Increments that differ from second to second, some of them zero.
fn some(second: i64) -> usize {
    (second.unsigned_abs().wrapping_mul(2_654_435_761) >> 7) as usize % 4
}

#[test]
fn long_windows_join_history_and_memory_without_a_seam() {
    let history = Arc::default();
    let mut process = Process::start(Some(&history), NOON);
    let mut truth = Vec::new();
    for second in 0..9_000 {
        process.generate(some(second));
        process.second(0);
        truth.push(some(second) as f64);
    }
    for (window, step) in [(60, 1), (3_600, 60), (3_601, 10), (7_000, 10), (8_991, 9), (4_000, 3_999)] {
        let found = process.generated(window, step);
        let expected: Vec<f64> = (0..found.len())
            .map(|at| {
                let end = truth.len() - (found.len() - 1 - at) * step as usize;
                truth[end.saturating_sub(step as usize)..end].iter().sum()
            })
            .collect();
        same(&found, &expected);
    }
    assert_eq!(process.generated_in_all(86_400), truth.iter().sum::<f64>());
}

#[test]
fn the_past_survives_a_restart() {
    let history = Arc::default();
    let mut process = Process::start(Some(&history), NOON);
    process.generate(10);
    process.seconds(100);
    process.generate(30);
    process.second(0);
    process.stop();
    // Twenty seconds later.
    let mut process = Process::start(Some(&history), NOON + 121);
    process.generate(5);
    process.seconds(2);
    assert_eq!(process.generated_in_all(3_600), 45.0);
    assert_eq!(process.generated_in_all(86_400), 45.0);
    let values = process.generated(25, 1);
    assert_eq!(&values[3..].iter().filter(|value| !value.is_nan()).sum::<f64>(), &5.0);
    assert_eq!(values[2], 30.0);
    assert_eq!(values.iter().filter(|value| value.is_nan()).count(), 18, "{values:?}");
    let rate = process.ask("inferno_generation_tokens_total", Aggregate::Rate, 125, 1);
    assert!(rate.series[0].values.iter().all(|value| value.is_nan() || *value >= 0.0));
    process.stop();
    // At once: a second is left out between the two.
    let mut process = Process::start(Some(&history), NOON + 123);
    process.generate(1);
    process.seconds(4);
    assert_eq!(process.generated_in_all(3_600), 46.0);
}

#[test]
fn a_killed_process_loses_ten_seconds_at_most() {
    let history = Arc::default();
    let mut process = Process::start(Some(&history), NOON);
    for second in 0..1_000 {
        process.generate(1);
        process.second(0);
        // The thread that writes is as fast as a disk would be in real seconds.
        while second % 10 == 5
            && history.last().expect("a history").is_none_or(|last| last < NOON + second - 10)
        {
            std::thread::yield_now();
        }
    }
    std::mem::forget(process);
    let last = history.last().expect("a history").expect("a sample");
    assert!(last >= NOON + 1_000 - 20, "the history ends {} s before the end", NOON + 1_000 - last);
    let process = Process::start(Some(&history), NOON + 2_000);
    assert!(process.generated_in_all(3_600) >= 980.0);
}

#[test]
fn gaps_are_gaps() {
    let mut process = Process::start(None, NOON);
    process.engine.queue(1, 0);
    process.seconds(2);
    // The machine slept.
    process.second(100);
    process.second(0);
    let frame = process.ask("inferno_requests_waiting", Aggregate::Last, 5, 1);
    same(&frame.series[0].values, &[f64::NAN, f64::NAN, f64::NAN, 1.0, 1.0]);
}

#[test]
fn a_clock_that_was_put_back_leaves_no_wrong_time_and_no_wrong_rate() {
    let history = Arc::default();
    let mut process = Process::start(Some(&history), NOON);
    for _ in 0..1_000 {
        process.generate(2);
        process.second(0);
    }
    process.second(-501);
    let now = |process: &Process| {
        let frame = process.ask("inferno_generation_tokens_total", Aggregate::Rate, 1, 1);
        (frame.times[0] / 1_000.0) as i64
    };
    assert_eq!(now(&process), NOON + 500);
    for _ in 0..20 {
        process.generate(2);
        process.second(0);
    }
    assert_eq!(now(&process), NOON + 520);
    let frame = process.ask("inferno_generation_tokens_total", Aggregate::Rate, 600, 1);
    assert!(frame.series[0].values.iter().all(|v| v.is_nan() || *v == 0.0 || *v == 2.0), "{frame:?}");
    process.stop();
    let last = history.last().expect("a history");
    assert_eq!(last, Some(NOON + 520));
    // Put back while nobody ran: what is to come is forgotten too.
    let process = Process::start(Some(&history), NOON + 100);
    assert_eq!(now(&process), NOON + 100);
}

#[test]
fn series_are_bounded() {
    let mut process = Process::start(None, NOON);
    for at in 0..2_500 {
        process.metrics.plugin_call(&format!("p{at}"));
    }
    process.seconds(2);
    let frame = process.ask("inferno_plugin_calls_total", Aggregate::Increase, 10, 10);
    assert!(frame.series.len() < 2_000 && frame.series.len() > 1_800, "{}", frame.series.len());
    assert_eq!(process.ask("inferno_requests_waiting", Aggregate::Last, 1, 1).series.len(), 1);
}

#[test]
fn refusals_have_their_own_words() {
    let process = Process::start(None, NOON);
    let refused = |metric: &str, aggregate| {
        process
            .try_ask(metric, aggregate, 60, 1)
            .map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    };
    insta::assert_snapshot!(refused("inferno_secrets", Aggregate::Last), @"there is no metric `inferno_secrets`; the catalogue lists those that there are");
    insta::assert_snapshot!(refused("inferno_requests_waiting", Aggregate::Rate), @"`inferno_requests_waiting` is a gauge: ask for `last`, `mean` or `max`");
    insta::assert_snapshot!(refused("inferno_generation_tokens_total", Aggregate::Max), @"`inferno_generation_tokens_total` is a counter: ask for `rate` or `increase`");
    insta::assert_snapshot!(refused("no name", Aggregate::Last), @r#""no name" is no name of a metric: use lower-case letters, digits and `_`"#);
    assert_eq!(refused("inferno_requests_waiting", Aggregate::Last), "fine");
}

#[test]
fn without_its_history_it_still_has_the_last_hour() {
    let history: Arc<Chunks> = Arc::default();
    history.fail(true);
    let mut process = Process::start(Some(&history), NOON);
    process.generate(3);
    process.seconds(30);
    assert_eq!(process.generated_in_all(3_600), 3.0);
    let error = process.try_ask("inferno_generation_tokens_total", Aggregate::Rate, 86_400, 100);
    assert!(matches!(error, Err(QueryError::History(_))), "{error:?}");
    history.fail(false);
    process.seconds(30);
    assert_eq!(process.generated_in_all(86_400), 3.0);
}

#[test]
fn a_snapshot_says_what_the_last_seconds_were() {
    let mut process = Process::start(None, NOON);
    let quiet = process.core.snapshots().borrow().clone();
    assert_eq!(quiet.models[0].model, "m");
    assert_eq!(quiet.models[0].time_to_first_token_p50.value(), None);
    assert_eq!(quiet.models[0].time_to_first_token_p50.provenance(), Provenance::Estimated);
    assert_eq!(quiet.requests_per_second.value(), None);
    for _ in 0..5 {
        process.engine.queue(3, 2);
        process.engine.kv_blocks(16, 64);
        process.engine.prompt_tokens(12);
        process.engine.first_token(Duration::from_millis(40));
        process.generate(9);
        process.metrics.http_request("/v1/models", 200, Duration::from_millis(1));
        process.second(0);
    }
    let snapshot = process.core.snapshots().borrow().clone();
    let model = &snapshot.models[0];
    assert_eq!(snapshot.at, ((NOON + 5) * 1_000) as f64);
    assert_eq!(model.generation_tokens_per_second.value(), Some(10.0));
    assert_eq!(model.generation_tokens_per_second.unit(), Unit::PerSecond);
    assert_eq!(model.prompt_tokens_per_second.value(), Some(12.0));
    assert_eq!(model.requests_waiting.value(), Some(3.0));
    assert_eq!(model.requests_running.value(), Some(2.0));
    assert_eq!(model.kv_utilization.value(), Some(0.25));
    assert_eq!(snapshot.requests_per_second.value(), Some(1.0));
    let within = |value: Option<f64>, low: f64, high: f64| value.is_some_and(|v| v >= low && v <= high);
    assert!(within(model.time_to_first_token_p95.value(), 0.025, 0.05));
    assert!(within(model.inter_token_p50.value(), 0.0075, 0.01));
    assert!(within(snapshot.process.resident_bytes.value(), 1e6, 1e12));
    assert!(within(snapshot.process.threads.value(), 1.0, 1e4));
    assert_eq!(snapshot.process.cpu_ratio.unit(), Unit::Ratio);
}

#[test]
fn the_thread_samples_and_writes_what_is_left_when_it_ends() {
    let history: Arc<Chunks> = Arc::default();
    let metrics = Metrics::new();
    let samples = metrics.clone();
    let before: Box<dyn Fn() + Send> = Box::new(move || samples.plugin_call("p"));
    let kept = Arc::clone(&history) as Arc<dyn History>;
    let recorder = Recorder::start(metrics, before, Some(kept)).expect("a thread");
    let mut news = recorder.snapshots();
    let first = news.borrow_and_update().at;
    assert_eq!(recorder.catalogue().len(), crate::catalogue::ALL.len());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(news.changed()).expect("a recorder that lives");
    assert!(news.borrow().at > first);
    let clone = recorder.clone();
    drop(recorder);
    runtime.block_on(news.changed()).expect("a recorder that lives");
    let last = (news.borrow().at / 1_000.0) as i64;
    clone.stop();
    assert!(history.last().expect("a history").expect("samples") >= last);
    // What is in memory can still be asked for.
    let metric = "inferno_plugin_calls_total".to_owned();
    let query = Query { metric, aggregate: Aggregate::Increase, window_seconds: 60, step_seconds: 60 };
    assert!(clone.query(&query).expect("an answer").series[0].values[0] >= 3.0);
    drop(clone);
    assert!(runtime.block_on(news.changed()).is_err());
}
