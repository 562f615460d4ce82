//! Over a cache of Q8_0, by `vpdpbusd`: 16 keys, or 16 elements of values, times four bytes that all of them share.
//!
//! Numbers are rounded as [`whole`](super::whole) says. One of the two bytes that are multiplied is without a sign: of values the
//! weight, of keys the code, which is made `code + 128`; what that adds to a sum is known from the query, and is where the sum begins.
//! Each query has sums of its own, so what it gets does not depend on the others. Easily confused with `amx::attention::bytes`,
//! which computes the same.

use std::{arch::x86_64::*, array};

use super::{
    CHUNK, at_least,
    whole::{self, Span, round_queries, together},
};
use crate::kernels::{
    attention::{Ahead, Blocks, Cells, Partial, Task},
    hints,
    packed::LINE,
    quantize::BLOCK,
};

/// How often four bytes, which one product takes of each row, are in a chunk, and in a group.
const FOURS_OF_CHUNK: usize = CHUNK / 4;
const FOURS_OF_GROUP: usize = BLOCK / 4;

/// Whether blocks of this shape are read so.
pub(in crate::kernels) const fn fits(head_dim: usize, block_len: usize) -> bool {
    head_dim.is_multiple_of(BLOCK) && block_len.is_multiple_of(CHUNK) && block_len <= whole::MOST_POSITIONS
}

/// Memory that is kept from call to call.
#[derive(Default)]
pub(in crate::kernels) struct Scratch {
    /// Group by group, 32 bytes of each row.
    queries: Vec<u8>,
    /// Where the sums of each row begin.
    starts: Vec<i32>,
    /// Group by group, those of each query: of queries, then of weights.
    steps: Vec<f32>,
    scores: Vec<f32>,
    weights: Vec<f32>,
    /// Weights times scales of one group.
    scaled: Vec<f32>,
    /// The same of all groups, chunk by chunk, row by row.
    rounded: Vec<u8>,
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into `partial`.
///
/// # Safety
/// [`fits`], the cache is in bytes, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn attend(
    task: Task<'_>,
    range: (usize, usize),
    cache: &impl Blocks,
    scratch: &mut Scratch,
    partial: &mut Partial,
) {
    let span = Span::new(task, range, cache);
    let (groups, count, positions) = (span.head_dim / BLOCK, span.count, span.positions);
    let mut answers = partial.answers();
    assert!(answers.out.len() == task.q.len());
    let Scratch { queries, starts, steps, scores, weights, scaled, rounded } = scratch;
    let rows = 2 * count;
    at_least(queries, groups * rows * BLOCK);
    at_least(starts, groups * rows);
    at_least(steps, groups * count);
    at_least(rounded, groups * rows * positions);
    for room in [&mut *scores, &mut *weights, &mut *scaled] {
        at_least(room, count * positions);
    }
    // SAFETY: as the caller vouches; there is room for all queries, and for what belongs to each position.
    unsafe {
        for group in 0..groups {
            let of_group = &mut queries[group * rows * BLOCK..][..rows * BLOCK];
            round_queries(task, group, of_group.as_mut_ptr(), &mut steps[group * count..][..count]);
            for (row, start) in of_group.chunks_exact(BLOCK).zip(&mut starts[group * rows..][..rows]) {
                *start = -128 * row.iter().map(|byte| i32::from(*byte as i8)).sum::<i32>();
            }
        }
        let ahead = Ahead::by_line(cache, span.blocks.clone());
        score(&span, &ahead, Queries { queries, starts, steps }, scores);
        span.softmax(task, scores, weights, &mut answers);
        for group in 0..groups {
            let rounded = rounded[group * rows * positions..].as_mut_ptr();
            let steps = &mut steps[group * count..][..count];
            span.round_weights(group, |_| {}, weights, scaled, (rounded, steps));
        }
        weigh(&span, &ahead, (rounded, steps), answers.out);
    }
}

/// Queries, rounded.
#[derive(Clone, Copy)]
struct Queries<'a> {
    queries: &'a [u8],
    starts: &'a [i32],
    steps: &'a [f32],
}

/// Scores of all positions, those of a query side by side.
///
/// # Safety
/// There is room for them, and the processor has the features named.
#[inline]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn score<B: Blocks>(
    span: &Span<'_, B>,
    ahead: &Ahead<'_, B>,
    queries: Queries<'_>,
    scores: &mut [f32],
) {
    for (i, block) in span.blocks.clone().enumerate() {
        // Weights are multiplied by these before values are read.
        let scales = span.values(block).scales;
        hints::farther(scales.as_ptr().cast(), size_of_val(scales));
        let mut beyond = ahead.keys(block).map(Cells::start);
        let mut done = 0;
        while done < span.count {
            let place = (block, i * span.block_len, done);
            // SAFETY: as the caller vouches; there are as many queries as the constant says.
            done += unsafe {
                match span.count - done {
                    6.. => score_queries::<6, B>(span, place, beyond, queries, scores),
                    3.. => score_queries::<3, B>(span, place, beyond, queries, scores),
                    2 => score_queries::<2, B>(span, place, beyond, queries, scores),
                    _ => score_queries::<1, B>(span, place, beyond, queries, scores),
                }
            };
            // All was asked for.
            beyond = None;
        }
    }
}

/// Scores of the keys of a block, for `N` queries from one on.
#[inline]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn score_queries<const N: usize, B: Blocks>(
    span: &Span<'_, B>,
    (block, first, query): (usize, usize, usize),
    beyond: Option<*const i8>,
    Queries { queries, starts, steps }: Queries<'_>,
    scores: &mut [f32],
) -> usize {
    let Span { head_dim, block_len, count, positions, .. } = *span;
    let (keys, rows) = (span.keys(block), 2 * count);
    assert!(query + N <= count && queries.len() >= 2 * count * head_dim && scores.len() >= count * positions);
    assert!(starts.len() >= head_dim / BLOCK * rows && first + block_len <= positions);
    if let Some(beyond) = beyond {
        let scales = beyond.wrapping_add(head_dim * block_len);
        (0..size_of_val(keys.scales))
            .step_by(LINE)
            .for_each(|at| hints::near(scales.wrapping_add(at).cast()));
    }
    for chunk in (0..block_len).step_by(CHUNK) {
        let mut scored = [_mm512_setzero_ps(); N];
        for group in 0..head_dim / BLOCK {
            // SAFETY: rows of queries, codes and scales lie within the lengths that were checked here and by `keys`.
            unsafe {
                let row = |i: usize, part: usize| part * count + query + i;
                let from = |row: usize| queries.as_ptr().add((group * rows + row) * BLOCK);
                let mut sums: [[__m512i; 2]; N] = array::from_fn(|i| {
                    array::from_fn(|part| {
                        _mm512_set1_epi32(*starts.get_unchecked(group * rows + row(i, part)))
                    })
                });
                for four in 0..FOURS_OF_GROUP {
                    let at = ((group * FOURS_OF_GROUP + four) * block_len + chunk) * 4;
                    if let Some(beyond) = beyond {
                        hints::near(beyond.wrapping_add(at).cast());
                    }
                    let codes = _mm512_loadu_si512(keys.codes.as_ptr().add(at).cast());
                    let codes = _mm512_xor_si512(codes, _mm512_set1_epi8(i8::MIN));
                    for i in 0..N {
                        for part in 0..2 {
                            let bytes = shared(from(row(i, part)).add(four * 4));
                            sums[i][part] = _mm512_dpbusd_epi32(sums[i][part], codes, bytes);
                        }
                    }
                }
                let scales = whole::scales(keys, group * block_len + chunk);
                for i in 0..N {
                    let step = _mm512_set1_ps(*steps.get_unchecked(group * count + query + i));
                    let sum = together(sums[i][0], sums[i][1]);
                    scored[i] = _mm512_fmadd_ps(sum, _mm512_mul_ps(scales, step), scored[i]);
                }
            }
        }
        for i in 0..N {
            let at = (query + i) * positions + first + chunk;
            // SAFETY: it lies within what was checked.
            unsafe { _mm512_storeu_ps(scores.as_mut_ptr().add(at), scored[i]) };
        }
    }
    N
}

/// Sums of all values, weighted by `rounded` times `steps`, for all queries, into `out`.
///
/// # Safety
/// There are weights of all positions, and the processor has the features named.
#[inline]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn weigh<B: Blocks>(
    span: &Span<'_, B>,
    ahead: &Ahead<'_, B>,
    weights: (&[u8], &[f32]),
    out: &mut [f32],
) {
    let mut at = 0;
    while at < span.head_dim {
        let wide = span.head_dim - at >= 4 * CHUNK;
        let (mut query, mut ahead) = (0, Some(ahead));
        while query < span.count {
            let place = (query, at);
            // SAFETY: as the caller vouches; there are as many queries and groups as the constants say.
            query += unsafe {
                match (span.count - query, wide) {
                    (3.., true) => weigh_queries::<3, 2, B>(span, place, ahead, weights, out),
                    (2, true) => weigh_queries::<2, 2, B>(span, place, ahead, weights, out),
                    (_, true) => weigh_queries::<1, 2, B>(span, place, ahead, weights, out),
                    (3.., false) => weigh_queries::<3, 1, B>(span, place, ahead, weights, out),
                    (2, false) => weigh_queries::<2, 1, B>(span, place, ahead, weights, out),
                    (_, false) => weigh_queries::<1, 1, B>(span, place, ahead, weights, out),
                }
            };
            // All was asked for.
            ahead = None;
        }
        at += if wide { 2 * BLOCK } else { BLOCK };
    }
}

/// The same for `N` queries from one on, and `G` groups of elements, of two registers each.
#[inline]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn weigh_queries<const N: usize, const G: usize, B: Blocks>(
    span: &Span<'_, B>,
    (query, first): (usize, usize),
    ahead: Option<&Ahead<'_, B>>,
    (weights, steps): (&[u8], &[f32]),
    out: &mut [f32],
) -> usize {
    let Span { head_dim, block_len, count, positions, .. } = *span;
    let (rows, group) = (2 * count, first / BLOCK);
    assert!(query + N <= count && first + G * BLOCK <= head_dim && out.len() >= count * head_dim);
    assert!(weights.len() >= head_dim / BLOCK * rows * positions && steps.len() >= head_dim / BLOCK * count);
    let mut sums = [[[[_mm512_setzero_si512(); 2]; 2]; N]; G];
    for (i, block) in span.blocks.clone().enumerate() {
        let beyond = ahead.and_then(|ahead| ahead.values(block)).map(Cells::start);
        let values = span.values(block).codes.as_ptr();
        for chunk in (0..block_len).step_by(CHUNK) {
            // SAFETY: codes and weights lie within the lengths that were checked here and by `values`.
            unsafe {
                let weights: [*const u8; G] = array::from_fn(|g| {
                    let at = ((group + g) * positions + i * block_len + chunk) * rows;
                    weights.as_ptr().add(at + query * CHUNK)
                });
                for four in 0..FOURS_OF_CHUNK {
                    let at = ((chunk / 4 + four) * head_dim + first) * 4;
                    for g in 0..G {
                        let at = at + g * 2 * LINE;
                        if let Some(beyond) = beyond {
                            hints::near(beyond.wrapping_add(at).cast());
                            hints::near(beyond.wrapping_add(at + LINE).cast());
                        }
                        let codes = [0, LINE].map(|line| _mm512_loadu_si512(values.add(at + line).cast()));
                        for n in 0..N {
                            for part in 0..2 {
                                let weight = shared(weights[g].add((part * count + n) * CHUNK + four * 4));
                                for (sum, codes) in sums[g][n][part].iter_mut().zip(codes) {
                                    *sum = _mm512_dpbusd_epi32(*sum, weight, codes);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    for (g, sums) in sums.iter().enumerate() {
        for (n, [high, low]) in sums.iter().enumerate() {
            for half in 0..2 {
                // SAFETY: steps and answers lie within what was checked.
                unsafe {
                    let step = *steps.get_unchecked((group + g) * count + query + n);
                    let to = (query + n) * head_dim + first + g * BLOCK + half * CHUNK;
                    let sum = _mm512_mul_ps(together(high[half], low[half]), _mm512_set1_ps(step));
                    _mm512_storeu_ps(out.as_mut_ptr().add(to), sum);
                }
            }
        }
    }
    N
}

/// Four bytes, 16 times.
#[inline(always)]
unsafe fn shared(four: *const u8) -> __m512i {
    // SAFETY: the caller vouches for the bytes, and for AVX-512.
    unsafe { _mm512_set1_epi32(four.cast::<i32>().read_unaligned()) }
}
