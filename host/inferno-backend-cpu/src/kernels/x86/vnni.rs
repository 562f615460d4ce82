//! AVX-512 with VNNI: 16 rows of weights times up to 8 rows of activations, sums of products by `vpdpbusd`.
//!
//! The 32 codes of all 16 rows are unpacked into eight registers, once for all activations; the sums of all
//! activation rows stay in registers over all columns. Of 11 instructions for the arithmetic units that a block and
//! a row take, 8 are products: that is the share of the peak to be had.

use std::arch::x86_64::*;

use crate::kernels::{
    PANEL, Products,
    format::Format,
    hints,
    lanes::AHEAD,
    packed::{self, HALF_LANES, LINE},
    quantize::{self, ROW_BYTES, Tile},
};

/// Activation rows taken side by side, since each sum waits for the product before it.
const STEP: usize = 4;

/// A panel times rows `lane..lane + N` of a tile.
///
/// # Safety
/// The panel is as wide as the tile, `lane + N ≤ 16`, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn multiply<F: Format, const N: usize>(
    panel: *const u8,
    tile: Tile<'_>,
    lane: usize,
    out: &mut Products,
) {
    let subs = tile.blocks();
    // SAFETY: a panel holds codes and scales of every sub-block, a tile every lane of every block.
    unsafe {
        let mut lines = panel;
        let mut next = panel.wrapping_add(AHEAD);
        let mut scales = panel.add(subs * packed::code_bytes::<F>());
        let mut rows = tile.as_ptr().add(lane * ROW_BYTES);
        let mut acc = [_mm512_setzero_ps(); N];
        for _ in 0..subs / F::SUBS {
            for sub in 0..F::SUBS {
                next = ask::<F>(next);
                let w = unpack::<F>(lines);
                let Scales { d, m } = load_scales::<F>(scales, sub);
                for first in (0..N).step_by(STEP) {
                    let float = |at: usize, i: usize| _mm512_set1_ps(*rows.add(i * ROW_BYTES + at).cast());
                    let mut sums = [[_mm512_setzero_si512(); STEP]; 2];
                    for half in 0..if F::HALVES { 2 } else { 1 } {
                        for i in 0..STEP.min(N) {
                            sums[half][i] = start::<F>(half, rows.add((first + i) * ROW_BYTES));
                        }
                    }
                    for group in 0..8 {
                        for i in 0..STEP.min(N) {
                            let x = rows.add((first + i) * ROW_BYTES + group * 4);
                            let four = _mm512_set1_epi32(x.cast::<i32>().read_unaligned());
                            let sum = &mut sums[if F::HALVES { group / 4 } else { 0 }][i];
                            *sum = _mm512_dpbusd_epi32(*sum, w[group], four);
                        }
                    }
                    for i in 0..STEP.min(N) {
                        let scale = float(quantize::SCALE, first + i);
                        let acc = &mut acc[first + i];
                        *acc =
                            _mm512_fmadd_ps(_mm512_mul_ps(d[0], scale), _mm512_cvtepi32_ps(sums[0][i]), *acc);
                        if F::HALVES {
                            *acc = _mm512_fmadd_ps(
                                _mm512_mul_ps(d[1], scale),
                                _mm512_cvtepi32_ps(sums[1][i]),
                                *acc,
                            );
                        }
                        if F::HAS_MIN {
                            *acc = _mm512_fmadd_ps(m, float(quantize::SCALED_SUM, first + i), *acc);
                        }
                    }
                }
                lines = lines.add(packed::code_bytes::<F>());
                rows = rows.add(quantize::BLOCK_BYTES);
            }
            scales = scales.add(packed::scale_bytes::<F>());
        }
        for i in 0..N {
            _mm512_storeu_ps(out[i].as_mut_ptr(), acc[i]);
        }
    }
}

/// Asks for as much as a sub-block takes of a panel with its part of the scales, so that codes and scales of what comes are asked for
/// while a panel goes by; says where to go on.
#[inline(always)]
fn ask<F: Format>(from: *const u8) -> *const u8 {
    let bytes = (F::SUBS * packed::code_bytes::<F>() + packed::scale_bytes::<F>()) / F::SUBS;
    for line in 0..bytes.div_ceil(LINE) {
        hints::near(from.wrapping_add(line * LINE));
    }
    from.wrapping_add(bytes)
}

/// What the sums of a row of a block begin with, so that the offset of the codes is subtracted: the row's two sums of codes,
/// which lie side by side as a product of pairs takes them, times the offset.
#[inline(always)]
unsafe fn start<F: Format>(half: usize, row: *const u8) -> __m512i {
    // SAFETY: the caller vouches for the row, and for AVX-512 with VNNI.
    unsafe {
        let zero = _mm512_setzero_si512();
        if F::OFFSET == 0 {
            return zero;
        }
        let sums = _mm512_set1_epi32(row.add(quantize::SUMS).cast::<i32>().read_unaligned());
        let [low, high] = if F::HALVES { [half == 0, half == 1] } else { [true; 2] };
        let part = |taken: bool| if taken { -F::OFFSET } else { 0 };
        _mm512_dpwssd_epi32(zero, sums, _mm512_set1_epi32(part(low) & 0xffff | part(high) << 16))
    }
}

/// The codes of a sub-block of 16 rows: register `g` holds group `g`.
#[inline(always)]
pub(super) unsafe fn unpack<F: Format>(lines: *const u8) -> [__m512i; 8] {
    // SAFETY: a sub-block has `BITS` lines.
    unsafe {
        let line = |i: usize| _mm512_loadu_si512(lines.add(i * LINE).cast());
        if F::BITS == 8 {
            return std::array::from_fn(line);
        }
        let mask = _mm512_set1_epi8(15);
        let mut w = [_mm512_setzero_si512(); 8];
        for g in 0..4 {
            let both = line(g);
            w[g] = _mm512_and_si512(both, mask);
            w[g + 4] = _mm512_and_si512(_mm512_srli_epi16::<4>(both), mask);
        }
        if F::BITS == 5 {
            let sixteen = _mm512_set1_epi8(16);
            for g in 0..8 {
                let bits = lines.add(4 * LINE + g * 8).cast::<u64>().read_unaligned();
                w[g] = _mm512_mask_add_epi8(w[g], bits, w[g], sixteen);
            }
        }
        if F::BITS == 6 {
            let mask = _mm512_set1_epi8(0x30);
            for half in 0..2 {
                let high = line(4 + half);
                let moved = [
                    _mm512_slli_epi16::<4>(high),
                    _mm512_slli_epi16::<2>(high),
                    high,
                    _mm512_srli_epi16::<2>(high),
                ];
                for g in 0..4 {
                    let w = &mut w[half * 4 + g];
                    // w | (moved & mask)
                    *w = _mm512_ternarylogic_epi32::<0xf8>(*w, moved[g], mask);
                }
            }
        }
        w
    }
}

pub(super) struct Scales {
    pub(super) d: [__m512; 2],
    pub(super) m: __m512,
}

/// The scales of sub-block `sub` of the block whose scales are at `scales`.
#[inline(always)]
pub(super) unsafe fn load_scales<F: Format>(scales: *const u8, sub: usize) -> Scales {
    // SAFETY: a block's scales are as long as `packed` says.
    unsafe {
        let halves = |at: usize| _mm512_cvtph_ps(_mm256_loadu_si256(scales.add(at).cast()));
        let d = halves(0);
        let m = if F::HAS_MIN { halves(HALF_LANES) } else { _mm512_setzero_ps() };
        if F::SUBS == 1 {
            return Scales { d: [d, d], m };
        }
        let bytes = |at: usize| {
            _mm_loadu_si128(scales.add(packed::factors_at::<F>() + (sub * 2 + at) * PANEL).cast())
        };
        let (first, second) = (bytes(0), bytes(1));
        if F::HALVES {
            let signed = |x| _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(x));
            Scales { d: [_mm512_mul_ps(d, signed(first)), _mm512_mul_ps(d, signed(second))], m }
        } else {
            let unsigned = |x| _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(x));
            let d = _mm512_mul_ps(d, unsigned(first));
            Scales { d: [d, d], m: _mm512_mul_ps(_mm512_sub_ps(_mm512_setzero_ps(), m), unsigned(second)) }
        }
    }
}
