//! Over a cache of Q8_0, by `tdpbssd`.
//!
//! Queries, and the softmax's weights times the scales of the values, become whole numbers of 15 bits and a sign times a step:
//! a query's for each 32 elements, which are what a scale of a key belongs to, a weight's for each of its values' groups. Such
//! a number is `256 · high + low`, two signed bytes, so that products are of bytes and their sums exact; codes are used as
//! they are stored. The lower bytes are rows of their own behind all others, as in `pairs`.

use std::{
    arch::{asm, x86_64::*},
    ops::Range,
};

use super::{Answers, ROW, Shapes, TILE, by_rows};
use crate::kernels::{
    attention::{Ahead, Blocks, Cells, Task, q8},
    quantize::BLOCK,
    x86::{amx::Registers, attention::softmax},
};

/// The largest whole number that two signed bytes give both signs of.
const MOST: f32 = 127.0 * 256.0 + 127.0;

/// Shapes for so many rows: in the first pass 32 elements are multiplied, in the last 16 positions, four to a row.
static KEYS: [Shapes; TILE + 1] = by_rows(BLOCK, BLOCK / 4);
static VALUES: [Shapes; TILE + 1] = by_rows(TILE, TILE / 4);

/// Memory that is kept from call to call.
#[derive(Default)]
pub(super) struct Scratch {
    /// 32 elements of each row.
    queries: Vec<i8>,
    scores: Vec<f32>,
    weights: Vec<f32>,
    /// Weights times scales of one group of elements.
    scaled: Vec<f32>,
    /// The same, chunk by chunk, row by row.
    rounded: Vec<i8>,
}

/// Rounds 16 numbers, of which none is larger than [`MOST`], into `cells`: the high bytes from `at` on, the low ones `low`
/// further on.
///
/// # Safety
/// There is room, and the processor has the features named.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn put(cells: *mut i8, at: usize, low: usize, x: __m512) {
    let whole = _mm512_cvtps_epi32(x);
    // What is above the low byte, as a signed one.
    let above = _mm512_srai_epi32::<8>(_mm512_add_epi32(whole, _mm512_set1_epi32(128)));
    // SAFETY: the caller vouches for the room.
    unsafe {
        _mm_storeu_si128(cells.add(at).cast(), _mm512_cvtepi32_epi8(above));
        _mm_storeu_si128(cells.add(at + low).cast(), _mm512_cvtepi32_epi8(whole));
    }
}

/// Sums of two tiles.
#[repr(align(64))]
struct Sums([[[i32; TILE]; TILE]; 2]);

impl Sums {
    /// What a query's high and low rows of a tile give together, `count` rows apart.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn whole(&self, tile: usize, query: usize, count: usize) -> __m512 {
        // SAFETY: a row is a register.
        let [high, low] = [query, count + query]
            .map(|row| _mm512_cvtepi32_ps(unsafe { _mm512_load_si512(self.0[tile][row].as_ptr().cast()) }));
        _mm512_fmadd_ps(high, _mm512_set1_ps(256.0), low)
    }
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into the answers.
///
/// # Safety
/// As for [`super::attend`], with at most 8 queries, and the cache is in bytes.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(super) unsafe fn attend(
    task: Task<'_>,
    (start, end): (usize, usize),
    cache: &impl Blocks,
    scratch: &mut Scratch,
    Answers { out, largest, sums }: Answers<'_>,
) {
    let Task { q, head_dim, scale, block_len, seen, rounded: _ } = task;
    let (count, groups) = (seen.len(), head_dim / BLOCK);
    let rows = 2 * count;
    assert!(head_dim.is_multiple_of(BLOCK) && block_len.is_multiple_of(TILE) && (1..=TILE).contains(&rows));
    assert!(q.len() == count * head_dim && out.len() == q.len());
    let blocks = start / block_len..end.div_ceil(block_len);
    let (first, positions) = (blocks.start * block_len, blocks.len() * block_len);
    let Scratch { queries, scores, weights, scaled, rounded } = scratch;
    for (cells, len) in [(&mut *queries, rows * BLOCK), (&mut *rounded, rows * positions)] {
        if cells.len() < len {
            cells.resize(len, 0);
        }
    }
    for room in [&mut *scores, &mut *weights, &mut *scaled] {
        if room.len() < count * positions {
            room.resize(count * positions, 0.0);
        }
    }
    let ahead = Ahead::whole(cache, blocks.clone());
    let pass = Pass { cache, ahead, blocks, head_dim, block_len, count, positions };
    let mut products = Sums([[[0; TILE]; TILE]; 2]);
    let mut registers = Registers::default();
    // SAFETY: as the caller vouches; there is room for all queries, and for what belongs to each position.
    unsafe {
        registers.declare(&KEYS[rows]);
        for group in 0..groups {
            let steps = round_queries(task, group, queries.as_mut_ptr());
            pass.score(group, queries, &steps, &mut products, scores);
        }
        for (query, (start, end)) in seen.iter().enumerate() {
            let scores = |chunk: usize| _mm512_loadu_ps(scores.as_ptr().add(query * positions + chunk));
            let seen = start.saturating_sub(first)..end.saturating_sub(first);
            let weights = weights.as_mut_ptr().add(query * positions);
            let put = |chunk: usize, weight| _mm512_storeu_ps(weights.add(chunk), weight);
            (largest[query], sums[query]) = softmax::exact(positions, scores, seen, scale, put);
        }
        registers.declare(&VALUES[rows]);
        for group in 0..groups {
            let steps = pass.round_weights(group, weights, scaled, rounded);
            pass.weigh(group, rounded, &mut products);
            for (query, step) in steps.iter().enumerate().take(count) {
                for half in 0..2 {
                    let at = out.as_mut_ptr().add(query * head_dim + group * BLOCK + half * TILE);
                    let sum = products.whole(half, query, count);
                    _mm512_storeu_ps(at, _mm512_mul_ps(sum, _mm512_set1_ps(*step)));
                }
            }
        }
    }
}

/// What all passes go over, group by group of 32 elements: the blocks of a sequence, for so many queries.
struct Pass<'a, B> {
    cache: &'a B,
    ahead: Ahead<'a, B>,
    blocks: Range<usize>,
    head_dim: usize,
    block_len: usize,
    count: usize,
    /// Of all blocks.
    positions: usize,
}

impl<B: Blocks> Pass<'_, B> {
    /// Adds what a group gives to the scores of each query, side by side; it sets those of the first.
    ///
    /// # Safety
    /// There is room for them, `queries` are those of the group, and [`KEYS`] were declared; features as for [`attend`].
    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn score(
        &self,
        group: usize,
        queries: &[i8],
        steps: &[f32; TILE],
        products: &mut Sums,
        scores: &mut [f32],
    ) {
        let Self { block_len, count, positions, .. } = *self;
        // SAFETY: as the caller vouches.
        unsafe {
            asm!(
                "tileloadd tmm4, [{queries} + {row}]",
                queries = in(reg) queries.as_ptr(),
                row = in(reg) BLOCK,
                options(nostack, readonly, preserves_flags),
            );
            for (i, block) in self.blocks.clone().enumerate() {
                if group == 0 {
                    self.ahead.keys(block);
                }
                let keys = self.bytes(self.cache.keys(block));
                for chunk in (0..block_len).step_by(TILE) {
                    asm!(
                        "tilezero tmm0",
                        "tileloadd tmm6, [{keys} + {keys_row}]",
                        "tdpbssd tmm0, tmm4, tmm6",
                        "tilestored [{sums} + {sums_row}], tmm0",
                        keys = in(reg) keys.codes.as_ptr().add(group * BLOCK * block_len + chunk * 4),
                        keys_row = in(reg) block_len * 4,
                        sums = in(reg) products.0.as_mut_ptr(),
                        sums_row = in(reg) ROW,
                        options(nostack, preserves_flags),
                    );
                    let key_scales = scales(keys, group * block_len + chunk);
                    for (query, step) in steps.iter().enumerate().take(count) {
                        let at = scores.as_mut_ptr().add(query * positions + i * block_len + chunk);
                        let before = if group == 0 { _mm512_setzero_ps() } else { _mm512_loadu_ps(at) };
                        let factor = _mm512_mul_ps(key_scales, _mm512_set1_ps(*step));
                        let sum = products.whole(0, query, count);
                        _mm512_storeu_ps(at, _mm512_fmadd_ps(sum, factor, before));
                    }
                }
            }
        }
    }

    /// Multiplies weights by the scales of a group's values and rounds them; returns each query's step.
    ///
    /// # Safety
    /// There is room for all of them; features as for [`attend`].
    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn round_weights(
        &self,
        group: usize,
        weights: &[f32],
        scaled: &mut [f32],
        rounded: &mut [i8],
    ) -> [f32; TILE] {
        let Self { block_len, count, positions, .. } = *self;
        let (mut sizes, mut steps) = ([_mm512_setzero_ps(); TILE], [0.0; TILE]);
        // SAFETY: as the caller vouches.
        unsafe {
            for (i, block) in self.blocks.clone().enumerate() {
                if group == 0 {
                    self.ahead.values(block);
                }
                let values = self.bytes(self.cache.values(block));
                for chunk in (0..block_len).step_by(TILE) {
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
                (*step, inverse) = step_of(_mm512_reduce_max_ps(sizes[query]));
                for chunk in (0..positions).step_by(TILE) {
                    let x = _mm512_loadu_ps(scaled.as_ptr().add(query * positions + chunk));
                    let whole = _mm512_mul_ps(x, _mm512_set1_ps(inverse));
                    put(rounded.as_mut_ptr(), chunk * 2 * count + query * TILE, count * TILE, whole);
                }
            }
        }
        steps
    }

    /// Sums up the values of a group, weighted, into two tiles.
    ///
    /// # Safety
    /// Weights are whole, and [`VALUES`] were declared.
    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn weigh(&self, group: usize, weights: &[i8], products: &mut Sums) {
        let Self { head_dim, block_len, count, .. } = *self;
        // SAFETY: as the caller vouches.
        unsafe {
            asm!("tilezero tmm0", "tilezero tmm1", options(nostack));
            for (i, block) in self.blocks.clone().enumerate() {
                let values = self.bytes(self.cache.values(block));
                for chunk in (0..block_len).step_by(TILE) {
                    asm!(
                        "tileloadd tmm4, [{weights} + {weights_row}]",
                        "tileloadd tmm6, [{values} + {row}]",
                        "tdpbssd tmm0, tmm4, tmm6",
                        "tileloadd tmm7, [{values} + {row} + 64]",
                        "tdpbssd tmm1, tmm4, tmm7",
                        weights = in(reg) weights.as_ptr().add((i * block_len + chunk) * 2 * count),
                        weights_row = in(reg) TILE,
                        values = in(reg) values.codes.as_ptr().add((chunk / 4 * head_dim + group * BLOCK) * 4),
                        row = in(reg) head_dim * 4,
                        options(nostack, readonly, preserves_flags),
                    );
                }
            }
            asm!(
                "tilestored [{sums} + {row}], tmm0",
                "tilestored [{sums} + {row} + 1024], tmm1",
                sums = in(reg) products.0.as_mut_ptr(),
                row = in(reg) ROW,
                options(nostack, preserves_flags),
            );
        }
    }

    /// The codes of a block and their scales.
    fn bytes<'b>(&self, cells: Cells<'b>) -> q8::Bytes<'b> {
        let Cells::Q8(bytes) = cells else { unreachable!("only a cache in bytes comes here") };
        assert!(bytes.codes.len() == self.head_dim * self.block_len);
        assert!(bytes.scales.len() == self.head_dim / BLOCK * self.block_len);
        bytes
    }
}

/// 16 scales from the one at `at` on.
///
/// # Safety
/// There are so many.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn scales(bytes: q8::Bytes<'_>, at: usize) -> __m512 {
    // SAFETY: as the caller vouches.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(bytes.scales.as_ptr().add(at).cast()) })
}

/// The step of numbers up to `largest`, and its inverse; nothing for nothing, and for what has no inverse.
fn step_of(largest: f32) -> (f32, f32) {
    let inverse = MOST / largest;
    if inverse.is_finite() { (largest / MOST, inverse) } else { (0.0, 0.0) }
}

/// Rounds 32 elements of each query; returns their steps.
///
/// # Safety
/// There is room for them.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn round_queries(task: Task<'_>, group: usize, rounded: *mut i8) -> [f32; TILE] {
    let low = task.seen.len() * BLOCK;
    let mut steps = [0.0; TILE];
    for (query, (q, step)) in task.q.chunks_exact(task.head_dim).zip(&mut steps).enumerate() {
        let q = &q[group * BLOCK..][..BLOCK];
        // SAFETY: 32 elements are two registers; the caller vouches for the room.
        unsafe {
            let halves = [0, TILE].map(|at| _mm512_loadu_ps(q.as_ptr().add(at)));
            let sizes = _mm512_max_ps(_mm512_abs_ps(halves[0]), _mm512_abs_ps(halves[1]));
            let inverse;
            (*step, inverse) = step_of(_mm512_reduce_max_ps(sizes));
            for (i, half) in halves.into_iter().enumerate() {
                let x = _mm512_mul_ps(half, _mm512_set1_ps(inverse));
                put(rounded, query * BLOCK + i * TILE, low, x);
            }
        }
    }
    steps
}
