//! Products with matrices of bfloat16 that are kept in twelve bits a number, exactly.
//!
//! Numbers of a matrix are of similar size: the upper seven bits of eight exponent bits take few values. So a code of four bits
//! stands for a number's upper byte, the sign and these seven bits, and its lower byte is kept. Seven sizes, each four times the
//! one before, have a code with either sign; so has zero. What is larger or smaller is listed by itself, and read as zero where it
//! stood: about one number in three thousand. Matrices in binary16 that hold nothing but numbers of bfloat16 are kept so too, which
//! is what a file is that was made from weights trained in bfloat16. That exponents of trained weights tell little is what lossless
//! compression of them builds on (Zhang et al. 2025, "70% size, 100% accuracy"); codes of one length cost bits and are read by
//! vectors.
//!
//! A panel is 16 rows. It begins with the upper bytes of the 16 codes and the list, whole lines. Then, per block of eight columns,
//! three lines: the codes of its first four columns in the lower halves of bytes, of the others in the upper ones; then the lower
//! bytes of the former, and of the latter. In a line the columns of a row lie in pairs, pairs 8 bytes apart within each four rows:
//! where they are put beside their upper bytes, a register has two columns of 16 rows.
//!
//! Easily confused with `packed`, whose numbers share scales, and with `float`, which keeps numbers as they are stored and has the
//! activations.

use std::ops::RangeInclusive;

use inferno_graph::{DType, WeightRef};

use super::{
    PANEL,
    half::{bf16_to_f32, f16_to_f32},
    packed::LINE,
    vectorized,
};
use crate::isa::{Isa, Set};

/// Columns of a block.
pub(crate) const BLOCK: usize = 8;
/// Columns whose lower bytes are a line.
pub(super) const FOUR: usize = BLOCK / 2;
/// Bytes of a block.
pub(super) const BLOCK_BYTES: usize = 3 * LINE;
/// Codes, of which the upper half is for numbers below zero.
const CODES: usize = 16;
/// Sizes that have a code, beside zero.
const SIZES: u16 = 7;
/// For so many columns there is room for one exception.
const COLUMNS_PER_EXCEPTION: usize = 16;
/// How far below the largest number the largest of those is looked for first that have a code.
const OUTLIERS: u16 = 3;

/// A number that has no code.
#[derive(Clone, Copy)]
pub(super) struct Exception {
    pub(super) column: usize,
    /// Which of the rows of its panel it is of.
    pub(super) lane: usize,
    /// In bfloat16; zero ends the list, since zero has a code.
    pub(super) bits: u16,
}

impl Exception {
    const BYTES: usize = 8;

    fn to_bytes(self) -> [u8; Self::BYTES] {
        (self.column as u64 & 0xffff_ffff | (self.lane as u64) << 32 | u64::from(self.bits) << 48)
            .to_le_bytes()
    }

    fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let all = u64::from_le_bytes(bytes);
        Self { column: all as u32 as usize, lane: (all >> 32) as u16 as usize, bits: (all >> 48) as u16 }
    }
}

/// Bytes of what a panel begins with.
pub(super) const fn head_bytes(cols: usize) -> usize {
    (CODES + cols.div_ceil(COLUMNS_PER_EXCEPTION) * Exception::BYTES).next_multiple_of(LINE)
}

/// Bytes of a panel of `cols` columns, whole lines.
pub(crate) const fn panel_bytes(cols: usize) -> usize {
    head_bytes(cols) + cols / BLOCK * BLOCK_BYTES
}

/// Where a column of a row lies in a line of four columns.
const fn place(lane: usize, column: usize) -> usize {
    lane / 4 * 16 + column / 2 * 8 + lane % 4 * 2 + column % 2
}

/// Whether to try: there are vectors to look codes up, the type and the width allow it, and the first panel can be kept so. A
/// matrix that turns out otherwise later on costs the memory that its first panels were given.
pub(crate) fn pays(isa: Isa, matrix: WeightRef<'_>) -> bool {
    isa.set() != Set::Portable
        && matches!(matrix.dtype, DType::F16 | DType::Bf16)
        && matrix.cols.is_multiple_of(BLOCK)
        && pack(isa, matrix, 0, &mut vec![0; panel_bytes(matrix.cols)])
}

/// Packs rows `first..first + 16` of a matrix of binary16 or bfloat16 into `panel`, as long as [`panel_bytes`]; beyond the last row
/// there are zeros. Says whether that went: where a number is none of bfloat16, or too many have no code, what `panel` holds is
/// without meaning.
#[must_use]
pub(crate) fn pack(isa: Isa, matrix: WeightRef<'_>, first: usize, panel: &mut [u8]) -> bool {
    let WeightRef { dtype, cols, .. } = matrix;
    assert!(panel.len() == panel_bytes(cols), "room for a panel");
    let mut numbers = vec![0; PANEL * cols];
    for (lane, numbers) in numbers.chunks_exact_mut(cols).enumerate() {
        if first + lane >= matrix.rows {
            break;
        }
        let row = matrix.row(first + lane);
        if !vectorized!(isa, fn f(dtype: DType, row: &[u8], numbers: &mut [u16]) -> bool, read_body) {
            return false;
        }
    }
    let numbers = &*numbers;
    let room = ((head_bytes(cols) - CODES) / Exception::BYTES) as u32;
    let below = vectorized!(isa, fn f(numbers: &[u16], room: u32) -> Option<u16>, below_body);
    let Some(below) = below else { return false };
    vectorized!(isa, fn f(numbers: &[u16], cols: usize, below: u16, panel: &mut [u8]), pack_body);
    true
}

/// The numbers of a row in bfloat16, and whether they are that.
#[inline(always)]
fn read_body(dtype: DType, row: &[u8], numbers: &mut [u16]) -> bool {
    let mut lost = 0;
    for (number, bytes) in numbers.iter_mut().zip(row.as_chunks::<2>().0) {
        let bits = u16::from_le_bytes(*bytes);
        let wide = if dtype == DType::F16 { f16_to_f32(bits).to_bits() } else { u32::from(bits) << 16 };
        *number = (wide >> 16) as u16;
        lost |= wide & 0xffff;
    }
    lost == 0
}

/// The upper byte of a number without its sign.
#[inline(always)]
const fn size(number: u16) -> u16 {
    number >> 8 & 0x7f
}

/// Whether a number has no code, where the smallest size that has one is the one above `below`.
#[inline(always)]
const fn is_exception(number: u16, below: u16) -> bool {
    let size = size(number);
    size != 0 && size.wrapping_sub(below + 1) >= SIZES
}

/// Below which size the fewest numbers are left without a code, at most `room`; most often it is among the first that are tried.
#[inline(always)]
fn below_body(numbers: &[u16], room: u32) -> Option<u16> {
    let largest = numbers.iter().fold(0, |largest, number| size(*number).max(largest));
    let exceptions = |below: u16| numbers.iter().fold(0_u32, |n, x| n + u32::from(is_exception(*x, below)));
    let best = |outliers: RangeInclusive<u16>| {
        let belows = outliers.map(|outliers| largest.saturating_sub(SIZES + outliers));
        let counted = belows.map(|below| (exceptions(below), below));
        counted.min().filter(|(count, _)| *count <= room).map(|(_, below)| below)
    };
    best(0..=OUTLIERS).or_else(|| best(OUTLIERS + 1..=largest))
}

#[inline(always)]
fn pack_body(numbers: &[u16], cols: usize, below: u16, panel: &mut [u8]) {
    let (head, blocks) = panel.split_at_mut(head_bytes(cols));
    head.fill(0);
    head[..CODES].copy_from_slice(&std::array::from_fn::<u8, CODES, _>(|code| {
        let (negative, size) = ((code as u8) >> 3, code as u8 & 7);
        negative << 7 | if size == 0 { 0 } else { below as u8 + size }
    }));
    let (slots, _) = head[CODES..].as_chunks_mut::<{ Exception::BYTES }>();
    let mut slots = slots.iter_mut();
    for (lane, row) in numbers.chunks_exact(cols).enumerate() {
        let eights = row.as_chunks::<BLOCK>().0.iter();
        for (at, (eight, block)) in eights.zip(blocks.chunks_exact_mut(BLOCK_BYTES)).enumerate() {
            let mut eight = *eight;
            if eight.iter().fold(false, |any, number| any | is_exception(*number, below)) {
                for (i, number) in eight.iter_mut().enumerate().filter(|(_, n)| is_exception(**n, below)) {
                    let exception = Exception { column: at * BLOCK + i, lane, bits: *number };
                    *slots.next().expect("they were counted") = exception.to_bytes();
                    *number = 0;
                }
            }
            let code = |number: u16| ((number >> 15) << 3 | size(number).saturating_sub(below)) as u8;
            for i in 0..FOUR {
                let place = place(lane, i);
                block[place] = code(eight[i]) | code(eight[FOUR + i]) << 4;
                block[LINE + place] = eight[i] as u8;
                block[2 * LINE + place] = eight[FOUR + i] as u8;
            }
        }
    }
}

/// The numbers of a panel that have no code.
pub(super) fn exceptions(panel: &[u8], cols: usize) -> impl Iterator<Item = Exception> {
    let slots = panel[CODES..head_bytes(cols)].as_chunks::<{ Exception::BYTES }>().0;
    slots.iter().map(|slot| Exception::from_bytes(*slot)).take_while(|exception| exception.bits != 0)
}

/// The upper bytes of a panel's codes, and where four columns from `first` on are: in which half of which block.
#[inline(always)]
pub(super) fn four(panel: &[u8], cols: usize, first: usize) -> (&[u8; CODES], usize, &[u8]) {
    let (head, blocks) = panel.split_at(head_bytes(cols));
    let codes = head.first_chunk().expect("codes come first");
    (codes, first % BLOCK / FOUR, &blocks[first / BLOCK * BLOCK_BYTES..][..BLOCK_BYTES])
}

/// Decodes row `lane` of a panel.
pub(crate) fn unpack_row(panel: &[u8], lane: usize, out: &mut [f32]) {
    let cols = out.len();
    for (column, y) in out.iter_mut().enumerate() {
        let (codes, _, block) = four(panel, cols, column);
        *y = coded(codes, block, lane, column % BLOCK);
    }
    for exception in exceptions(panel, cols).filter(|exception| exception.lane == lane) {
        out[exception.column] = bf16_to_f32(exception.bits);
    }
}

/// The number that a column of a block has by its code.
#[inline(always)]
pub(super) fn coded(codes: &[u8; CODES], block: &[u8], lane: usize, column: usize) -> f32 {
    let (half, place) = (column / FOUR, place(lane, column % FOUR));
    let code = block[place] >> (half * 4) & 15;
    bf16_to_f32(u16::from_le_bytes([block[(1 + half) * LINE + place], codes[usize::from(code)]]))
}

#[cfg(test)]
mod tests;
