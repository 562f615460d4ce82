//! Widening binary16 by the processor's own conversion.

use std::arch::x86_64::*;

use crate::kernels::half::f16_to_f32;

/// Widens `halves` into `out`.
///
/// # Safety
/// Both have one length, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn widen_avx512(halves: &[u16], out: &mut [f32]) {
    let (chunks, rest) = halves.as_chunks::<16>();
    let (wide, wide_rest) = out.as_chunks_mut::<16>();
    for (h, y) in chunks.iter().zip(wide) {
        // SAFETY: both are 16 values long.
        unsafe { _mm512_storeu_ps(y.as_mut_ptr(), _mm512_cvtph_ps(_mm256_loadu_si256(h.as_ptr().cast()))) };
    }
    for (h, y) in rest.iter().zip(wide_rest) {
        *y = f16_to_f32(*h);
    }
}

/// Widens `halves` into `out`.
///
/// # Safety
/// Both have one length, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn widen_avx2(halves: &[u16], out: &mut [f32]) {
    let (chunks, rest) = halves.as_chunks::<8>();
    let (wide, wide_rest) = out.as_chunks_mut::<8>();
    for (h, y) in chunks.iter().zip(wide) {
        // SAFETY: both are 8 values long.
        unsafe { _mm256_storeu_ps(y.as_mut_ptr(), _mm256_cvtph_ps(_mm_loadu_si128(h.as_ptr().cast()))) };
    }
    for (h, y) in rest.iter().zip(wide_rest) {
        *y = f16_to_f32(*h);
    }
}
