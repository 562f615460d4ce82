//! Attention over the cache by tile products, up to 16 queries at a time: `pairs` where it is kept in bfloat16, `bytes` where
//! it is kept in Q8_0.
//!
//! The three passes are those of `kernels::attention`: scores, softmax, weighted sum; a chunk is 16 positions. Each row of a
//! tile is computed by itself: what a query gets does not depend on the others. Tiles keep their contents from one `asm!`
//! block to the next, since nothing else in this program uses them.

mod bytes;
mod pairs;

use std::{arch::x86_64::*, ops::Range};

use inferno_backend::KvType;

use super::{ROW, Shapes};
use crate::kernels::{
    attention::{Blocks, Partial, Task},
    x86::elementwise::exp,
};

/// Queries, or positions, in a tile.
const TILE: usize = 16;
/// Elements of the answers that are summed up at a time, in the wider of the two.
const ELEMENTS: usize = 64;
/// Positions of a block up to which sums of products of bytes cannot overflow.
const MOST_POSITIONS: usize = 1 << 16;

/// Whether tiles read a cache of this kind and shape.
pub(in crate::kernels) const fn fits(kind: KvType, head_dim: usize, block_len: usize) -> bool {
    matches!(kind, KvType::Bf16 | KvType::Q8_0)
        && head_dim.is_multiple_of(ELEMENTS)
        && block_len.is_multiple_of(TILE)
        && block_len <= MOST_POSITIONS
}

/// Memory that is kept from call to call.
#[derive(Default)]
pub(in crate::kernels) struct Scratch {
    pairs: pairs::Scratch,
    bytes: bytes::Scratch,
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into `partial`.
///
/// # Safety
/// [`fits`], at most 16 queries; tiles may be used, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(in crate::kernels) unsafe fn attend(
    task: Task<'_>,
    seen: (usize, usize),
    cache: &impl Blocks,
    scratch: &mut Scratch,
    partial: &mut Partial,
) {
    // SAFETY: as the caller vouches.
    unsafe {
        match (cache.kind(), task.rounded) {
            (KvType::Q8_0, _) => bytes::attend(task, seen, cache, &mut scratch.bytes, partial),
            (_, true) => pairs::attend::<false>(task, seen, cache, &mut scratch.pairs, partial),
            (_, false) => pairs::attend::<true>(task, seen, cache, &mut scratch.pairs, partial),
        }
    }
}

/// Shapes by the number of queries, of which a row is so many bytes, for so many rows of keys or values.
const fn by_queries(row: usize, depth: usize) -> [Shapes; TILE + 1] {
    let mut all = [shapes(TILE, row, depth); TILE + 1];
    let mut queries = 1;
    while queries < TILE {
        all[queries] = shapes(queries, row, depth);
        queries += 1;
    }
    all
}

/// Registers 0 to 3 for sums, 4 and 5 for `row` bytes of each query, 6 and 7 for `depth` rows of keys or values.
const fn shapes(queries: usize, row: usize, depth: usize) -> Shapes {
    let (rows, row) = (queries as u8, row as u16);
    let (sums, cells) = ((rows, ROW as u16), (depth as u8, ROW as u16));
    Shapes::new([sums, sums, sums, sums, (rows, row), (rows, row), cells, cells])
}

/// Gives `put` the weights of what a query sees, `exp((score − largest) · scale)`, 16 positions at a time, and where they begin;
/// what it does not see weighs nothing. Returns the largest scaled score and the sum of the weights.
///
/// # Safety
/// Scores are whole registers; the processor has the features named.
#[inline]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn soften(
    scores: &[f32],
    seen: Range<usize>,
    scale: f32,
    mut put: impl FnMut(usize, __m512),
) -> (f32, f32) {
    let at = |chunk: usize| -> (__m512, __mmask16) {
        let end = seen.end.saturating_sub(chunk).min(16);
        let start = seen.start.saturating_sub(chunk).min(end);
        let mask = ((1_u32 << end) - (1_u32 << start)) as u16;
        // SAFETY: a chunk is a whole register.
        (unsafe { _mm512_loadu_ps(scores.as_ptr().add(chunk)) }, mask)
    };
    let mut largest = _mm512_set1_ps(f32::NEG_INFINITY);
    for chunk in (0..scores.len()).step_by(TILE) {
        let (scores, mask) = at(chunk);
        largest = _mm512_mask_max_ps(largest, mask, largest, scores);
    }
    let largest = _mm512_reduce_max_ps(largest);
    let (shift, factor) = (_mm512_set1_ps(largest), _mm512_set1_ps(scale));
    let mut sum = _mm512_setzero_ps();
    for chunk in (0..scores.len()).step_by(TILE) {
        let (scores, mask) = at(chunk);
        let weight = exp(_mm512_mul_ps(_mm512_sub_ps(scores, shift), factor));
        let weight = _mm512_maskz_mov_ps(mask, weight);
        sum = _mm512_add_ps(sum, weight);
        put(chunk, weight);
    }
    (largest * scale, _mm512_reduce_add_ps(sum))
}
