//! The last hour of every series.

use std::collections::BTreeMap;

use super::{
    fold::MISSED,
    history::{Chunk, Strip},
    runs::Runs,
    series::Key,
};
use crate::Kind;

/// How many seconds can be relied upon, in seconds.
pub(super) const HOUR: i64 = 3_600;
/// How many seconds are kept: an hour, and a minute that a query may take until it comes here.
pub(super) const KEPT: i64 = HOUR + 60;
/// The most series. What comes beyond them is not recorded.
pub(super) const MOST_SERIES: usize = 2_000;

#[derive(Debug, Default)]
pub(super) struct Memory {
    series: BTreeMap<Key, Runs>,
    /// The second of the last samples of this process.
    last: Option<i64>,
    /// How many series of the last samples were too many.
    refused: usize,
}

impl Memory {
    /// Takes the samples of one second, later than the last.
    ///
    /// A counter that was not there a second ago began at zero, and that zero is a sample like any other: else its
    /// growth until now would be nobody's.
    pub(super) fn add(&mut self, tick: i64, samples: Vec<(Key, f64)>) {
        let before = self.last;
        self.refused = 0;
        for (key, value) in samples {
            let room = self.series.len() < MOST_SERIES;
            let counts = !matches!(key.metric().kind(), Kind::Gauge);
            let runs = match self.series.get_mut(&key) {
                Some(runs) => runs,
                None if room => self.series.entry(key).or_default(),
                None => {
                    self.refused += 1;
                    continue;
                }
            };
            if counts && before.is_none_or(|before| runs.end() <= before) {
                runs.push(tick - 1, 0.0);
            }
            runs.push(tick, value);
        }
        self.last = Some(tick);
        self.forget_before(tick - KEPT + 1);
    }

    /// Takes samples of an earlier process.
    pub(super) fn restore(&mut self, strip: &Strip) {
        let Some(key) = Key::of(&strip.metric, &strip.labels) else { return };
        if !self.series.contains_key(&key) && self.series.len() >= MOST_SERIES {
            return;
        }
        let runs = self.series.entry(key).or_default();
        for (tick, value) in (strip.first..).zip(&strip.values) {
            if !value.is_nan() {
                runs.push(tick, *value);
            }
        }
    }

    fn forget_before(&mut self, tick: i64) {
        self.series.retain(|_, runs| {
            runs.forget_before(tick);
            !runs.is_empty()
        });
    }

    /// The clock was put back to `tick`. A little more than what is after it goes, so that the growth of the time
    /// that went is part of no rate. The second from which on everything went.
    pub(super) fn put_back(&mut self, tick: i64) -> i64 {
        let from = tick - MISSED - 1;
        // A series of which nothing is left stays: it did not begin at zero just now.
        self.series.values_mut().for_each(|runs| runs.forget_from(from));
        self.last = self.last.map(|last| last.min(from - 1));
        from
    }

    /// The second of the last samples of this process.
    pub(super) fn last(&self) -> Option<i64> {
        self.last
    }

    /// How many series of the last samples were too many.
    pub(super) fn refused(&self) -> usize {
        self.refused
    }

    /// The series of a metric in order.
    pub(super) fn of(&self, metric: usize) -> impl Iterator<Item = (&Key, &Runs)> {
        let first = Key { metric, labels: Vec::new(), bound: None };
        self.series.range(first..).take_while(move |(key, _)| key.metric == metric)
    }

    /// What was sampled from `from` to the last second, for the history.
    pub(super) fn chunk(&self, from: i64) -> Option<Chunk> {
        let to = self.last? + 1;
        let began = |(_, runs): (&Key, &Runs)| runs.stretches(from, to).next().map(|stretch| stretch.from);
        let first = self.series.iter().filter_map(began).min()?;
        let strip = |(key, runs): (&Key, &Runs)| {
            runs.stretches(first, to).next().map(|_| Strip {
                metric: key.metric().name().to_owned(),
                labels: key.all_labels(),
                first,
                values: runs.dense(first, to),
            })
        };
        let strips = self.series.iter().filter_map(strip).collect();
        Some(Chunk { first, seconds: usize::try_from(to - first).unwrap_or(0), strips })
    }
}

#[cfg(test)]
mod tests {
    use inferno_insight::{Aggregate, Label};

    use super::{
        super::fold::{Fold, Grid},
        *,
    };

    fn key(metric: &str) -> Key {
        Key::of(metric, &[Label { name: "plugin".into(), value: "p".into() }]).expect("a metric")
    }

    /// What a counter grew in each of the seconds 1 to 8, given what it held then, where it was there.
    fn grown(held: [Option<f64>; 8]) -> Vec<f64> {
        let (mut memory, counter) = (Memory::default(), key("inferno_plugin_calls_total"));
        for (tick, value) in (1..).zip(held) {
            memory.add(tick, value.map(|value| (counter.clone(), value)).into_iter().collect());
        }
        let mut fold = Fold::new(Grid { now: 8, step: 1, count: 8 }, Aggregate::Increase);
        let (_, runs) = memory.of(counter.metric).next().expect("the counter");
        runs.stretches(-100, 9).for_each(|stretch| fold.add(stretch));
        fold.finish()
    }

    #[track_caller]
    fn check(held: [Option<f64>; 8], expected: [f64; 8]) {
        assert_eq!(format!("{:?}", grown(held)), format!("{expected:?}"));
    }

    #[test]
    fn a_counter_that_comes_late_or_comes_again_begins_at_zero() {
        const NAN: f64 = f64::NAN;
        let there = |values: [f64; 8]| values.map(|v| (!v.is_nan()).then_some(v));
        // Before the first sample of the process there was a zero, too.
        check(there([3.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0, 5.0]), [3.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        check(there([NAN, NAN, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]), [NAN, NAN, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        // Gone for a while: it was made anew, whether it holds less than before or more.
        check(there([9.0, 9.0, NAN, NAN, 1.0, 1.0, 1.0, 1.0]), [9.0, 0.0, NAN, 0.0, 1.0, 0.0, 0.0, 0.0]);
        check(there([1.0, 1.0, NAN, NAN, 5.0, 5.0, 5.0, 5.0]), [1.0, 0.0, NAN, 0.0, 5.0, 0.0, 0.0, 0.0]);
        check(there([1.0, 2.0, NAN, NAN, NAN, NAN, NAN, NAN]), [1.0, 1.0, NAN, NAN, NAN, NAN, NAN, NAN]);
    }

    #[test]
    fn an_hour_is_kept_and_no_more() {
        let (mut memory, counter) = (Memory::default(), key("inferno_plugin_calls_total"));
        for tick in 0..10_000 {
            memory.add(tick, vec![(counter.clone(), tick as f64)]);
        }
        let (_, runs) = memory.of(counter.metric).next().expect("the counter");
        assert_eq!(runs.stretches(i64::MIN / 2, 20_000).count() as i64, KEPT);
        // A series that is gone for an hour is gone.
        for tick in 10_000..10_000 + KEPT {
            memory.add(tick, Vec::new());
        }
        assert!(memory.of(counter.metric).next().is_none());
        assert_eq!(memory.chunk(0), None);
    }
}
