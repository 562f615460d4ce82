//! How a product is cut into items.

use std::ops::Range;

use crate::kernels::{TILE, prefill::PAIR};

/// The most rows of decode in an item, whole tiles.
const DECODE_ROWS: usize = 8 * TILE;
/// The most rows of prefill: what panels are unpacked for, and what stays in the second cache.
const PREFILL_ROWS: usize = 32 * TILE;
/// Items that each thread should find, so that all end together.
const ITEMS: usize = 4;

/// Of a product with panels of some matrices.
pub(super) struct Cut {
    /// Panels of an item.
    panels: usize,
    /// Rows of decode, and of prefill.
    rows: (Range<usize>, Range<usize>),
    /// Rows of an item, of the kind that is cut.
    each: usize,
    /// Ranges of rows.
    ranges: usize,
}

/// What is multiplied with what.
pub(super) struct Item {
    pub(super) panels: Range<usize>,
    pub(super) decode: Range<usize>,
    /// Counted from the first row of prefill.
    pub(super) prefill: Range<usize>,
}

impl Cut {
    /// Cuts `panels` panels in all, of which an item has `most` at most, among so many threads.
    pub(super) fn new(
        panels: usize,
        rows: (Range<usize>, Range<usize>),
        threads: usize,
        most: usize,
    ) -> Self {
        let (decode, prefill) = (rows.0.len(), rows.1.len());
        if prefill == 0 {
            let each = decode.clamp(1, DECODE_ROWS);
            let ranges = decode.div_ceil(each);
            let panels = (panels * ranges / (threads * 2 * ITEMS)).clamp(1, most);
            return Self { panels, rows, each, ranges };
        }
        let pairs = panels.div_ceil(PAIR);
        let mut each = prefill.min(PREFILL_ROWS);
        while pairs * prefill.div_ceil(each) < threads * ITEMS && each > PAIR * TILE {
            each = (each / 2).next_multiple_of(PAIR * TILE);
        }
        let panels = PAIR.min(most);
        Self { panels, rows, each, ranges: prefill.div_ceil(each) }
    }

    /// Items of a matrix of `panels` panels.
    pub(super) fn items(&self, panels: usize) -> usize {
        panels.div_ceil(self.panels) * self.ranges
    }

    /// One of them. Rows of decode go with the first of those of prefill, so that panels are fetched once for both.
    pub(super) fn item(&self, item: usize, panels: usize) -> Item {
        let per = panels.div_ceil(self.panels);
        let (panel, range) = (item % per * self.panels, item / per);
        let part = |rows: &Range<usize>| {
            let first = rows.start + range * self.each;
            first.min(rows.end)..(first + self.each).min(rows.end)
        };
        let (decode, prefill) = match &self.rows {
            (decode, prefill) if prefill.is_empty() => (part(decode), 0..0),
            (decode, prefill) => (if range == 0 { decode.clone() } else { 0..0 }, part(prefill)),
        };
        Item { panels: panel..(panel + self.panels).min(panels), decode, prefill }
    }
}
