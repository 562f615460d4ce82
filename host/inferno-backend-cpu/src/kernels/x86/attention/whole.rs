//! Queries, and the softmax's weights times the scales of the values, as whole numbers times a step, so that a cache of Q8_0 is
//! multiplied byte by byte, exactly, with its codes as they are stored.
//!
//! A query has a step for each 32 elements, which are what a scale of a key belongs to; a weight one for each of its values'
//! groups. A number is `256 · high + low`: of a query, 15 bits and a sign in two signed bytes, of a weight, which is never negative,
//! 16 bits in two unsigned ones. Low bytes are rows of their own behind all others. Owns what tiles and vectors do alike; their
//! products are in the two modules called `bytes`.

use std::{arch::x86_64::*, ops::Range};

use super::{Answers, CHUNK, softmax};
use crate::kernels::{
    attention::{Blocks, Cells, QUERIES, Task, q8},
    quantize::BLOCK,
};

/// The largest whole number that two signed bytes give both signs of.
const SIGNED: f32 = 127.0 * 256.0 + 127.0;
/// The largest of two unsigned bytes.
const UNSIGNED: f32 = 65_535.0;
/// Positions of a block, and so of a span, up to which sums of products of bytes cannot overflow.
pub(in super::super) const MOST_POSITIONS: usize = 1 << 16;

/// What the sums of high and of low bytes give together.
#[inline]
#[target_feature(enable = "avx512f")]
pub(in super::super) fn together(high: __m512i, low: __m512i) -> __m512 {
    _mm512_fmadd_ps(_mm512_cvtepi32_ps(high), _mm512_set1_ps(256.0), _mm512_cvtepi32_ps(low))
}

/// 16 scales from the one at `at` on.
///
/// # Safety
/// There are so many.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
pub(in super::super) unsafe fn scales(bytes: q8::Bytes<'_>, at: usize) -> __m512 {
    // SAFETY: as the caller vouches.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(bytes.scales.as_ptr().add(at).cast()) })
}

/// The step of numbers up to `largest`, of which that is `most` steps, and its inverse; nothing for nothing, and for what has
/// no inverse.
fn step_of(largest: f32, most: f32) -> (f32, f32) {
    let inverse = most / largest;
    if inverse.is_finite() { (largest / most, inverse) } else { (0.0, 0.0) }
}

/// Writes the bytes of 16 whole numbers: the high ones at `to`, the low ones `low` further on.
///
/// # Safety
/// There is room.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn put(to: *mut u8, low: usize, [above, below]: [__m512i; 2]) {
    // SAFETY: as the caller vouches.
    unsafe {
        _mm_storeu_si128(to.cast(), _mm512_cvtepi32_epi8(above));
        _mm_storeu_si128(to.add(low).cast(), _mm512_cvtepi32_epi8(below));
    }
}

/// Rounds 32 elements of each query, into `rounded`, and gives their steps.
///
/// # Safety
/// There is room for two rows of 32 bytes of each.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in super::super) unsafe fn round_queries(
    task: Task<'_>,
    group: usize,
    rounded: *mut u8,
    steps: &mut [f32],
) {
    let low = task.seen.len() * BLOCK;
    for (query, (q, step)) in task.q.chunks_exact(task.head_dim).zip(steps).enumerate() {
        let q = &q[group * BLOCK..][..BLOCK];
        // SAFETY: 32 elements are two registers; the caller vouches for the room.
        unsafe {
            let halves = [0, CHUNK].map(|at| _mm512_loadu_ps(q.as_ptr().add(at)));
            let sizes = _mm512_max_ps(_mm512_abs_ps(halves[0]), _mm512_abs_ps(halves[1]));
            let inverse;
            (*step, inverse) = step_of(_mm512_reduce_max_ps(sizes), SIGNED);
            for (i, half) in halves.into_iter().enumerate() {
                let whole = _mm512_cvtps_epi32(_mm512_mul_ps(half, _mm512_set1_ps(inverse)));
                // What is above the low byte, as a signed one.
                let above = _mm512_srai_epi32::<8>(_mm512_add_epi32(whole, _mm512_set1_epi32(128)));
                put(rounded.add(query * BLOCK + i * CHUNK), low, [above, whole]);
            }
        }
    }
}

/// The blocks of a sequence that a task reads, all of them as if all were seen.
pub(in super::super) struct Span<'a, B> {
    pub(in super::super) cache: &'a B,
    pub(in super::super) blocks: Range<usize>,
    pub(in super::super) head_dim: usize,
    pub(in super::super) block_len: usize,
    /// Queries.
    pub(in super::super) count: usize,
    /// Of all blocks.
    pub(in super::super) positions: usize,
}

impl<'a, B: Blocks> Span<'a, B> {
    /// What lies between the first position that is seen by any query and the last.
    pub(in super::super) fn new(task: Task<'_>, (start, end): (usize, usize), cache: &'a B) -> Self {
        let Task { q, head_dim, block_len, seen, .. } = task;
        let (count, blocks) = (seen.len(), start / block_len..end.div_ceil(block_len));
        assert!(head_dim.is_multiple_of(BLOCK) && block_len.is_multiple_of(CHUNK));
        assert!(q.len() == count * head_dim && (1..=QUERIES).contains(&count));
        let positions = blocks.len() * block_len;
        Self { cache, blocks, head_dim, block_len, count, positions }
    }

    /// The codes of the keys of a block and their scales.
    pub(in super::super) fn keys(&self, block: usize) -> q8::Bytes<'a> {
        self.bytes(self.cache.keys(block))
    }

    /// The same of its values.
    pub(in super::super) fn values(&self, block: usize) -> q8::Bytes<'a> {
        self.bytes(self.cache.values(block))
    }

    fn bytes<'b>(&self, cells: Cells<'b>) -> q8::Bytes<'b> {
        let Cells::Q8(bytes) = cells else { unreachable!("only a cache in bytes comes here") };
        assert!(bytes.codes.len() == self.head_dim * self.block_len);
        assert!(bytes.scales.len() == self.head_dim / BLOCK * self.block_len);
        bytes
    }

    /// Makes weights of scores, those of a query side by side, and says what comes with them.
    ///
    /// # Safety
    /// Both are of all queries and positions.
    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(in super::super) unsafe fn softmax(
        &self,
        Task { seen, scale, .. }: Task<'_>,
        scores: &[f32],
        weights: &mut [f32],
        answers: &mut Answers<'_>,
    ) {
        let (first, positions) = (self.blocks.start * self.block_len, self.positions);
        for (query, (start, end)) in seen.iter().enumerate() {
            let scores = scores.as_ptr().wrapping_add(query * positions);
            let weights = weights.as_mut_ptr().wrapping_add(query * positions);
            // SAFETY: the caller vouches for as many as there are positions, which chunks lie within.
            let score = |chunk: usize| unsafe { _mm512_loadu_ps(scores.add(chunk)) };
            // SAFETY: as above.
            let put = |chunk: usize, weight| unsafe { _mm512_storeu_ps(weights.add(chunk), weight) };
            let seen = start.saturating_sub(first)..end.saturating_sub(first);
            (answers.largest[query], answers.sums[query]) =
                softmax::exact(positions, score, seen, scale, put);
        }
    }

    /// Multiplies weights by the scales of a group's values, into `scaled`, and rounds them, into `rounded`, chunk by chunk, row by
    /// row; gives each query's step. `ask` is told which values are read.
    ///
    /// # Safety
    /// There is room for all of them.
    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(in super::super) unsafe fn round_weights(
        &self,
        group: usize,
        ask: impl Fn(usize),
        weights: &[f32],
        scaled: &mut [f32],
        (rounded, steps): (*mut u8, &mut [f32]),
    ) {
        let Self { block_len, count, positions, .. } = *self;
        let mut sizes = [_mm512_setzero_ps(); QUERIES];
        // SAFETY: as the caller vouches.
        unsafe {
            for (i, block) in self.blocks.clone().enumerate() {
                ask(block);
                let values = self.values(block);
                for chunk in (0..block_len).step_by(CHUNK) {
                    let value_scales = scales(values, group * block_len + chunk);
                    for (query, size) in sizes.iter_mut().enumerate().take(count) {
                        let at = query * positions + i * block_len + chunk;
                        let weight = _mm512_loadu_ps(weights.as_ptr().add(at));
                        // What weighs nothing may have a scale that is no number.
                        let some = _mm512_cmp_ps_mask::<_CMP_NEQ_OQ>(weight, _mm512_setzero_ps());
                        let x = _mm512_maskz_mul_ps(some, weight, value_scales);
                        *size = _mm512_max_ps(*size, x);
                        _mm512_storeu_ps(scaled.as_mut_ptr().add(at), x);
                    }
                }
            }
            for (query, step) in steps.iter_mut().enumerate().take(count) {
                let inverse;
                (*step, inverse) = step_of(_mm512_reduce_max_ps(sizes[query]), UNSIGNED);
                for chunk in (0..positions).step_by(CHUNK) {
                    let x = _mm512_loadu_ps(scaled.as_ptr().add(query * positions + chunk));
                    let whole = _mm512_cvtps_epi32(_mm512_mul_ps(x, _mm512_set1_ps(inverse)));
                    let to = rounded.add(chunk * 2 * count + query * CHUNK);
                    put(to, count * CHUNK, [_mm512_srli_epi32::<8>(whole), whole]);
                }
            }
        }
    }
}
