//! AVX2: products of bytes by `pmaddubsw`, 8 rows of a panel times up to 4 rows of activations at a time.

use std::arch::x86_64::*;

use super::{
    load::Load,
    wide::{self, Dot},
};
use crate::kernels::{
    GROUP, PANEL,
    panel::Panel,
    quantize::{BLOCK, Q8Row},
};

struct Avx2;

impl Dot for Avx2 {
    const SIGNED: bool = true;

    #[inline(always)]
    unsafe fn dot(w: __m256i, x: __m256i, wide: bool) -> __m256i {
        // SAFETY: the caller vouches for AVX2.
        unsafe {
            let (w, x) = if wide {
                // Unsigned × signed would overflow 16 bits: take |w| and move its sign to x. |x| ≤ 127, so
                // negating x cannot overflow, and 2 · 128 · 127 fits.
                let w = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
                (_mm256_abs_epi8(w), _mm256_sign_epi8(x, w))
            } else {
                (w, x)
            };
            _mm256_madd_epi16(_mm256_maddubs_epi16(w, x), _mm256_set1_epi16(1))
        }
    }
}

/// See [`wide::gemv`].
///
/// # Safety
/// As there; the processor has AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn gemv<F: Load>(rows: &[*const u8; PANEL], x: Q8Row<'_>) -> [f32; PANEL] {
    // SAFETY: as the caller vouches.
    unsafe { wide::gemv::<F, Avx2>(rows, x) }
}

/// See [`wide::pack`].
///
/// # Safety
/// As there; the processor has AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn pack<F: Load>(rows: &[*const u8; PANEL], blocks: usize, panel: &mut Panel) {
    // SAFETY: as the caller vouches.
    unsafe { wide::pack::<F>(rows, blocks, panel) }
}

/// A panel times up to eight rows of activations as wide as the panel.
///
/// # Safety
/// The processor has AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn gemm<F: Load>(
    panel: &Panel,
    xs: &[Q8Row<'_>],
    out: &mut [[f32; PANEL]; GROUP],
) {
    let mut done = 0;
    while done < xs.len() {
        let (xs, out) = (&xs[done..], &mut out[done..]);
        // SAFETY: the slices hold as many rows as the constant says; instructions as the caller vouches.
        done += unsafe {
            match xs.len() {
                4.. => tile::<F, 4>(panel, xs, out),
                2.. => tile::<F, 2>(panel, xs, out),
                _ => tile::<F, 1>(panel, xs, out),
            }
        };
    }
}

#[inline(always)]
unsafe fn tile<F: Load, const N: usize>(panel: &Panel, xs: &[Q8Row<'_>], out: &mut [[f32; PANEL]]) -> usize {
    let offset = wide::offset::<F, Avx2>();
    assert!(xs.len() >= N && out.len() >= N && xs[..N].iter().all(|x| x.blocks() == panel.blocks));
    for half in 0..2 {
        // SAFETY: a panel has 8 lines, and one or two lanes of scales, per block; rows have 32 codes per block.
        unsafe {
            let lanes = |lanes: &[crate::kernels::panel::Lanes], at: usize| {
                _mm256_load_ps(lanes.get_unchecked(at).0.as_ptr().add(half * 8))
            };
            let mut acc = [_mm256_setzero_ps(); N];
            for b in 0..panel.blocks {
                let codes = panel.codes.as_ptr().add(b * 8).cast::<u8>().add(half * 32);
                let mut x = [std::ptr::null(); N];
                for i in 0..N {
                    x[i] = xs[i].codes().as_ptr().add(b * BLOCK);
                }
                let correct = |sum: __m256i, x_sum: i32| {
                    if offset == 0 { sum } else { _mm256_sub_epi32(sum, _mm256_set1_epi32(offset * x_sum)) }
                };
                let scale = |i: usize| _mm256_set1_ps(*xs[i].scales().get_unchecked(b));
                let x_sum = |i: usize| *xs[i].sums().get_unchecked(b);
                if F::HALVES {
                    let (low, high) = (dots::<F, N, 0, 4>(codes, x), dots::<F, N, 4, 8>(codes, x));
                    let (d_low, d_high) = (lanes(&panel.d, b * 2), lanes(&panel.d, b * 2 + 1));
                    for i in 0..N {
                        let low_sum = *xs[i].low_sums().get_unchecked(b);
                        acc[i] = wide::scaled(acc[i], d_low, scale(i), correct(low[i], low_sum));
                        acc[i] = wide::scaled(acc[i], d_high, scale(i), correct(high[i], x_sum(i) - low_sum));
                    }
                } else {
                    let (sums, d) = (dots::<F, N, 0, 8>(codes, x), lanes(&panel.d, b));
                    for i in 0..N {
                        acc[i] = wide::scaled(acc[i], d, scale(i), correct(sums[i], x_sum(i)));
                    }
                }
                if F::HAS_MIN {
                    let m = lanes(&panel.m, b);
                    for i in 0..N {
                        let x_sum = _mm256_set1_ps(*xs[i].scaled_sums().get_unchecked(b));
                        acc[i] = _mm256_add_ps(acc[i], _mm256_mul_ps(m, x_sum));
                    }
                }
            }
            for i in 0..N {
                _mm256_storeu_ps(out[i].as_mut_ptr().add(half * 8), acc[i]);
            }
        }
    }
    N
}

/// The products of groups `FIRST..END` of a block, 8 rows each, with `N` rows of activations.
///
/// A function, since what a closure calls is compiled without the instructions of the function around it.
#[inline(always)]
unsafe fn dots<F: Load, const N: usize, const FIRST: usize, const END: usize>(
    codes: *const u8,
    x: [*const i8; N],
) -> [__m256i; N] {
    // SAFETY: a block has 8 lines of 64 bytes, of which `codes` points at one half, and 32 codes of activations.
    unsafe {
        let mut sums = [_mm256_setzero_si256(); N];
        for group in FIRST..END {
            let w = _mm256_load_si256(codes.add(group * 64).cast());
            for i in 0..N {
                let four = _mm256_set1_epi32(x[i].add(group * 4).cast::<i32>().read_unaligned());
                sums[i] = _mm256_add_epi32(sums[i], Avx2::dot(w, four, F::WIDE));
            }
        }
        sums
    }
}
