//! Quantizing activations with AVX-512; the definition is in `quantize`, which this agrees with to the bit.

use std::arch::x86_64::*;

use crate::kernels::quantize::{self, BLOCK, BLOCK_BYTES};

/// Quantizes `x` into lane `lane` of the tile at `tile`.
///
/// # Safety
/// As for [`quantize::quantize_row`]; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn quantize_row(x: &[f32], tile: *mut f32, lane: usize) {
    for (b, x) in x.as_chunks::<BLOCK>().0.iter().enumerate() {
        // SAFETY: the caller vouches for the cells of this lane in every block.
        unsafe { quantize_block(x, tile.cast::<u8>().add(b * BLOCK_BYTES), lane) };
    }
}

#[inline(always)]
unsafe fn quantize_block(x: &[f32; BLOCK], cells: *mut u8, lane: usize) {
    // SAFETY: as the caller vouches; `x` is two registers.
    unsafe {
        let (first, second) = (_mm512_loadu_ps(x.as_ptr()), _mm512_loadu_ps(x.as_ptr().add(16)));
        // The first operand loses to the second where it is NaN: those count as nothing.
        let zero = _mm512_setzero_ps();
        let sizes = _mm512_max_ps(_mm512_abs_ps(second), _mm512_max_ps(_mm512_abs_ps(first), zero));
        let max = _mm512_reduce_max_ps(_mm512_max_ps(sizes, zero));
        let exact = max / 127.0;
        let inverse = if exact != 0.0 { 1.0 / exact } else { 0.0 };
        let inverse = _mm512_set1_ps(inverse);
        let first = round(_mm512_mul_ps(first, inverse));
        let second = round(_mm512_mul_ps(second, inverse));
        let low_sum = _mm512_reduce_add_epi32(first);
        let sum = _mm512_reduce_add_epi32(_mm512_add_epi32(first, second));
        let scale = to_f16(exact);
        let codes = cells.add(lane * BLOCK);
        _mm_storeu_si128(codes.cast(), _mm512_cvtepi32_epi8(first));
        _mm_storeu_si128(codes.add(16).cast(), _mm512_cvtepi32_epi8(second));
        let part = |at: usize| cells.add(at + lane * 4);
        part(quantize::SCALES).cast::<f32>().write(scale);
        part(quantize::SCALED_SUMS).cast::<f32>().write(to_f16(sum as f32 * scale));
        part(quantize::SUMS).cast::<i32>().write(sum);
        part(quantize::LOW_SUMS).cast::<i32>().write(low_sum);
    }
}

/// To the nearest integer, halves away from zero; what cannot be converted becomes 0.
#[inline(always)]
unsafe fn round(x: __m512) -> __m512i {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        let number = _mm512_cmp_ps_mask::<_CMP_ORD_Q>(x, x);
        let whole = _mm512_maskz_cvttps_epi32(number, x);
        let rest = _mm512_sub_ps(x, _mm512_cvtepi32_ps(whole));
        let up = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(rest, _mm512_set1_ps(0.5));
        let down = _mm512_cmp_ps_mask::<_CMP_LE_OQ>(rest, _mm512_set1_ps(-0.5));
        let one = _mm512_set1_epi32(1);
        let whole = _mm512_mask_add_epi32(whole, up, whole, one);
        _mm512_mask_sub_epi32(whole, down, whole, one)
    }
}

/// Rounded to binary16, to nearest with ties to even, and back.
#[inline(always)]
unsafe fn to_f16(x: f32) -> f32 {
    // SAFETY: the caller vouches for F16C.
    unsafe {
        let half = _mm_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm_set_ss(x));
        _mm_cvtss_f32(_mm_cvtph_ps(half))
    }
}
