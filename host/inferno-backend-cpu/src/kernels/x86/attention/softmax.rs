//! The softmax of attention: weights of scores, a power of the largest first, so that nothing overflows.
//!
//! `exact` for what is generated, to the last bits; `rounded` for prompts, where a weight has eight bits anyway.

use std::{arch::x86_64::*, ops::Range};

use super::{CHUNK, to_bf16};
use crate::kernels::x86::elementwise::exp;

/// Scores of the positions of a chunk, and their weights in bfloat16.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
pub(in super::super) struct Scores(pub(in super::super) [f32; CHUNK]);
#[derive(Clone, Copy, Default)]
#[repr(C, align(32))]
pub(in super::super) struct Weights(pub(in super::super) [u16; CHUNK]);

/// Gives `put` the weights of what a query sees, `exp((score − largest) · scale)`, 16 positions at a time, and where they begin;
/// what it does not see weighs nothing. `scores` are those of 16 of so many positions. Returns the largest scaled score and
/// the sum of the weights.
#[inline]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in super::super) fn exact(
    positions: usize,
    scores: impl Fn(usize) -> __m512,
    seen: Range<usize>,
    scale: f32,
    mut put: impl FnMut(usize, __m512),
) -> (f32, f32) {
    let mask = |chunk: usize| -> __mmask16 {
        let end = seen.end.saturating_sub(chunk).min(16);
        let start = seen.start.saturating_sub(chunk).min(end);
        ((1_u32 << end) - (1_u32 << start)) as u16
    };
    let mut largest = _mm512_set1_ps(f32::NEG_INFINITY);
    for chunk in (0..positions).step_by(CHUNK) {
        largest = _mm512_mask_max_ps(largest, mask(chunk), largest, scores(chunk));
    }
    let largest = _mm512_reduce_max_ps(largest);
    let (shift, factor) = (_mm512_set1_ps(largest), _mm512_set1_ps(scale));
    let mut sum = _mm512_setzero_ps();
    for chunk in (0..positions).step_by(CHUNK) {
        let weight = exp(_mm512_mul_ps(_mm512_sub_ps(scores(chunk), shift), factor));
        let weight = _mm512_maskz_mov_ps(mask(chunk), weight);
        sum = _mm512_add_ps(sum, weight);
        put(chunk, weight);
    }
    (largest * scale, _mm512_reduce_add_ps(sum))
}

/// Puts the weights of what a query sees, `exp((score − largest) · scale)`, rounded; what it does not see weighs nothing.
/// Returns the largest scaled score and the sum of the weights before they were rounded.
///
/// # Safety
/// `scores` and `weights` are of a chunk, and those of others lie `rows` further on each, for so many positions, a multiple of
/// 32; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(in super::super) unsafe fn rounded(
    scores: *mut Scores,
    rows: usize,
    seen: Range<usize>,
    (positions, scale): (usize, f32),
    weights: *mut Weights,
) -> (f32, f32) {
    // SAFETY: as the caller vouches, for `at` a multiple of 16.
    let score = |at: usize| unsafe { scores.add(at / CHUNK * rows).cast::<f32>() };
    let nothing = _mm512_set1_ps(f32::NEG_INFINITY);
    // SAFETY: all positions have scores.
    unsafe {
        let before = (0..seen.start.next_multiple_of(CHUNK).min(positions)).step_by(CHUNK);
        for at in before.chain((seen.end / CHUNK * CHUNK..positions).step_by(CHUNK)) {
            let end = seen.end.saturating_sub(at).min(CHUNK);
            let start = seen.start.saturating_sub(at).min(end);
            let mask = ((1_u32 << end) - (1_u32 << start)) as u16;
            _mm512_store_ps(score(at), _mm512_mask_mov_ps(nothing, mask, _mm512_load_ps(score(at))));
        }
        let mut largest = [nothing; 2];
        for at in (0..positions).step_by(2 * CHUNK) {
            largest[0] = _mm512_max_ps(largest[0], _mm512_load_ps(score(at)));
            largest[1] = _mm512_max_ps(largest[1], _mm512_load_ps(score(at + CHUNK)));
        }
        let largest = _mm512_reduce_max_ps(_mm512_max_ps(largest[0], largest[1]));
        // Of what sees nothing, nothing is subtracted.
        let largest = if seen.is_empty() { 0.0 } else { largest };
        let factor = scale * std::f32::consts::LOG2_E;
        let (factor, shift) = (_mm512_set1_ps(factor), _mm512_set1_ps(largest * factor));
        let mut sums = [_mm512_setzero_ps(); 2];
        for at in (0..positions).step_by(2 * CHUNK) {
            let first = power_of_two(_mm512_fmsub_ps(_mm512_load_ps(score(at)), factor, shift));
            let second = power_of_two(_mm512_fmsub_ps(_mm512_load_ps(score(at + CHUNK)), factor, shift));
            sums = [_mm512_add_ps(sums[0], first), _mm512_add_ps(sums[1], second)];
            _mm256_store_si256(weights.add(at / CHUNK * rows).cast(), to_bf16(first));
            _mm256_store_si256(weights.add((at / CHUNK + 1) * rows).cast(), to_bf16(second));
        }
        (largest * scale, _mm512_reduce_add_ps(_mm512_add_ps(sums[0], sums[1])))
    }
}

/// `2^x`, by a polynomial of the fractional part whose relative error is at most 7.5e-5, a 26th of what is lost when it is
/// rounded to eight bits; nothing of `−∞`.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn power_of_two(x: __m512) -> __m512 {
    let constant = |c: f32| _mm512_set1_ps(c);
    let fraction = _mm512_reduce_ps::<{ _MM_FROUND_TO_NEG_INF }>(x);
    let p = _mm512_fmadd_ps(constant(0.078_024_52), fraction, constant(0.226_067_16));
    let p = _mm512_fmadd_ps(p, fraction, constant(0.695_833_54));
    let p = _mm512_fmadd_ps(p, fraction, constant(0.999_925_2));
    _mm512_scalef_ps(p, x)
}
