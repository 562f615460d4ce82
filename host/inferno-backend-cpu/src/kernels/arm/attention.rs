//! Attention over cells as they are stored; the kernels are those of `lanes::attention`.

use std::ops::Range;

use super::lanes::Eight;
use crate::kernels::lanes::attention::{Stored, score, weigh};

/// Dot products of the queries in `q`, of `head_dim` each, with the keys of a block, those of each query `stride` after the last.
///
/// # Safety
/// The block [`fits`](crate::kernels::lanes::attention::fits) a register of eight lanes.
pub(in crate::kernels) unsafe fn score_eights<S: Stored>(
    q: &[f32],
    keys: S,
    (head_dim, block_len): (usize, usize),
    scores: &mut [f32],
    stride: usize,
) {
    // SAFETY: as the caller vouches.
    unsafe { score::<Eight, S>(q, keys, (head_dim, block_len), scores, stride) }
}

/// Adds some positions of values to each part of `out`, of `head_dim` each, weighted by what stands every
/// `stride` in `weights`.
///
/// # Safety
/// The block [`fits`](crate::kernels::lanes::attention::fits) a register of eight lanes and has these positions.
pub(in crate::kernels) unsafe fn weigh_eights<S: Stored>(
    weights: (&[f32], usize),
    values: S,
    positions: Range<usize>,
    head_dim: usize,
    out: &mut [f32],
) {
    // SAFETY: as the caller vouches.
    unsafe { weigh::<Eight, S>(weights, values, positions, head_dim, out) }
}
