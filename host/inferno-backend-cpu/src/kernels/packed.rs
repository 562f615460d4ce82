//! The form in which quantized matrices are kept: 16 rows beside each other, so that one register holds 4 codes of
//! each of them.
//!
//! A panel is 16 rows. Per sub-block of 32 columns it has as many lines of 64 bytes as a code has bits; byte
//! `4 · row + i` of what follows is about row `row`, and about column `4 · g + i` of group `g` of eight:
//! - 8 bits: line `g` holds the codes of group `g`;
//! - fewer: line `g < 4` holds the low four bits of the codes of group `g`, and above them those of group `g + 4`;
//! - 5 bits: then a line of eight masks of 64 bits, the fifth bits of each group;
//! - 6 bits: then a line with the two high bits of groups 0 to 3, lowest first, and one with those of 4 to 7.
//!
//! After the lines of all sub-blocks come the scales, block by block: 16 of the block in binary16, then 16 minima
//! likewise where there are any, then per sub-block, where a block has several, 16 bytes each of the two factors.
//! So nothing is rounded and little is added: a code takes the bits it took.

use super::{
    PANEL,
    format::{Format, with_format},
    half::f16_to_f32,
    vectorized,
};
use crate::isa::Isa;
use inferno_graph::{DType, WeightRef};

/// Bytes of a line.
pub(crate) const LINE: usize = 64;
/// Bytes of 16 values in binary16.
pub(crate) const HALF_LANES: usize = PANEL * 2;

/// Bytes of one sub-block's codes.
pub(crate) const fn code_bytes<F: Format>() -> usize {
    F::BITS * LINE
}

/// Bytes of one block's scales.
pub(crate) const fn scale_bytes<F: Format>() -> usize {
    factors_at::<F>() + if F::SUBS > 1 { F::SUBS * 2 * PANEL } else { 0 }
}

/// Where a block's factors begin within its scales.
pub(crate) const fn factors_at<F: Format>() -> usize {
    if F::HAS_MIN { 2 * HALF_LANES } else { HALF_LANES }
}

/// Bytes of a panel of `subs` sub-blocks, whole lines.
const fn panel_bytes<F: Format>(subs: usize) -> usize {
    (subs * code_bytes::<F>() + subs / F::SUBS * scale_bytes::<F>()).next_multiple_of(LINE)
}

/// Bytes of a panel of a matrix of `cols` columns.
pub(crate) fn quantized_panel_bytes(dtype: DType, cols: usize) -> Option<usize> {
    with_format!(dtype, |F| Some(panel_bytes::<F>(cols / 32)), else None)
}

/// Packs rows `first..first + 16` of `matrix` into `panel`, as long as [`quantized_panel_bytes`]; beyond the last
/// row it repeats it.
pub(crate) fn pack(isa: Isa, matrix: WeightRef<'_>, first: usize, panel: &mut [u8]) {
    let rows: &[&[u8]; PANEL] = &std::array::from_fn(|i| matrix.row((first + i).min(matrix.rows - 1)));
    with_format!(matrix.dtype, |F| {
        assert_eq!(panel.len(), panel_bytes::<F>(matrix.cols / 32), "room for a panel");
        vectorized!(isa, fn pack(rows: &[&[u8]; PANEL], panel: &mut [u8]), pack_body::<F>);
    }, else unreachable!("floats have a form of their own"));
}

#[inline(always)]
fn pack_body<F: Format>(rows: &[&[u8]; PANEL], panel: &mut [u8]) {
    let subs = rows[0].len() / F::BYTES * F::SUBS;
    let (codes, scales) = panel.split_at_mut(subs * code_bytes::<F>());
    for (lane, row) in rows.iter().enumerate() {
        let mut lines = codes.chunks_exact_mut(code_bytes::<F>());
        for (block, scales) in row.chunks_exact(F::BYTES).zip(scales.chunks_exact_mut(scale_bytes::<F>())) {
            scales[lane * 2..][..2].copy_from_slice(&block[F::SCALE_AT..][..2]);
            if F::HAS_MIN {
                scales[HALF_LANES + lane * 2..][..2].copy_from_slice(&block[F::SCALE_AT + 2..][..2]);
            }
            for (sub, lines) in (0..F::SUBS).zip(&mut lines) {
                if F::SUBS > 1 {
                    let [first, second] = F::factors(block, sub);
                    let factors = &mut scales[factors_at::<F>() + sub * 2 * PANEL..][..2 * PANEL];
                    (factors[lane], factors[PANEL + lane]) = (first, second);
                }
                pack_codes::<F>(F::codes(block, sub), lane, lines);
            }
        }
    }
}

#[inline(always)]
fn pack_codes<F: Format>(codes: [u8; 32], lane: usize, lines: &mut [u8]) {
    let groups: [u32; 8] =
        std::array::from_fn(|g| u32::from_le_bytes(std::array::from_fn(|i| codes[g * 4 + i])));
    let mut put = |line: usize, four: u32| {
        lines[line * LINE + lane * 4..][..4].copy_from_slice(&four.to_le_bytes());
    };
    if F::BITS == 8 {
        (0..8).for_each(|g| put(g, groups[g]));
        return;
    }
    (0..4).for_each(|g| put(g, groups[g] & 0x0f0f_0f0f | (groups[g + 4] & 0x0f0f_0f0f) << 4));
    if F::BITS == 6 {
        let high = |g: usize| (groups[g] >> 4 & 0x0303_0303) << (g % 4 * 2);
        put(4, high(0) | high(1) | high(2) | high(3));
        put(5, high(4) | high(5) | high(6) | high(7));
    }
    if F::BITS == 5 {
        for (g, four) in groups.into_iter().enumerate() {
            // The lowest bit of each byte, side by side in the four highest bits.
            let bits = ((four >> 4 & 0x0101_0101).wrapping_mul(0x1020_4080) >> 28) as u8;
            let byte = &mut lines[4 * LINE + g * 8 + lane / 2];
            *byte = if lane.is_multiple_of(2) { bits } else { *byte | bits << 4 };
        }
    }
}

/// The codes of sub-block `sub` of row `lane`.
#[inline(always)]
pub(super) fn codes<F: Format>(panel: &[u8], sub: usize, lane: usize) -> [u8; 32] {
    let lines = &panel[sub * code_bytes::<F>()..][..code_bytes::<F>()];
    let at = |line: usize, i: usize| lines[line * LINE + lane * 4 + i];
    std::array::from_fn(|column| {
        let (g, i) = (column / 4, column % 4);
        if F::BITS == 8 {
            return at(g, i);
        }
        let low = at(g % 4, i) >> (g / 4 * 4) & 15;
        let high = match F::BITS {
            5 => lines[4 * LINE + g * 8 + lane / 2] >> (lane % 2 * 4 + i) & 1,
            6 => at(4 + g / 4, i) >> (g % 4 * 2) & 3,
            _ => 0,
        };
        low | high << 4
    })
}

/// The scales of 32 weights.
pub(super) struct Scales {
    /// Of each half; equal unless `HALVES`.
    pub(super) d: [f32; 2],
    /// Zero unless `HAS_MIN`.
    pub(super) m: f32,
}

/// The scales of sub-block `sub` of row `lane`, of a panel of `subs`.
#[inline(always)]
pub(super) fn scales<F: Format>(panel: &[u8], subs: usize, sub: usize, lane: usize) -> Scales {
    let block = &panel[subs * code_bytes::<F>() + sub / F::SUBS * scale_bytes::<F>()..][..scale_bytes::<F>()];
    let half = |at: usize| f16_to_f32(u16::from_le_bytes([block[at + lane * 2], block[at + lane * 2 + 1]]));
    let (d, m) = (half(0), if F::HAS_MIN { half(HALF_LANES) } else { 0.0 });
    if F::SUBS == 1 {
        return Scales { d: [d, d], m };
    }
    let factors = &block[factors_at::<F>() + sub % F::SUBS * 2 * PANEL..][..2 * PANEL];
    let (first, second) = (factors[lane], factors[PANEL + lane]);
    if F::HALVES {
        Scales { d: [d * f32::from(first as i8), d * f32::from(second as i8)], m }
    } else {
        let d = d * f32::from(first);
        Scales { d: [d, d], m: -(m * f32::from(second)) }
    }
}

/// Decodes row `lane` of a panel.
pub(crate) fn unpack_row(isa: Isa, dtype: DType, panel: &[u8], lane: usize, out: &mut [f32]) {
    with_format!(dtype, |F| {
        vectorized!(isa, fn unpack(panel: &[u8], lane: usize, out: &mut [f32]), unpack_body::<F>);
    }, else unreachable!("floats have a form of their own"));
}

#[inline(always)]
fn unpack_body<F: Format>(panel: &[u8], lane: usize, out: &mut [f32]) {
    let (blocks, _) = out.as_chunks_mut::<32>();
    let subs = blocks.len();
    for (sub, out) in blocks.iter_mut().enumerate() {
        let codes = codes::<F>(panel, sub, lane);
        let Scales { d, m } = scales::<F>(panel, subs, sub, lane);
        for (i, (y, code)) in out.iter_mut().zip(codes).enumerate() {
            *y = d[i / 16] * (i32::from(code) - F::OFFSET) as f32 + m;
        }
    }
}
