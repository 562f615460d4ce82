//! Widening binary16 by the processor's own conversion.

use std::arch::aarch64::*;

use crate::kernels::half::f16_to_f32;

/// The values of four.
#[inline(always)]
pub(super) unsafe fn four_halves(bits: uint16x4_t) -> float32x4_t {
    // SAFETY: every processor of this architecture has the instruction.
    unsafe { vcvt_f32_f16(vreinterpret_f16_u16(bits)) }
}

/// Widens `halves` into `out`, which is as long.
pub(in crate::kernels) fn widen(halves: &[u16], out: &mut [f32]) {
    assert!(halves.len() == out.len(), "as many values");
    let (chunks, rest) = halves.as_chunks::<4>();
    let (wide, wide_rest) = out.as_chunks_mut::<4>();
    for (h, y) in chunks.iter().zip(wide) {
        // SAFETY: both are four values long.
        unsafe { vst1q_f32(y.as_mut_ptr(), four_halves(vld1_u16(h.as_ptr()))) };
    }
    for (h, y) in rest.iter().zip(wide_rest) {
        *y = f16_to_f32(*h);
    }
}
