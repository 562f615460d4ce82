//! AVX-512 with VNNI: products of bytes by `vpdpbusd`, 16 rows of a panel times up to 8 rows of activations.

use std::arch::x86_64::*;

use super::{
    load::Load,
    wide::{self, Dot},
};
use crate::kernels::{
    GROUP, PANEL,
    panel::{Lanes, Line, Panel},
    quantize::{BLOCK, Q8Row},
};

struct Vnni;

impl Dot for Vnni {
    const SIGNED: bool = false;

    #[inline(always)]
    unsafe fn dot(w: __m256i, x: __m256i, _: bool) -> __m256i {
        // SAFETY: the caller vouches for AVX-512 VL and VNNI.
        unsafe { _mm256_dpbusd_epi32(_mm256_setzero_si256(), w, x) }
    }
}

/// See [`wide::gemv`].
///
/// # Safety
/// As there; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn gemv<F: Load>(rows: &[*const u8; PANEL], x: Q8Row<'_>) -> [f32; PANEL] {
    // SAFETY: as the caller vouches.
    unsafe { wide::gemv::<F, Vnni>(rows, x) }
}

/// See [`wide::pack`].
///
/// # Safety
/// As there; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn pack<F: Load>(rows: &[*const u8; PANEL], blocks: usize, panel: &mut Panel) {
    // SAFETY: as the caller vouches.
    unsafe { wide::pack::<F>(rows, blocks, panel) }
}

/// A panel times up to eight rows of activations as wide as the panel.
///
/// # Safety
/// The processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
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
                8.. => tile::<F, 8>(panel, xs, out),
                4.. => tile::<F, 4>(panel, xs, out),
                2.. => tile::<F, 2>(panel, xs, out),
                _ => tile::<F, 1>(panel, xs, out),
            }
        };
    }
}

#[inline(always)]
unsafe fn tile<F: Load, const N: usize>(panel: &Panel, xs: &[Q8Row<'_>], out: &mut [[f32; PANEL]]) -> usize {
    assert!(xs.len() >= N && out.len() >= N && xs[..N].iter().all(|x| x.blocks() == panel.blocks));
    // SAFETY: a panel has 8 lines, and one or two lanes of scales, per block; rows have 32 codes per block.
    unsafe {
        let lanes = |lanes: &[Lanes], at: usize| _mm512_load_ps(lanes.get_unchecked(at).0.as_ptr());
        let codes: [*const i8; N] = std::array::from_fn(|i| xs[i].codes().as_ptr());
        let mut acc = [_mm512_setzero_ps(); N];
        for b in 0..panel.blocks {
            let lines = panel.codes.as_ptr().add(b * 8);
            let x = codes.map(|codes| codes.add(b * BLOCK));
            let scale = |i: usize| _mm512_set1_ps(*xs[i].scales().get_unchecked(b));
            let x_sum = |i: usize| *xs[i].sums().get_unchecked(b);
            if F::HALVES {
                let low_sum = |i: usize| *xs[i].low_sums().get_unchecked(b);
                let (mut low, mut high) = ([_mm512_setzero_si512(); N], [_mm512_setzero_si512(); N]);
                for i in 0..N {
                    // The offset is subtracted by starting from its negative.
                    low[i] = _mm512_set1_epi32(-F::OFFSET * low_sum(i));
                    high[i] = _mm512_set1_epi32(-F::OFFSET * (x_sum(i) - low_sum(i)));
                }
                let (low, high) = (dots::<N, 0, 4>(low, lines, x), dots::<N, 4, 8>(high, lines, x));
                let (d_low, d_high) = (lanes(&panel.d, b * 2), lanes(&panel.d, b * 2 + 1));
                for i in 0..N {
                    acc[i] = scaled(acc[i], d_low, scale(i), low[i]);
                    acc[i] = scaled(acc[i], d_high, scale(i), high[i]);
                }
            } else {
                let mut sums = [_mm512_setzero_si512(); N];
                if F::OFFSET != 0 {
                    for (i, sum) in sums.iter_mut().enumerate() {
                        *sum = _mm512_set1_epi32(-F::OFFSET * x_sum(i));
                    }
                }
                let sums = dots::<N, 0, 8>(sums, lines, x);
                let d = lanes(&panel.d, b);
                for i in 0..N {
                    acc[i] = scaled(acc[i], d, scale(i), sums[i]);
                }
            }
            if F::HAS_MIN {
                let m = lanes(&panel.m, b);
                for i in 0..N {
                    let x_sum = _mm512_set1_ps(*xs[i].scaled_sums().get_unchecked(b));
                    acc[i] = _mm512_add_ps(acc[i], _mm512_mul_ps(m, x_sum));
                }
            }
        }
        for i in 0..N {
            _mm512_storeu_ps(out[i].as_mut_ptr(), acc[i]);
        }
    }
    N
}

/// Adds to `sums` the products of groups `FIRST..END` of a block, 16 rows each, with `N` rows of activations.
///
/// A function, since what a closure calls is compiled without the instructions of the function around it.
#[inline(always)]
unsafe fn dots<const N: usize, const FIRST: usize, const END: usize>(
    mut sums: [__m512i; N],
    lines: *const Line,
    x: [*const i8; N],
) -> [__m512i; N] {
    for group in FIRST..END {
        // SAFETY: a block has 8 lines, and 32 codes of activations.
        unsafe {
            let w = _mm512_load_si512(lines.add(group).cast());
            for i in 0..N {
                let four = _mm512_set1_epi32(x[i].add(group * 4).cast::<i32>().read_unaligned());
                sums[i] = _mm512_dpbusd_epi32(sums[i], w, four);
            }
        }
    }
    sums
}

/// `acc + (d · scale) · sum`, each operation rounded by itself.
#[inline(always)]
unsafe fn scaled(acc: __m512, d: __m512, scale: __m512, sum: __m512i) -> __m512 {
    // SAFETY: the caller vouches for AVX-512.
    unsafe { _mm512_add_ps(acc, _mm512_mul_ps(_mm512_mul_ps(d, scale), _mm512_cvtepi32_ps(sum))) }
}
