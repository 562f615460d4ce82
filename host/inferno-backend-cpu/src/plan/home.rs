//! Which rows of a batch belong to which thread.
//!
//! A line that one core has written costs another that reads it as much as memory does, or more. So of many rows each thread has
//! some that it computes from the first step to the last, as far as it can: those of row-wise steps, and those of products, of which
//! who has no more of his own takes what others have left. Only attention reads what belongs to others. Of few rows products share
//! out columns: each thread would have to read every weight.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::kernels::{TILE, prefill::PAIR};

/// Rows of a thread from which on products go by rows: reading and unpacking weights is little beside multiplying so many.
const MANY: usize = 128;

/// Whether so many rows are enough for all threads to have some of their own.
pub(crate) fn are_many(rows: usize, threads: usize) -> bool {
    threads > 1 && rows >= MANY * threads
}

/// Those of one thread: of many, [whole tiles](in_tiles).
pub(crate) fn of(thread: usize, rows: usize, threads: usize) -> Range<usize> {
    if are_many(rows, threads) {
        return in_tiles(thread, rows, threads);
    }
    share(thread, rows, rows.div_ceil(threads))
}

/// The same in pairs of tiles, as products take them, however many there are.
pub(crate) fn in_tiles(thread: usize, rows: usize, threads: usize) -> Range<usize> {
    share(thread, rows, rows.div_ceil(threads).next_multiple_of(PAIR * TILE))
}

fn share(thread: usize, rows: usize, each: usize) -> Range<usize> {
    (thread * each).min(rows)..((thread + 1) * each).min(rows)
}

/// How many items of a step are taken: of what belongs to each thread, or of all, which then are the first one's.
pub(crate) struct Taken(Vec<Count>);

/// On a line of its own.
#[repr(align(64))]
#[derive(Default)]
struct Count(AtomicUsize);

impl Taken {
    pub(crate) fn new(threads: usize) -> Self {
        Self((0..threads).map(|_| Count::default()).collect())
    }

    /// Takes so many more; returns how many were taken before.
    pub(crate) fn take(&self, thread: usize, items: usize) -> usize {
        self.0[thread].0.fetch_add(items, Ordering::Relaxed)
    }

    /// Nothing is taken yet.
    pub(crate) fn reset(&mut self) {
        self.0.iter_mut().for_each(|count| *count.0.get_mut() = 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_belongs_to_one_thread() {
        for (rows, threads) in [(0, 2), (1, 4), (255, 2), (256, 2), (300, 2), (512, 3), (515, 4), (1_000, 64)]
        {
            for of in [of, in_tiles] {
                let all: Vec<_> = (0..threads).flat_map(|thread| of(thread, rows, threads)).collect();
                assert_eq!(all, (0..rows).collect::<Vec<_>>(), "{rows} rows of {threads} threads");
            }
        }
    }
}
