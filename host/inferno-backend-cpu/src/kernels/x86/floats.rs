//! Matrices of floats with AVX2 and with AVX-512; the kernel is `lanes::floats`.

use std::arch::x86_64::*;

use crate::kernels::{
    PANEL,
    float::Kept,
    lanes::floats::{eights, sixteens},
};

/// A panel times rows `lane..lane + rows` of a float tile, at most 8, of `cols` columns.
///
/// # Safety
/// The panel and the tile have `cols` columns, the tile has the next power of two of rows, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn multiply_avx512<K: Kept>(
    panel: *const u8,
    cols: usize,
    tile: *const f32,
    (lane, rows): (usize, usize),
    out: &mut [[f32; PANEL]],
) {
    // SAFETY: as the caller vouches.
    unsafe { sixteens::<__m512, K>(panel, cols, tile, (lane, rows), out) };
}

/// The same with half as many lanes in half as many registers.
///
/// # Safety
/// As for [`multiply_avx512`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn multiply_avx2<K: Kept>(
    panel: *const u8,
    cols: usize,
    tile: *const f32,
    (lane, rows): (usize, usize),
    out: &mut [[f32; PANEL]],
) {
    // SAFETY: as the caller vouches.
    unsafe { eights::<__m256, K>(panel, cols, tile, (lane, rows), out) };
}
