//! What AVX2 and AVX-512 do alike: eight rows at a time, 32 codes to a register.

use std::arch::x86_64::*;

use super::load::Load;
use crate::kernels::{
    PANEL,
    panel::Panel,
    quantize::{BLOCK, Q8Row},
};

/// How four products of codes are summed.
pub(super) trait Dot {
    /// Whether wide codes are taken as signed, so that their offset is in the sum already.
    const SIGNED: bool;

    /// Eight sums of four products each, of unsigned `w` and signed `x`. `wide` codes use all eight bits.
    ///
    /// # Safety
    /// The processor has the implementor's instructions.
    unsafe fn dot(w: __m256i, x: __m256i, wide: bool) -> __m256i;
}

/// What is to be subtracted per code after [`Dot::dot`].
pub(super) const fn offset<F: Load, D: Dot>() -> i32 {
    if F::WIDE && D::SIGNED { 0 } else { F::OFFSET }
}

/// 16 rows of weights times one row of activations.
///
/// # Safety
/// Each row points at `x.blocks() / SUBS` blocks; the processor has AVX2, F16C and what `D` needs.
#[inline(always)]
pub(super) unsafe fn gemv<F: Load, D: Dot>(rows: &[*const u8; PANEL], x: Q8Row<'_>) -> [f32; PANEL] {
    let mut out = [0.0; PANEL];
    for (rows, out) in rows.as_chunks::<8>().0.iter().zip(out.as_chunks_mut::<8>().0) {
        // SAFETY: as the caller vouches; `out` has eight cells.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), gemv8::<F, D>(rows, x)) };
    }
    out
}

#[inline(always)]
unsafe fn gemv8<F: Load, D: Dot>(rows: &[*const u8; 8], x: Q8Row<'_>) -> __m256 {
    let (codes, scales, scaled_sums) = (x.codes(), x.scales(), x.scaled_sums());
    let (sums, low_sums) = (x.sums(), x.low_sums());
    let offset = offset::<F, D>();
    // Rows are short and eight of them are read side by side, which the processor does not foresee by itself: ask
    // for the same place 16 rows on, where the next panel lies.
    let ahead = PANEL * x.blocks() / F::SUBS * F::BYTES;
    // SAFETY: blocks and codes lie within the lengths that the caller vouches for; a prefetch may point anywhere.
    unsafe {
        let mut acc = _mm256_setzero_ps();
        for b in 0..x.blocks() {
            let (at, sub) = (b / F::SUBS * F::BYTES, b % F::SUBS);
            for row in rows {
                _mm_prefetch::<_MM_HINT_T0>(row.wrapping_add(ahead + b * F::BYTES / F::SUBS).cast());
            }
            let codes = _mm256_loadu_si256(codes.as_ptr().add(b * BLOCK).cast());
            let dot = |i: usize| D::dot(F::load(rows[i].add(at), sub), codes, F::WIDE);
            let pairs = |i: usize| _mm256_hadd_epi32(dot(i), dot(i + 1));
            let first = _mm256_hadd_epi32(pairs(0), pairs(2));
            let second = _mm256_hadd_epi32(pairs(4), pairs(6));
            // Lane i: the sum of row i over the first, and over the last 16 columns.
            let low = _mm256_permute2x128_si256::<0x20>(first, second);
            let high = _mm256_permute2x128_si256::<0x31>(first, second);
            let Scales { d, m, scale } = Scales::of::<F>(rows, at, sub, *scales.get_unchecked(b));
            if F::HALVES {
                let low_sum = *low_sums.get_unchecked(b);
                let high_sum = *sums.get_unchecked(b) - low_sum;
                let low = _mm256_sub_epi32(low, _mm256_set1_epi32(offset * low_sum));
                let high = _mm256_sub_epi32(high, _mm256_set1_epi32(offset * high_sum));
                acc = scaled(acc, d[0], scale, low);
                acc = scaled(acc, d[1], scale, high);
            } else {
                let mut sum = _mm256_add_epi32(low, high);
                if offset != 0 {
                    sum = _mm256_sub_epi32(sum, _mm256_set1_epi32(offset * *sums.get_unchecked(b)));
                }
                acc = scaled(acc, d[0], scale, sum);
            }
            if F::HAS_MIN {
                let x_sum = _mm256_set1_ps(*scaled_sums.get_unchecked(b));
                acc = _mm256_add_ps(acc, _mm256_mul_ps(m, x_sum));
            }
        }
        acc
    }
}

struct Scales {
    d: [__m256; 2],
    m: __m256,
    scale: __m256,
}

impl Scales {
    #[inline(always)]
    unsafe fn of<F: Load>(rows: &[*const u8; 8], at: usize, sub: usize, scale: f32) -> Self {
        // SAFETY: as the caller of `gemv` vouches.
        unsafe {
            let scales = <F as Load>::scales(rows, at, sub);
            Self { d: scales.d, m: scales.m, scale: _mm256_set1_ps(scale) }
        }
    }
}

/// `acc + (d · scale) · sum`, each operation rounded by itself.
#[inline(always)]
pub(super) unsafe fn scaled(acc: __m256, d: __m256, scale: __m256, sum: __m256i) -> __m256 {
    // SAFETY: the caller vouches for AVX.
    unsafe { _mm256_add_ps(acc, _mm256_mul_ps(_mm256_mul_ps(d, scale), _mm256_cvtepi32_ps(sum))) }
}

/// Unpacks 16 rows of `blocks` sub-blocks each.
///
/// # Safety
/// Each row points at `blocks / SUBS` blocks; the processor has AVX2 and F16C.
#[inline(always)]
pub(super) unsafe fn pack<F: Load>(rows: &[*const u8; PANEL], blocks: usize, panel: &mut Panel) {
    panel.reset::<F>(blocks);
    for (half, rows) in rows.as_chunks::<8>().0.iter().enumerate() {
        for b in 0..blocks {
            let (at, sub) = (b / F::SUBS * F::BYTES, b % F::SUBS);
            let lines = &mut panel.codes[b * 8..][..8];
            // SAFETY: blocks lie within the rows; a line has two halves of 32 bytes, lanes have two of 8 values.
            unsafe {
                let codes: [__m256i; 8] = std::array::from_fn(|i| F::load(rows[i].add(at), sub));
                for (line, group) in lines.iter_mut().zip(transpose(codes)) {
                    _mm256_store_si256(line.0.as_mut_ptr().add(half * 32).cast(), group);
                }
                let scales = <F as Load>::scales(rows, at, sub);
                let mut store = |at: usize, d: __m256| {
                    _mm256_store_ps(panel.d[at].0.as_mut_ptr().add(half * 8), d);
                };
                if F::HALVES {
                    store(b * 2, scales.d[0]);
                    store(b * 2 + 1, scales.d[1]);
                } else {
                    store(b, scales.d[0]);
                }
                if F::HAS_MIN {
                    _mm256_store_ps(panel.m[b].0.as_mut_ptr().add(half * 8), scales.m);
                }
            }
        }
    }
}

/// Eight rows of eight 32-bit cells, turned.
#[inline(always)]
unsafe fn transpose(r: [__m256i; 8]) -> [__m256i; 8] {
    // SAFETY: the caller vouches for AVX2.
    unsafe {
        let pairs =
            |a: usize, b: usize| [_mm256_unpacklo_epi32(r[a], r[b]), _mm256_unpackhi_epi32(r[a], r[b])];
        let (p01, p23, p45, p67) = (pairs(0, 1), pairs(2, 3), pairs(4, 5), pairs(6, 7));
        let quads = |a: [__m256i; 2], b: [__m256i; 2]| {
            [
                _mm256_unpacklo_epi64(a[0], b[0]),
                _mm256_unpackhi_epi64(a[0], b[0]),
                _mm256_unpacklo_epi64(a[1], b[1]),
                _mm256_unpackhi_epi64(a[1], b[1]),
            ]
        };
        let (low, high) = (quads(p01, p23), quads(p45, p67));
        std::array::from_fn(|i| {
            if i < 4 {
                _mm256_permute2x128_si256::<0x20>(low[i], high[i])
            } else {
                _mm256_permute2x128_si256::<0x31>(low[i - 4], high[i - 4])
            }
        })
    }
}
