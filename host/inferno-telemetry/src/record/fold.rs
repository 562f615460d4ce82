//! From the samples of one series to one value for each step of a window.
//!
//! A counter's growth is taken from sample to sample and belongs to the second of the later one. A counter that
//! fell has begun again at zero, so what it holds is what it grew. A rate is growth by the time that was watched:
//! a second for each sample, and the seconds before it that were missed. If they were many, nobody knows how long
//! the growth took, and it is part of no rate.

use inferno_insight::Aggregate;

use super::runs::Stretch;

/// How many seconds may lie between two samples of a counter for the growth to be spread over all of them. After
/// a longer time the process was not running, or the clock was put back.
pub(super) const MISSED: i64 = 10;

/// The steps of a window that ends with the second `now`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) now: i64,
    pub(super) step: i64,
    pub(super) count: usize,
}

impl Grid {
    /// The last second before the window.
    pub(super) fn start(&self) -> i64 {
        self.now - self.step * self.count as i64
    }

    /// The end of each step in milliseconds since 1970.
    pub(super) fn times(&self) -> Vec<f64> {
        (1..=self.count as i64).map(|step| ((self.start() + step * self.step) * 1_000) as f64).collect()
    }

    /// The step that a second of the window belongs to.
    fn step_of(&self, tick: i64) -> usize {
        ((tick - self.start() - 1) / self.step) as usize
    }
}

/// Takes the stretches of a series, oldest first, of the window and, for counters, of some time before it.
#[derive(Debug)]
pub(super) struct Fold {
    grid: Grid,
    aggregate: Aggregate,
    cells: Vec<Cell>,
    /// The last sample so far.
    before: Option<(i64, f64)>,
}

/// What a step has gathered: a sum, a maximum or the last sample, and how much of it there was.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    value: f64,
    weight: i64,
}

impl Fold {
    pub(super) fn new(grid: Grid, aggregate: Aggregate) -> Self {
        Self { grid, aggregate, cells: vec![Cell::default(); grid.count], before: None }
    }

    pub(super) fn add(&mut self, stretch: Stretch) {
        match self.aggregate {
            Aggregate::Last | Aggregate::Mean | Aggregate::Max => {
                let (aggregate, value) = (self.aggregate, stretch.value);
                self.each_step(stretch.from, stretch.to, |cell, seconds| match aggregate {
                    Aggregate::Mean => *cell = cell.plus(value * seconds as f64, seconds),
                    Aggregate::Max if cell.weight > 0 => cell.value = cell.value.max(value),
                    _ => *cell = Cell { value, weight: 1 },
                });
            }
            Aggregate::Rate | Aggregate::Increase => {
                if let Some((tick, before)) = self.before {
                    let fell = stretch.value < before;
                    let growth = if fell { stretch.value } else { stretch.value - before };
                    let apart = stretch.from - tick;
                    if self.aggregate == Aggregate::Increase || apart <= MISSED {
                        let watched = if fell { 1 } else { apart };
                        self.each_step(stretch.from, stretch.from + 1, |cell, _| {
                            *cell = cell.plus(growth, watched);
                        });
                    }
                }
                self.each_step(stretch.from + 1, stretch.to, |cell, seconds| *cell = cell.plus(0.0, seconds));
                self.before = Some((stretch.to - 1, stretch.value));
            }
        }
    }

    /// Calls `each` for the steps that share seconds with `from .. to`, with how many.
    fn each_step(&mut self, from: i64, to: i64, mut each: impl FnMut(&mut Cell, i64)) {
        let grid = self.grid;
        let (mut from, to) = (from.max(grid.start() + 1), to.min(grid.now + 1));
        while from < to {
            let at = grid.step_of(from);
            let next = (grid.start() + (at as i64 + 1) * grid.step + 1).min(to);
            each(&mut self.cells[at], next - from);
            from = next;
        }
    }

    /// Whether any step has a value.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.weight == 0)
    }

    /// One value for each step, NaN where there was nothing to make it of.
    pub(super) fn finish(self) -> Vec<f64> {
        let value = |cell: Cell| match self.aggregate {
            _ if cell.weight == 0 => f64::NAN,
            Aggregate::Mean | Aggregate::Rate => cell.value / cell.weight as f64,
            Aggregate::Last | Aggregate::Max | Aggregate::Increase => cell.value,
        };
        self.cells.into_iter().map(value).collect()
    }
}

impl Cell {
    fn plus(self, value: f64, weight: i64) -> Self {
        Self { value: self.value + value, weight: self.weight + weight }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::runs::stretches_of, *};

    const ALL: [Aggregate; 5] =
        [Aggregate::Last, Aggregate::Mean, Aggregate::Max, Aggregate::Rate, Aggregate::Increase];

    fn folded(grid: Grid, aggregate: Aggregate, samples: &[f64]) -> Vec<f64> {
        let mut fold = Fold::new(grid, aggregate);
        stretches_of(0, samples).for_each(|stretch| fold.add(stretch));
        fold.finish()
    }

    /// The definition, second by second.
    fn naive(grid: Grid, aggregate: Aggregate, samples: &[f64]) -> Vec<f64> {
        let there: Vec<(i64, f64)> =
            (0..).zip(samples).filter(|(_, v)| !v.is_nan()).map(|(t, v)| (t, *v)).collect();
        (0..grid.count as i64)
            .map(|step| {
                let end = grid.now - (grid.count as i64 - 1 - step) * grid.step;
                let inside = |tick: i64| tick > end - grid.step && tick <= end;
                let values: Vec<f64> = there.iter().filter(|(t, _)| inside(*t)).map(|(_, v)| *v).collect();
                let (mut growth, mut watched) = (0.0, 0);
                for pair in there.windows(2) {
                    let ((t0, v0), (t1, v1)) = (pair[0], pair[1]);
                    if inside(t1) && (t1 - t0 <= MISSED || aggregate == Aggregate::Increase) {
                        growth += if v1 >= v0 { v1 - v0 } else { v1 };
                        watched += if v1 >= v0 { t1 - t0 } else { 1 };
                    }
                }
                match aggregate {
                    Aggregate::Last => values.last().copied().unwrap_or(f64::NAN),
                    Aggregate::Mean => values.iter().sum::<f64>() / values.len() as f64,
                    Aggregate::Max => values.iter().copied().fold(f64::NAN, f64::max),
                    Aggregate::Rate => growth / f64::from(watched as i32),
                    Aggregate::Increase if watched == 0 => f64::NAN,
                    Aggregate::Increase => growth,
                }
            })
            .collect()
    }

    fn samples() -> impl Strategy<Value = Vec<f64>> {
        let sample = prop_oneof![
            2 => Just(f64::NAN),
            6 => (0..6_u32).prop_map(f64::from),
        ];
        let runs = prop::collection::vec((sample, 1..15_usize), 0..25);
        runs.prop_map(|runs| runs.into_iter().flat_map(|(value, len)| vec![value; len]).collect())
    }

    proptest! {
        #[test]
        fn a_fold_is_its_definition(
            samples in samples(),
            step in 1..20_i64,
            count in 1..20_usize,
            now in -5..200_i64,
        ) {
            let grid = Grid { now, step, count };
            for aggregate in ALL {
                let (fast, slow) = (folded(grid, aggregate, &samples), naive(grid, aggregate, &samples));
                prop_assert_eq!(fast.len(), count);
                for (a, b) in fast.iter().zip(&slow) {
                    let equal = (a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-9;
                    prop_assert!(equal, "{:?}: {:?} is not {:?}", aggregate, fast, slow);
                    let growth = matches!(aggregate, Aggregate::Rate | Aggregate::Increase);
                    prop_assert!(!growth || a.is_nan() || *a >= 0.0, "{:?} of {:?}", aggregate, samples);
                }
            }
        }
    }

    #[track_caller]
    fn check(aggregate: Aggregate, samples: &[f64], step: i64, expected: &[f64]) {
        let now = samples.len() as i64 - 1;
        let grid = Grid { now, step, count: expected.len() };
        let found = folded(grid, aggregate, samples);
        assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{aggregate:?} of {samples:?}");
    }

    #[test]
    fn corners() {
        const NAN: f64 = f64::NAN;
        check(Aggregate::Last, &[1.0, 2.0, NAN, NAN], 2, &[2.0, NAN]);
        check(Aggregate::Mean, &[1.0, 2.0, NAN, 4.0], 2, &[1.5, 4.0]);
        check(Aggregate::Max, &[-3.0, -2.0, -5.0, NAN], 2, &[-2.0, -5.0]);
        // The first sample says nothing about growth.
        check(Aggregate::Increase, &[5.0, 7.0], 1, &[NAN, 2.0]);
        // A restart.
        check(Aggregate::Increase, &[50.0, 60.0, 4.0, 5.0], 1, &[NAN, 10.0, 4.0, 1.0]);
        // Two seconds were missed: the growth of three.
        check(Aggregate::Rate, &[0.0, 3.0, NAN, NAN, 12.0], 1, &[NAN, 3.0, NAN, NAN, 3.0]);
        check(Aggregate::Increase, &[0.0, 3.0, NAN, NAN, 12.0], 1, &[NAN, 3.0, NAN, NAN, 9.0]);
        let mut stopped = vec![NAN; 30];
        (stopped[0], stopped[29]) = (0.0, 8.0);
        check(Aggregate::Rate, &stopped, 1, &[NAN, NAN]);
        check(Aggregate::Increase, &stopped, 1, &[NAN, 8.0]);
    }
}
