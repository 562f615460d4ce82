//! Attention over cells as they are stored, with AVX2 and with AVX-512; the kernels are those of `lanes::attention`.

use std::{arch::x86_64::*, ops::Range};

use crate::kernels::lanes::attention::{Stored, score, weigh};

/// Dot products of the queries in `q`, of `head_dim` each, with the keys of a block, those of each query `stride` after the last.
///
/// # Safety
/// The block [`fits`](crate::kernels::lanes::attention::fits) a register of 16 lanes; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn score_sixteens<S: Stored>(
    q: &[f32],
    keys: S,
    (head_dim, block_len): (usize, usize),
    scores: &mut [f32],
    stride: usize,
) {
    // SAFETY: as the caller vouches.
    unsafe { score::<__m512, S>(q, keys, (head_dim, block_len), scores, stride) }
}

/// The same in registers of eight lanes.
///
/// # Safety
/// As for [`score_sixteens`], of eight lanes.
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn score_eights<S: Stored>(
    q: &[f32],
    keys: S,
    (head_dim, block_len): (usize, usize),
    scores: &mut [f32],
    stride: usize,
) {
    // SAFETY: as the caller vouches.
    unsafe { score::<__m256, S>(q, keys, (head_dim, block_len), scores, stride) }
}

/// Adds some positions of values to each part of `out`, of `head_dim` each, weighted by what stands every
/// `stride` in `weights`.
///
/// # Safety
/// The block [`fits`](crate::kernels::lanes::attention::fits) a register of 16 lanes and has these positions; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn weigh_sixteens<S: Stored>(
    weights: (&[f32], usize),
    values: S,
    positions: Range<usize>,
    head_dim: usize,
    out: &mut [f32],
) {
    // SAFETY: as the caller vouches.
    unsafe { weigh::<__m512, S>(weights, values, positions, head_dim, out) }
}

/// The same in registers of eight lanes.
///
/// # Safety
/// As for [`weigh_sixteens`], of eight lanes.
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn weigh_eights<S: Stored>(
    weights: (&[f32], usize),
    values: S,
    positions: Range<usize>,
    head_dim: usize,
    out: &mut [f32],
) {
    // SAFETY: as the caller vouches.
    unsafe { weigh::<__m256, S>(weights, values, positions, head_dim, out) }
}
