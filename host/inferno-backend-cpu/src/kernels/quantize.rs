//! Activations as signed bytes, the way GGML quantizes them for its dot products.
//!
//! Blocks of 32: `d = max|x| / 127` rounded to binary16, codes `round(x / d)` with the unrounded `d`, so that a
//! text computed here follows the GGML family closely.
//!
//! Rows lie in tiles of 16, so that a kernel reaches all of them from one pointer at distances known when it is
//! compiled. A tile is, per block of 32 columns, of each row: the codes, `d`, `d · Σ codes` rounded to binary16, and `Σ`
//! of the first 16 codes and of the others in 16 bits each. What belongs to a row lies together, so that threads that
//! quantize neighbouring rows do not write to the same cache lines.

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{TILE, half::round_to_f16, vectorized};
use crate::isa::Isa;

/// Values that share a scale.
pub(crate) const BLOCK: usize = 32;
/// Of one row of a block: where the scale, the scaled sum and the two sums are behind the codes, in bytes, and the size.
pub(crate) const SCALE: usize = BLOCK;
pub(crate) const SCALED_SUM: usize = SCALE + 4;
pub(crate) const SUMS: usize = SCALED_SUM + 4;
pub(crate) const ROW_BYTES: usize = SUMS + 8;
/// Bytes of a block of a tile.
pub(crate) const BLOCK_BYTES: usize = TILE * ROW_BYTES;

/// The `f32`-sized cells that a row of `width` values takes of its tile.
pub(crate) const fn row_len(width: usize) -> usize {
    width / BLOCK * (BLOCK_BYTES / TILE / 4)
}

/// A tile of quantized rows, read.
#[derive(Clone, Copy)]
pub(crate) struct Tile<'a> {
    cells: &'a [f32],
    width: usize,
}

impl<'a> Tile<'a> {
    /// Reads the cells of 16 rows of `width` values.
    #[inline(always)]
    pub(crate) fn new(cells: &'a [f32], width: usize) -> Self {
        assert!(width.is_multiple_of(BLOCK) && cells.len() >= TILE * row_len(width));
        Self { cells, width }
    }

    /// Blocks in a row.
    #[inline(always)]
    pub(crate) fn blocks(&self) -> usize {
        self.width / BLOCK
    }

    /// The first byte.
    #[inline(always)]
    pub(crate) fn as_ptr(&self) -> *const u8 {
        self.cells.as_ptr().cast()
    }

    /// One block of one row.
    #[inline(always)]
    pub(crate) fn block(&self, block: usize, lane: usize) -> Q8Block {
        let cells = &self.cells[(block * BLOCK_BYTES + lane * ROW_BYTES) / 4..][..ROW_BYTES / 4];
        let mut codes = [0; BLOCK];
        for (four, cell) in codes.as_chunks_mut::<4>().0.iter_mut().zip(cells) {
            *four = cell.to_bits().to_le_bytes().map(|b| b as i8);
        }
        let sums = cells[SUMS / 4].to_bits();
        Q8Block {
            codes,
            scale: cells[SCALE / 4],
            scaled_sum: cells[SCALED_SUM / 4],
            sums: [sums as i16, (sums >> 16) as i16].map(i32::from),
        }
    }
}

/// 32 quantized values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Q8Block {
    pub(crate) codes: [i8; BLOCK],
    pub(crate) scale: f32,
    pub(crate) scaled_sum: f32,
    /// Of the first 16 codes, and of the others.
    pub(crate) sums: [i32; 2],
}

/// Two sums of 16 codes as they are stored.
#[inline(always)]
fn packed([low, high]: [i32; 2]) -> i32 {
    low & 0xffff | high << 16
}

/// Quantizes a row whose width is a multiple of 32 into lane `lane` of the tile at `tile`.
///
/// # Safety
/// The tile has `16 · row_len(x.len())` cells, and nothing else touches this lane of it meanwhile.
pub(crate) unsafe fn quantize_row(isa: Isa, x: &[f32], tile: *mut f32, lane: usize) {
    assert!(lane < TILE && x.len().is_multiple_of(BLOCK));
    #[cfg(target_arch = "x86_64")]
    if isa.has_avx512() {
        // SAFETY: an `Isa` exists only where its features were detected; cells as the caller vouches.
        unsafe { x86::activations::quantize_row(x, tile, lane) };
        return;
    }
    vectorized!(isa, fn quantize(x: &[f32], tile: *mut f32, lane: usize), quantize_body);
}

#[inline(always)]
fn quantize_body(x: &[f32], tile: *mut f32, lane: usize) {
    for (b, x) in x.as_chunks::<BLOCK>().0.iter().enumerate() {
        let block = quantize_block(x);
        // SAFETY: the caller of `quantize_row` vouches for the cells of this lane, and `lane < 16`.
        unsafe {
            let cells = tile.cast::<u8>().add(b * BLOCK_BYTES + lane * ROW_BYTES);
            cells.cast::<[i8; BLOCK]>().write(block.codes);
            cells.add(SCALE).cast::<f32>().write(block.scale);
            cells.add(SCALED_SUM).cast::<f32>().write(block.scaled_sum);
            cells.add(SUMS).cast::<i32>().write(packed(block.sums));
        }
    }
}

/// Quantizes 32 values.
#[inline(always)]
pub(crate) fn quantize_block(x: &[f32; BLOCK]) -> Q8Block {
    let mut maxima = [0_f32; 16];
    for x in x.as_chunks::<16>().0 {
        for (max, x) in maxima.iter_mut().zip(x) {
            *max = if x.abs() > *max { x.abs() } else { *max };
        }
    }
    // A tree of comparisons, which become one instruction each.
    let mut len = 8;
    while len > 0 {
        for i in 0..len {
            maxima[i] = if maxima[i + len] > maxima[i] { maxima[i + len] } else { maxima[i] };
        }
        len /= 2;
    }
    let exact = maxima[0] / 127.0;
    let inverse = if exact != 0.0 { 1.0 / exact } else { 0.0 };
    let ints: [i32; BLOCK] = std::array::from_fn(|i| round(x[i] * inverse));
    let sums: [i32; 2] = [ints[..16].iter().sum(), ints[16..].iter().sum()];
    let scale = round_to_f16(exact);
    let scaled_sum = round_to_f16((sums[0] + sums[1]) as f32 * scale);
    Q8Block { codes: ints.map(|i| i as i8), scale, scaled_sum, sums }
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
        fn follows_the_definition(x in prop::collection::vec(-1e3_f32..1e3, 96), lane in 0..TILE) {
            for isa in Isa::available() {
                let mut cells = vec![0.0; TILE * row_len(x.len())];
                // SAFETY: the cells of a whole tile, and nobody else has them.
                unsafe { quantize_row(isa, &x, cells.as_mut_ptr(), lane) };
                let tile = Tile::new(&cells, x.len());
                for (b, x) in x.chunks(BLOCK).enumerate() {
                    let d = x.iter().fold(0_f32, |a, x| a.max(x.abs())) / 127.0;
                    let want: Vec<i8> = x.iter().map(|x| (x * (1.0 / d)).round() as i8).collect();
                    let sum = |codes: &[i8]| codes.iter().map(|c| i32::from(*c)).sum::<i32>();
                    prop_assert_eq!(tile.block(b, lane), Q8Block {
                        codes: want[..].try_into().expect("32 codes"),
                        scale: round_to_f16(d),
                        scaled_sum: round_to_f16(sum(&want) as f32 * round_to_f16(d)),
                        sums: [sum(&want[..16]), sum(&want[16..])],
                    });
                }
                let others = (0..TILE).filter(|other| *other != lane);
                prop_assert!(others.map(|other| tile.block(0, other)).all(|block| block.codes == [0; BLOCK]));
            }
        }
    }

    #[test]
    fn zeros_stay_zeros() {
        let mut cells = vec![1.0; TILE * row_len(32)];
        // SAFETY: as above.
        unsafe { quantize_row(Isa::best(), &[0.0; 32], cells.as_mut_ptr(), 3) };
        let block = Tile::new(&cells, 32).block(0, 3);
        assert_eq!(block, Q8Block { codes: [0; BLOCK], scale: 0.0, scaled_sum: 0.0, sums: [0; 2] });
    }
}
