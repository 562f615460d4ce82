//! The exponential, a softmax's weights and SiLU, 16 numbers at a time: what the compiler makes of `kernels::elementwise` takes twice as long, since
//! it may not fuse, and divides.

use std::arch::x86_64::*;

/// `2^n · e^r` with Cephes' polynomial, as `kernels::elementwise::exp`; saturates at `e^±87`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn exp(x: __m512) -> __m512 {
    let constant = |c: f32| _mm512_set1_ps(c);
    let x = _mm512_min_ps(_mm512_max_ps(x, constant(-87.0)), constant(87.0));
    let n = _mm512_roundscale_ps::<0>(_mm512_mul_ps(x, constant(std::f32::consts::LOG2_E)));
    let r = _mm512_fnmadd_ps(n, constant(0.693_359_4), x);
    let r = _mm512_fnmadd_ps(n, constant(-2.121_944_4e-4), r);
    let p = _mm512_fmadd_ps(constant(1.987_569_1e-4), r, constant(1.398_199_9e-3));
    let p = _mm512_fmadd_ps(p, r, constant(8.333_452e-3));
    let p = _mm512_fmadd_ps(p, r, constant(4.166_579_6e-2));
    let p = _mm512_fmadd_ps(p, r, constant(1.666_666_6e-1));
    let p = _mm512_fmadd_ps(p, r, constant(0.5));
    let p = _mm512_fmadd_ps(_mm512_mul_ps(p, r), r, _mm512_add_ps(r, constant(1.0)));
    _mm512_scalef_ps(p, n)
}

/// `x · σ(x)`; the quotient by an estimate of 14 bits, which one step of Newton's doubles.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn sigmoid_linear(x: __m512) -> __m512 {
    let one = _mm512_set1_ps(1.0);
    let divisor = _mm512_add_ps(one, exp(_mm512_sub_ps(_mm512_setzero_ps(), x)));
    let guess = _mm512_rcp14_ps(divisor);
    let wrong = _mm512_fnmadd_ps(divisor, guess, one);
    _mm512_mul_ps(x, _mm512_fmadd_ps(guess, wrong, guess))
}

/// Calls `each` with the beginning of every 16 cells of `len`, and which of them there are.
#[inline(always)]
fn registers(len: usize, mut each: impl FnMut(usize, __mmask16)) {
    let rest = len % 16;
    (0..len - rest).step_by(16).for_each(|at| each(at, u16::MAX));
    if rest > 0 {
        each(len - rest, (1 << rest) - 1);
    }
}

/// `out = x · σ(x)`.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) fn silu(x: &[f32], out: &mut [f32]) {
    assert!(x.len() == out.len(), "as many results");
    registers(x.len(), |at, mask| {
        // SAFETY: the mask leaves out what lies behind the end.
        unsafe {
            let x = _mm512_maskz_loadu_ps(mask, x.as_ptr().add(at));
            _mm512_mask_storeu_ps(out.as_mut_ptr().add(at), mask, sigmoid_linear(x));
        }
    });
}

/// `out = silu(gate) · up`.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) fn silu_mul(gate: &[f32], up: &[f32], out: &mut [f32]) {
    assert!(gate.len() == out.len() && up.len() == out.len(), "as many results");
    registers(gate.len(), |at, mask| {
        // SAFETY: as above.
        unsafe {
            let gate = sigmoid_linear(_mm512_maskz_loadu_ps(mask, gate.as_ptr().add(at)));
            let up = _mm512_maskz_loadu_ps(mask, up.as_ptr().add(at));
            _mm512_mask_storeu_ps(out.as_mut_ptr().add(at), mask, _mm512_mul_ps(gate, up));
        }
    });
}

/// Replaces scores by `exp(score · scale − max)` and returns their sum.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) fn exponentials(scores: &mut [f32], scale: f32, max: f32) -> f32 {
    let (scale, max) = (_mm512_set1_ps(scale), _mm512_set1_ps(max));
    let mut sum = _mm512_setzero_ps();
    registers(scores.len(), |at, mask| {
        // SAFETY: the mask leaves out what lies behind the end.
        unsafe {
            let score = _mm512_maskz_loadu_ps(mask, scores.as_ptr().add(at));
            let weight = exp(_mm512_sub_ps(_mm512_mul_ps(score, scale), max));
            sum = _mm512_mask_add_ps(sum, mask, sum, weight);
            _mm512_mask_storeu_ps(scores.as_mut_ptr().add(at), mask, weight);
        }
    });
    _mm512_reduce_add_ps(sum)
}
