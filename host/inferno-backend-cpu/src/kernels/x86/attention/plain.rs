//! Attention's two products with AVX-512, over cells as they are stored.
//!
//! A dot product runs in four sums over the elements, element `e` in sum `e % 4`, so that a query alone does not wait
//! for one sum; several queries share what is loaded, up to six. What a query gets does not depend on how many they
//! are.

use std::{arch::x86_64::*, ptr};

/// Positions, or elements, in a register.
pub(in crate::kernels) const LANES: usize = 16;
/// Elements whose weighted sums stay in registers.
pub(in crate::kernels) const ELEMENTS: usize = 64;
/// Sums of one dot product.
const SUMS: usize = 4;

/// A stored key or value.
pub(in crate::kernels) trait Cell: Copy {
    /// 16 cells as floats.
    ///
    /// # Safety
    /// `at` points at 16 cells, and the processor has AVX-512.
    unsafe fn load(at: *const Self) -> __m512;
}

impl Cell for f32 {
    #[inline(always)]
    unsafe fn load(at: *const Self) -> __m512 {
        // SAFETY: as the caller vouches.
        unsafe { _mm512_loadu_ps(at) }
    }
}

/// Binary16.
impl Cell for u16 {
    #[inline(always)]
    unsafe fn load(at: *const Self) -> __m512 {
        // SAFETY: as the caller vouches.
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())) }
    }
}

/// Asks for the line that begins at a cell behind `start`, if there is a start and a line begins there.
///
/// # Safety
/// The processor has AVX-512, with which the instruction comes.
#[inline(always)]
unsafe fn ask<T>(start: *const i8, cell: usize) {
    let at = start.wrapping_add(cell * size_of::<T>());
    if !start.is_null() && at.addr().is_multiple_of(64) {
        // SAFETY: as the caller vouches; it may point anywhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at) };
    }
}

/// Dot products of the queries in `q` with the keys of a block, those of each query `stride` after the last. `beyond` is asked
/// for meanwhile.
///
/// # Safety
/// `keys` is `head_dim × block_len` with both whole registers, `q` whole queries; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn score<T: Cell>(
    q: &[f32],
    (keys, mut beyond): (&[T], *const i8),
    block_len: usize,
    scores: &mut [f32],
    stride: usize,
) {
    let head_dim = keys.len() / block_len;
    let (mut q, mut scores) = (q, scores);
    while !q.is_empty() {
        // SAFETY: as the caller vouches; there are as many queries as the constant says.
        let done = unsafe {
            match q.len() / head_dim {
                6.. => score_queries::<T, 6>(q, (keys, beyond), block_len, scores, stride),
                3.. => score_queries::<T, 3>(q, (keys, beyond), block_len, scores, stride),
                2 => score_queries::<T, 2>(q, (keys, beyond), block_len, scores, stride),
                _ => score_queries::<T, 1>(q, (keys, beyond), block_len, scores, stride),
            }
        };
        // All was asked for.
        beyond = ptr::null();
        q = &q[done * head_dim..];
        scores = scores.get_mut(done * stride..).unwrap_or_default();
    }
}

#[inline(always)]
unsafe fn score_queries<T: Cell, const N: usize>(
    q: &[f32],
    (keys, beyond): (&[T], *const i8),
    block_len: usize,
    scores: &mut [f32],
    stride: usize,
) -> usize {
    let head_dim = keys.len() / block_len;
    assert!(q.len() >= N * head_dim && scores.len() >= (N - 1) * stride + block_len);
    for at in (0..block_len).step_by(LANES) {
        // SAFETY: elements and positions lie within the lengths just checked.
        unsafe {
            let mut acc = [[_mm512_setzero_ps(); SUMS]; N];
            for first in (0..head_dim).step_by(SUMS) {
                for sum in 0..SUMS {
                    let e = first + sum;
                    ask::<T>(beyond, e * block_len + at);
                    let key = T::load(keys.as_ptr().add(e * block_len + at));
                    for i in 0..N {
                        let x = _mm512_set1_ps(*q.get_unchecked(i * head_dim + e));
                        acc[i][sum] = _mm512_fmadd_ps(x, key, acc[i][sum]);
                    }
                }
            }
            for i in 0..N {
                let [a, b, c, d] = acc[i];
                let total = _mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d));
                _mm512_storeu_ps(scores.as_mut_ptr().add(i * stride + at), total);
            }
        }
    }
    N
}

/// Adds rows of values to each part of `out`, weighted by what stands every `stride` in `weights`. `beyond` is asked for
/// meanwhile.
///
/// # Safety
/// `rows` is whole rows of `head_dim`, a multiple of 64; `out` is whole parts of `head_dim`, `weights` has a row of
/// weights for each; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn weigh<T: Cell>(
    weights: &[f32],
    stride: usize,
    (rows, mut beyond): (&[T], *const i8),
    head_dim: usize,
    out: &mut [f32],
) {
    let (mut weights, mut out) = (weights, out);
    while !out.is_empty() {
        // SAFETY: as the caller vouches; there are as many parts as the constant says.
        let done = unsafe {
            match out.len() / head_dim {
                6.. => weigh_queries::<T, 6>(weights, stride, (rows, beyond), head_dim, out),
                3.. => weigh_queries::<T, 3>(weights, stride, (rows, beyond), head_dim, out),
                2 => weigh_queries::<T, 2>(weights, stride, (rows, beyond), head_dim, out),
                _ => weigh_queries::<T, 1>(weights, stride, (rows, beyond), head_dim, out),
            }
        };
        beyond = ptr::null();
        out = &mut out[done * head_dim..];
        weights = weights.get(done * stride..).unwrap_or_default();
    }
}

#[inline(always)]
unsafe fn weigh_queries<T: Cell, const N: usize>(
    weights: &[f32],
    stride: usize,
    (rows, beyond): (&[T], *const i8),
    head_dim: usize,
    out: &mut [f32],
) -> usize {
    let count = rows.len() / head_dim;
    assert!(weights.len() >= (N - 1) * stride + count && out.len() >= N * head_dim);
    for at in (0..head_dim).step_by(ELEMENTS) {
        // SAFETY: rows, weights and elements lie within the lengths just checked.
        unsafe {
            let cell = |i: usize, part: usize| i * head_dim + at + part * LANES;
            let mut acc = [[_mm512_setzero_ps(); ELEMENTS / LANES]; N];
            for i in 0..N {
                for part in 0..ELEMENTS / LANES {
                    acc[i][part] = _mm512_loadu_ps(out.as_ptr().add(cell(i, part)));
                }
            }
            for position in 0..count {
                let row = rows.as_ptr().add(position * head_dim + at);
                let mut values = [_mm512_setzero_ps(); ELEMENTS / LANES];
                for part in 0..ELEMENTS / LANES {
                    ask::<T>(beyond, cell(position, part));
                    values[part] = T::load(row.add(part * LANES));
                }
                for i in 0..N {
                    let weight = _mm512_set1_ps(*weights.get_unchecked(i * stride + position));
                    for part in 0..ELEMENTS / LANES {
                        acc[i][part] = _mm512_fmadd_ps(weight, values[part], acc[i][part]);
                    }
                }
            }
            for i in 0..N {
                for part in 0..ELEMENTS / LANES {
                    _mm512_storeu_ps(out.as_mut_ptr().add(cell(i, part)), acc[i][part]);
                }
            }
        }
    }
    N
}
