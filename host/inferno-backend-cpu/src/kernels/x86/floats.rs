//! Matrices of floats with AVX2 and with AVX-512; the kernel is `lanes::floats`.

use std::arch::x86_64::*;

use crate::kernels::{
    PANEL, Products,
    float::Kept,
    lanes::floats::{eights, few},
};

/// A panel times rows `lane..lane + N` of a float tile, `cols` columns.
///
/// # Safety
/// The panel and the tile have `cols` columns, `lane + N ≤ 16`, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn multiply_avx512<K: Kept, const N: usize>(
    panel: *const u8,
    cols: usize,
    tile: *const f32,
    lane: usize,
    out: &mut Products,
) {
    // SAFETY: as the caller vouches.
    unsafe { few::<__m512, K, N, 1>((panel, 0), cols, (tile, lane), out) };
}

/// The same with half as many lanes in half as many registers.
///
/// # Safety
/// As for [`multiply_avx512`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn multiply_avx2<K: Kept, const N: usize>(
    panel: *const u8,
    cols: usize,
    tile: *const f32,
    lane: usize,
    out: &mut [[f32; PANEL]],
) {
    // SAFETY: as the caller vouches.
    unsafe { eights::<__m256, K, N>(panel, cols, (tile, lane), out) };
}
