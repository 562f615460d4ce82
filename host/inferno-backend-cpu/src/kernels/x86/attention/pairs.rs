//! Over a cache of bfloat16 in pairs, by `vdpbf16ps`: 16 keys, or 16 elements of values, times a pair of numbers that all of
//! them share.
//!
//! Of a prompt, queries and the softmax's weights are rounded to eight bits. Of what is generated they are split into two
//! bfloat16, so that what is lost of them is 2^-17 and keys and values are used as they are stored. Each query has sums of its
//! own, so what it gets does not depend on the others. Easily confused with `amx::attention`, which reads the same cache.

use std::{arch::x86_64::*, array, mem::transmute, ptr};

use super::{
    Answers, CHUNK, at_least, cells,
    softmax::{self, Scores},
    split, without_rest,
};
use crate::kernels::{
    attention::{self, Ahead, Blocks, Cells, Partial, Task},
    hints,
};

/// Queries that are best computed together: sums of two dozens of them and two chunks fill the registers.
pub(in crate::kernels) const TOGETHER: usize = 24;
/// Pairs of positions in a chunk, or of elements in a register of pairs.
const PAIRS: usize = CHUNK / 2;
/// Chunks whose values are gone through with sums in registers.
const CHUNKS: usize = 16;

/// Whether blocks of this shape are read so.
pub(in crate::kernels) const fn fits(head_dim: usize, block_len: usize) -> bool {
    head_dim.is_multiple_of(2 * CHUNK) && block_len.is_multiple_of(CHUNK)
}

/// Memory that is kept from call to call.
#[derive(Default)]
pub(in crate::kernels) struct Scratch {
    /// Pair by pair of elements, those of all queries side by side; of each its parts.
    queries: Vec<u32>,
    /// Chunk by chunk, query by query.
    scores: Vec<Scores>,
    /// The same, of each query its parts, eight pairs each.
    weights: Vec<softmax::Weights>,
    /// The last block's values, without what is not of this sequence.
    last: Vec<u16>,
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into `partial`.
///
/// # Safety
/// [`fits`], a cache in pairs, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(in crate::kernels) unsafe fn attend(
    task: Task<'_>,
    range: (usize, usize),
    cache: &impl Blocks,
    scratch: &mut Scratch,
    partial: &mut Partial,
) {
    // SAFETY: as the caller vouches.
    unsafe {
        if task.rounded {
            in_parts::<1>(task, range, cache, scratch, partial.answers());
        } else {
            in_parts::<2>(task, range, cache, scratch, partial.answers());
        }
    }
}

/// As [`attend`], with numbers of so many bfloat16.
#[inline]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn in_parts<const PARTS: usize>(
    task: Task<'_>,
    (start, end): (usize, usize),
    cache: &impl Blocks,
    Scratch { queries, scores, weights, last }: &mut Scratch,
    Answers { out, largest, sums }: Answers<'_>,
) {
    let Task { q, head_dim, scale, block_len, seen, rounded: _ } = task;
    let count = seen.len();
    assert!(fits(head_dim, block_len) && (1..=attention::QUERIES).contains(&count));
    assert!(q.len() == count * head_dim && out.len() == q.len());
    let blocks = start / block_len..end.div_ceil(block_len);
    let first = blocks.start * block_len;
    let chunks = blocks.len() * block_len / CHUNK;
    // Weights are made of two chunks at a time; those without scores are seen by no query.
    let room = chunks.next_multiple_of(2) * count;
    at_least(queries, q.len() / 2 * PARTS);
    at_least(scores, room);
    at_least(weights, room * PARTS);
    let ahead = Ahead::by_line(cache, blocks.clone());
    // SAFETY: as the caller vouches; there is room for all queries, and for what belongs to each chunk.
    unsafe {
        lay_out::<PARTS>(q, head_dim, queries);
        let per_block = block_len / CHUNK;
        for chunk in (0..chunks).step_by(2) {
            let two = [chunk, (chunk + 1).min(chunks - 1)];
            let block = |chunk: usize| blocks.start + chunk / per_block;
            let start = |block: Cells<'_>, chunk: usize| {
                cells(block).as_ptr().wrapping_add(chunk % per_block * CHUNK * 2)
            };
            let keys = two.map(|chunk| start(cache.keys(block(chunk)), chunk));
            let beyond = two.map(|chunk| {
                let block = block(chunk);
                start(ahead.keys(block).unwrap_or_else(|| cache.keys(block)), chunk)
            });
            let to = two.map(|chunk| scores.as_mut_ptr().add(chunk * count));
            score::<PARTS>(queries, count, (keys, beyond), (head_dim, block_len), to);
        }
        let weights = weights.as_mut_ptr();
        for (query, (start, end)) in seen.iter().enumerate() {
            let seen = start.saturating_sub(first)..end.saturating_sub(first);
            let scores = scores.as_mut_ptr().add(query);
            (largest[query], sums[query]) = if PARTS == 1 {
                let positions = chunks.next_multiple_of(2) * CHUNK;
                softmax::rounded(scores, count, seen, (positions, scale), weights.add(query))
            } else {
                let score = |at: usize| _mm512_load_ps(scores.add(at / CHUNK * count).cast());
                softmax::exact(chunks * CHUNK, score, seen, scale, |at, weight| {
                    let to = weights.add((at / CHUNK * count + query) * PARTS);
                    for (part, weight) in split(weight).into_iter().enumerate() {
                        _mm256_store_si256(to.add(part).cast(), weight);
                    }
                })
            };
        }
        // How much of the last block is this sequence's.
        let used = end - (blocks.end - 1) * block_len;
        let rest = (used < block_len)
            .then(|| without_rest(cells(cache.values(blocks.end - 1)), head_dim, used, last));
        out.fill(0.0);
        for from in (0..chunks).step_by(CHUNKS) {
            let some = (chunks - from).min(CHUNKS);
            let (mut values, mut beyond) = ([ptr::null(); CHUNKS], [ptr::null(); CHUNKS]);
            for (at, chunk) in (from..from + some).enumerate() {
                let block = blocks.start + chunk / per_block;
                let start = chunk % per_block * CHUNK * head_dim;
                let cells = match rest {
                    Some(rest) if block + 1 == blocks.end => rest,
                    _ => cells(cache.values(block)),
                };
                values[at] = cells.as_ptr().add(start);
                let next = ahead.values(block).unwrap_or_else(|| cache.values(block));
                beyond[at] = super::cells(next).as_ptr().add(start);
            }
            let weights = weights.add(from * count * PARTS).cast::<u32>();
            weigh::<PARTS>((weights, count), (&values[..some], &beyond[..some]), head_dim, out);
        }
    }
}

/// Lays queries out pair by pair.
///
/// # Safety
/// There is room, and the processor has the features named.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
unsafe fn lay_out<const PARTS: usize>(q: &[f32], head_dim: usize, queries: &mut [u32]) {
    let count = q.len() / head_dim;
    for (query, q) in q.chunks_exact(head_dim).enumerate() {
        for (at, q) in q.as_chunks::<CHUNK>().0.iter().enumerate() {
            // SAFETY: a chunk is a register; a register of halves is eight pairs.
            let parts =
                unsafe { split(_mm512_loadu_ps(q.as_ptr())).map(|x| transmute::<__m256i, [u32; PAIRS]>(x)) };
            for (part, pairs) in parts.iter().enumerate().take(PARTS) {
                for (pair, cells) in pairs.iter().enumerate() {
                    queries[((at * PAIRS + pair) * count + query) * PARTS + part] = *cells;
                }
            }
        }
    }
}

/// Scores of two chunks of keys for all queries.
///
/// # Safety
/// The chunks are whole, there is room for scores, and the processor has the features named.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn score<const PARTS: usize>(
    queries: &[u32],
    count: usize,
    (keys, mut beyond): ([*const u16; 2], [*const u16; 2]),
    shape: (usize, usize),
    to: [*mut Scores; 2],
) {
    let mut done = 0;
    while done < count {
        let to = to.map(|to| to.wrapping_add(done));
        let from = (&queries[done * PARTS..], count);
        // SAFETY: as the caller vouches; there are as many queries as the constant says.
        done += unsafe {
            match (count - done, PARTS) {
                (12.., 1) => score_queries::<12, PARTS>(from, (keys, beyond), shape, to),
                (6.., _) => score_queries::<6, PARTS>(from, (keys, beyond), shape, to),
                (3.., _) => score_queries::<3, PARTS>(from, (keys, beyond), shape, to),
                (2, _) => score_queries::<2, PARTS>(from, (keys, beyond), shape, to),
                _ => score_queries::<1, PARTS>(from, (keys, beyond), shape, to),
            }
        };
        // All was asked for, and these are near.
        beyond = keys;
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn score_queries<const N: usize, const PARTS: usize>(
    (queries, count): (&[u32], usize),
    (keys, beyond): ([*const u16; 2], [*const u16; 2]),
    (head_dim, block_len): (usize, usize),
    to: [*mut Scores; 2],
) -> usize {
    assert!(queries.len() >= ((head_dim / 2 - 1) * count + N) * PARTS);
    let mut sums = [[[_mm512_setzero_ps(); N]; PARTS]; 2];
    // SAFETY: pairs of elements lie within what was checked, or what the caller vouches for.
    unsafe {
        for pair in 0..head_dim / 2 {
            let queries = queries.as_ptr().add(pair * count * PARTS);
            beyond.iter().for_each(|beyond| hints::near(beyond.wrapping_add(pair * block_len * 2).cast()));
            let keys = keys.map(|keys| pairs(keys.add(pair * block_len * 2)));
            for i in 0..N {
                for part in 0..PARTS {
                    let query = shared(queries.add(i * PARTS + part));
                    for chunk in 0..2 {
                        let sum = &mut sums[chunk][part][i];
                        *sum = _mm512_dpbf16_ps(*sum, keys[chunk], query);
                    }
                }
            }
        }
        for chunk in 0..2 {
            for i in 0..N {
                let mut sum = sums[chunk][0][i];
                for rest in &sums[chunk][1..] {
                    sum = _mm512_add_ps(sum, rest[i]);
                }
                _mm512_store_ps(to[chunk].add(i).cast(), sum);
            }
        }
    }
    N
}

/// Adds the values of some chunks to the answers of all queries, weighted.
///
/// # Safety
/// The chunks are whole, so are the answers, there are weights of each, and the processor has the features named.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn weigh<'a, const PARTS: usize>(
    (weights, count): (*const u32, usize),
    (values, mut beyond): (&'a [*const u16], &'a [*const u16]),
    head_dim: usize,
    out: &mut [f32],
) {
    let mut done = 0;
    while done < count {
        let out = &mut out[done * head_dim..];
        let weights = (weights.wrapping_add(done * PARTS * PAIRS), count);
        let mut at = 0;
        // SAFETY: as the caller vouches; there are as many queries and elements as the constants say.
        unsafe {
            macro_rules! queries {
                ($n:literal) => {{
                    while at + 4 * CHUNK <= head_dim {
                        weigh_queries::<$n, 4, PARTS>(weights, (values, beyond), (head_dim, at), out);
                        at += 4 * CHUNK;
                    }
                    if at < head_dim {
                        weigh_queries::<$n, 2, PARTS>(weights, (values, beyond), (head_dim, at), out);
                    }
                    $n
                }};
            }
            done += match count - done {
                6.. => queries!(6),
                3.. => queries!(3),
                2 => queries!(2),
                _ => queries!(1),
            };
            beyond = values;
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn weigh_queries<const N: usize, const R: usize, const PARTS: usize>(
    (weights, count): (*const u32, usize),
    (values, beyond): (&[*const u16], &[*const u16]),
    (head_dim, at): (usize, usize),
    out: &mut [f32],
) {
    assert!(out.len() >= (N - 1) * head_dim + at + R * CHUNK);
    // SAFETY: queries and elements lie within what was checked, pairs of positions within what the caller vouches for.
    unsafe {
        let cell = |i: usize, register: usize| i * head_dim + at + register * CHUNK;
        let mut sums: [[__m512; R]; N] =
            array::from_fn(|i| array::from_fn(|r| _mm512_loadu_ps(out.as_ptr().add(cell(i, r)))));
        for (chunk, (values, beyond)) in values.iter().zip(beyond).enumerate() {
            let weights = weights.add(chunk * count * PARTS * PAIRS);
            for pair in 0..PAIRS {
                let row = (pair * head_dim + at) * 2;
                (0..R).for_each(|r| hints::near(beyond.wrapping_add(row + r * CHUNK * 2).cast()));
                let row = values.add(row);
                let row: [__m512bh; R] = array::from_fn(|r| pairs(row.add(r * CHUNK * 2)));
                for i in 0..N {
                    for part in 0..PARTS {
                        let weight = shared(weights.add((i * PARTS + part) * PAIRS + pair));
                        for r in 0..R {
                            sums[i][r] = _mm512_dpbf16_ps(sums[i][r], row[r], weight);
                        }
                    }
                }
            }
        }
        for i in 0..N {
            for r in 0..R {
                _mm512_storeu_ps(out.as_mut_ptr().add(cell(i, r)), sums[i][r]);
            }
        }
    }
}

/// 16 pairs.
#[inline(always)]
unsafe fn pairs(at: *const u16) -> __m512bh {
    // SAFETY: the caller vouches for the cells, and for AVX-512.
    unsafe { transmute(_mm512_loadu_si512(at.cast())) }
}

/// One pair, 16 times.
#[inline(always)]
unsafe fn shared(pair: *const u32) -> __m512bh {
    // SAFETY: the caller vouches for the pair, and for AVX-512.
    unsafe { transmute(_mm512_set1_epi32(*pair as i32)) }
}
