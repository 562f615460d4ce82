//! The samples of one series on a grid of seconds, as runs of equal values.
//!
//! Most counters stand still most of the time, so an hour of them is a handful of runs. A second without a sample
//! is a run of NaN.

use std::collections::VecDeque;

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Runs {
    runs: VecDeque<Run>,
    /// The second after the last sample.
    end: i64,
}

/// A value from one second on, up to the next run or the end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    from: i64,
    value: f64,
}

/// A value and the seconds at which it was sampled, the last one excluded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) value: f64,
}

impl Runs {
    /// Adds a sample. One at or before the last is left out: time only goes on.
    pub(super) fn push(&mut self, tick: i64, value: f64) {
        let value = if value.is_finite() { value } else { f64::NAN };
        match self.runs.back() {
            None => self.runs.push_back(Run { from: tick, value }),
            Some(_) if tick < self.end => return,
            Some(last) => {
                let mut before = last.value;
                if tick > self.end && !before.is_nan() {
                    self.runs.push_back(Run { from: self.end, value: f64::NAN });
                    before = f64::NAN;
                }
                if !same(before, value) {
                    self.runs.push_back(Run { from: tick, value });
                }
            }
        }
        self.end = tick + 1;
    }

    /// The second after the last sample, whatever it was.
    pub(super) fn end(&self) -> i64 {
        self.end
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Leaves out what was sampled before `tick`.
    pub(super) fn forget_before(&mut self, tick: i64) {
        if self.end <= tick {
            self.runs.clear();
            return;
        }
        while self.runs.get(1).is_some_and(|next| next.from <= tick) {
            self.runs.pop_front();
        }
        if let Some(first) = self.runs.front_mut() {
            first.from = first.from.max(tick);
        }
    }

    /// Leaves out what was sampled at `tick` and later.
    pub(super) fn forget_from(&mut self, tick: i64) {
        while self.runs.back().is_some_and(|run| run.from >= tick) {
            self.runs.pop_back();
        }
        self.end = self.end.min(tick);
    }

    /// What was sampled from `from` on and before `to`, oldest first, without the gaps.
    pub(super) fn stretches(&self, from: i64, to: i64) -> impl Iterator<Item = Stretch> + '_ {
        let first = self.runs.partition_point(|run| run.from <= from).saturating_sub(1);
        (first..self.runs.len())
            .map(move |at| {
                let Run { from: began, value } = self.runs[at];
                let ended = self.runs.get(at + 1).map_or(self.end, |next| next.from);
                Stretch { from: began.max(from), to: ended.min(to), value }
            })
            .take_while(move |stretch| stretch.from < to)
            .filter(|stretch| stretch.from < stretch.to && !stretch.value.is_nan())
    }

    /// The same, one value for each second, NaN where there was no sample.
    pub(super) fn dense(&self, from: i64, to: i64) -> Vec<f64> {
        let mut values = vec![f64::NAN; usize::try_from(to - from).unwrap_or(0)];
        for Stretch { from: began, to: ended, value } in self.stretches(from, to) {
            values[(began - from) as usize..(ended - from) as usize].fill(value);
        }
        values
    }
}

/// The stretches of samples that are one value for each second from `first` on.
pub(super) fn stretches_of(first: i64, values: &[f64]) -> impl Iterator<Item = Stretch> + '_ {
    let mut from = first;
    values.chunk_by(|a, b| same(*a, *b)).filter_map(move |run| {
        let stretch = Stretch { from, to: from + run.len() as i64, value: run[0] };
        from = stretch.to;
        stretch.value.is_finite().then_some(stretch)
    })
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a second may bring: nothing, a gap that is said, or a value.
    fn seconds() -> impl Strategy<Value = Vec<Option<f64>>> {
        let second = prop_oneof![
            1 => Just(None),
            1 => Just(Some(f64::NAN)),
            4 => (0..3_i32).prop_map(|v| Some(f64::from(v))),
        ];
        prop::collection::vec(second, 0..40)
    }

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() }).collect()
    }

    proptest! {
        #[test]
        fn runs_are_the_samples(
            seconds in seconds(),
            before in 0..45_i64,
            after in 0..45_i64,
            (from, len) in (0..45_i64, 0..45_i64),
        ) {
            let mut runs = Runs::default();
            let mut naive = vec![f64::NAN; 100];
            for (tick, second) in seconds.iter().enumerate() {
                if let Some(value) = second {
                    runs.push(tick as i64, *value);
                    naive[tick] = *value;
                }
            }
            runs.forget_before(before);
            runs.forget_from(after);
            for (tick, value) in naive.iter_mut().enumerate() {
                if (tick as i64) < before || tick as i64 >= after {
                    *value = f64::NAN;
                }
            }
            let dense = runs.dense(from, from + len);
            let expected = &naive[from as usize..(from + len) as usize];
            prop_assert_eq!(bits(&dense), bits(expected));
            let again: Vec<_> = stretches_of(from, expected).collect();
            let mut joined: Vec<Stretch> = Vec::new();
            for stretch in runs.stretches(from, from + len) {
                match joined.last_mut() {
                    Some(last) if last.to == stretch.from && last.value == stretch.value => last.to = stretch.to,
                    _ => joined.push(stretch),
                }
            }
            prop_assert_eq!(joined, again);
        }
    }

    #[test]
    fn what_stands_still_takes_one_run() {
        let mut runs = Runs::default();
        (0..3_600).for_each(|tick| runs.push(tick, 7.0));
        runs.push(10, 8.0);
        assert_eq!((runs.runs.len(), runs.end()), (1, 3_600));
    }
}
