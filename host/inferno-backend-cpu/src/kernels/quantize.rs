//! Activations as signed bytes, the way GGML quantizes them for its dot products.
//!
//! Blocks of 32: `d = max|x| / 127` rounded to binary16, codes `round(x / d)` with the unrounded `d`, so that a
//! text computed here follows the GGML family closely. A row is stored as one run of [`row_len`] floats' space:
//! codes, then per block `d`, then `d · Σ codes` rounded to binary16, then `Σ codes`, then `Σ` of the first 16.

use super::{half::round_to_f16, vectorized};
use crate::isa::Isa;

/// Values that share a scale.
pub(crate) const BLOCK: usize = 32;

/// The `f32`-sized cells that a quantized row of `width` values takes, padded to whole cache lines.
pub(crate) const fn row_len(width: usize) -> usize {
    (width / BLOCK * 12).next_multiple_of(16)
}

/// A quantized row, read.
#[derive(Clone, Copy)]
pub(crate) struct Q8Row<'a> {
    cells: &'a [f32],
    width: usize,
}

impl<'a> Q8Row<'a> {
    /// Reads `cells` of `row_len(width)`.
    #[inline(always)]
    pub(crate) fn new(cells: &'a [f32], width: usize) -> Self {
        assert!(cells.len() >= width / BLOCK * 12);
        Self { cells, width }
    }

    /// Blocks in the row.
    #[inline(always)]
    pub(crate) fn blocks(&self) -> usize {
        self.width / BLOCK
    }

    /// One code per value.
    #[inline(always)]
    pub(crate) fn codes(&self) -> &'a [i8] {
        // SAFETY: the cells are initialized, `i8` has no invalid bits and no alignment, and `width` codes fit the
        // first `width / 4` cells.
        unsafe { std::slice::from_raw_parts(self.cells.as_ptr().cast(), self.width) }
    }

    #[inline(always)]
    fn part(&self, index: usize) -> &'a [f32] {
        let blocks = self.blocks();
        &self.cells[blocks * (8 + index)..][..blocks]
    }

    /// The scale of each block.
    #[inline(always)]
    pub(crate) fn scales(&self) -> &'a [f32] {
        self.part(0)
    }

    /// The scaled sum of each block.
    #[inline(always)]
    pub(crate) fn scaled_sums(&self) -> &'a [f32] {
        self.part(1)
    }

    /// The sum of the codes of each block.
    #[inline(always)]
    pub(crate) fn sums(&self) -> &'a [i32] {
        as_ints(self.part(2))
    }

    /// The sum of the first 16 codes of each block.
    #[inline(always)]
    pub(crate) fn low_sums(&self) -> &'a [i32] {
        as_ints(self.part(3))
    }
}

#[inline(always)]
fn as_ints(cells: &[f32]) -> &[i32] {
    // SAFETY: `f32` and `i32` have one size and alignment, and every bit pattern is both.
    unsafe { std::slice::from_raw_parts(cells.as_ptr().cast(), cells.len()) }
}

/// Quantizes a row whose width is a multiple of 32 into `cells` of `row_len(x.len())`.
pub(crate) fn quantize_row(isa: Isa, x: &[f32], cells: &mut [f32]) {
    vectorized!(isa, fn quantize(x: &[f32], cells: &mut [f32]), quantize_body);
}

#[inline(always)]
fn quantize_body(x: &[f32], cells: &mut [f32]) {
    let blocks = x.len() / BLOCK;
    let (codes, rest) = cells.split_at_mut(blocks * 8);
    let (scales, rest) = rest.split_at_mut(blocks);
    let (scaled_sums, rest) = rest.split_at_mut(blocks);
    let (sums, low_sums) = rest.split_at_mut(blocks);
    for (b, (x, cells)) in x.as_chunks::<BLOCK>().0.iter().zip(codes.as_chunks_mut::<8>().0).enumerate() {
        let mut maxima = [0_f32; 8];
        for x in x.as_chunks::<8>().0 {
            for (max, x) in maxima.iter_mut().zip(x) {
                *max = if x.abs() > *max { x.abs() } else { *max };
            }
        }
        let max = maxima.iter().fold(0_f32, |a, b| a.max(*b));
        let exact = max / 127.0;
        let inverse = if exact != 0.0 { 1.0 / exact } else { 0.0 };
        let mut ints = [0_i32; BLOCK];
        for (int, x) in ints.iter_mut().zip(x) {
            *int = round(x * inverse);
        }
        for (cell, ints) in cells.iter_mut().zip(ints.as_chunks::<4>().0) {
            *cell = f32::from_bits(u32::from_le_bytes(ints.map(|i| i as u8)));
        }
        let low: i32 = ints[..16].iter().sum();
        let sum = low + ints[16..].iter().sum::<i32>();
        let scale = round_to_f16(exact);
        scales[b] = scale;
        scaled_sums[b] = round_to_f16(sum as f32 * scale);
        sums[b] = f32::from_bits(sum as u32);
        low_sums[b] = f32::from_bits(low as u32);
    }
}

/// To the nearest integer, halves away from zero, for |x| ≤ 127 and a bit; NaN becomes 0.
#[inline(always)]
fn round(x: f32) -> i32 {
    // `f32::round` is a call without SSE4.1. Truncating first keeps x + 0.5 from rounding up by itself.
    let whole = x as i32;
    let rest = x - whole as f32;
    whole + i32::from(rest >= 0.5) - i32::from(rest <= -0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn follows_the_definition(x in prop::collection::vec(-1e3_f32..1e3, 96)) {
            for isa in Isa::available() {
                let mut cells = vec![0.0; row_len(x.len())];
                quantize_row(isa, &x, &mut cells);
                let row = Q8Row::new(&cells, x.len());
                for (b, x) in x.chunks(BLOCK).enumerate() {
                    let d = x.iter().fold(0_f32, |a, x| a.max(x.abs())) / 127.0;
                    let want: Vec<i8> = x.iter().map(|x| (x * (1.0 / d)).round() as i8).collect();
                    let codes = &row.codes()[b * BLOCK..][..BLOCK];
                    prop_assert_eq!(codes, &want[..]);
                    prop_assert_eq!(row.scales()[b], round_to_f16(d));
                    let sum: i32 = want.iter().map(|c| i32::from(*c)).sum();
                    prop_assert_eq!(row.sums()[b], sum);
                    prop_assert_eq!(row.low_sums()[b], want[..16].iter().map(|c| i32::from(*c)).sum::<i32>());
                    prop_assert_eq!(row.scaled_sums()[b], round_to_f16(sum as f32 * round_to_f16(d)));
                }
            }
        }
    }

    #[test]
    fn zeros_stay_zeros() {
        let mut cells = vec![1.0; row_len(32)];
        quantize_row(Isa::best(), &[0.0; 32], &mut cells);
        let row = Q8Row::new(&cells, 32);
        assert!(row.codes().iter().all(|c| *c == 0) && row.scales() == [0.0]);
    }
}
