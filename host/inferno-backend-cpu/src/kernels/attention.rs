//! Softmax attention of one token's heads over the blocks of its sequence.
//!
//! Query heads that share a KV head are computed together, so that keys and values are read once. Keys are
//! stored with positions as the fastest dimension and values with elements, so both loops run along memory. Each
//! head's arithmetic is the same whatever else is computed beside it.

use std::ops::Range;

use super::{elementwise::exp, float::sum, vectorized};
use crate::isa::Isa;

/// The most query heads computed together.
pub(crate) const HEADS: usize = 4;
/// Positions whose scores are computed together.
const LANES: usize = 16;

/// What one call computes.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    /// Query heads side by side, at most [`HEADS`].
    pub(crate) q: &'a [f32],
    /// Elements of a head.
    pub(crate) head_dim: usize,
    /// What scores are multiplied by.
    pub(crate) scale: f32,
    /// Positions in a block.
    pub(crate) block_len: usize,
    /// The first position seen, and the end.
    pub(crate) seen: (usize, usize),
}

/// Computes `task` into `out`, as long as `q`. `keys(i)` and `values(i)` are the sequence's `i`th block of this KV
/// head: `head_dim × block_len` and `block_len × head_dim`. `scores` is scratch.
pub(crate) fn attend<'a>(
    isa: Isa,
    task: Task<'_>,
    keys: &dyn Fn(usize) -> &'a [f32],
    values: &dyn Fn(usize) -> &'a [f32],
    scores: &mut Vec<f32>,
    out: &mut [f32],
) {
    match task.q.len() / task.head_dim {
        1 => heads::<1>(isa, task, keys, values, scores, out),
        2 => heads::<2>(isa, task, keys, values, scores, out),
        3 => heads::<3>(isa, task, keys, values, scores, out),
        _ => heads::<HEADS>(isa, task, keys, values, scores, out),
    }
}

fn heads<'a, const N: usize>(
    isa: Isa,
    task: Task<'_>,
    keys: &dyn Fn(usize) -> &'a [f32],
    values: &dyn Fn(usize) -> &'a [f32],
    scores: &mut Vec<f32>,
    out: &mut [f32],
) {
    let Task { q, head_dim, scale, block_len, seen: (start, end) } = task;
    let blocks = start / block_len..end.div_ceil(block_len);
    // One row of scores per head, for all positions of all blocks touched.
    let row = blocks.len() * block_len;
    if scores.len() < row * N {
        scores.resize(row * N, 0.0);
    }
    for (i, block) in blocks.clone().enumerate() {
        score(isa, q, keys(block), block_len, &mut scores[i * block_len * N..][..block_len * N]);
    }
    // Scores lie block by block, and head by head within a block.
    let within = |block: usize| -> Range<usize> {
        let first = block * block_len;
        start.saturating_sub(first).min(block_len)..(end - first).min(block_len)
    };
    let mut inverses = [0.0; N];
    for (head, inverse) in inverses.iter_mut().enumerate() {
        let mut max = f32::NEG_INFINITY;
        for (i, block) in blocks.clone().enumerate() {
            max = maximum(isa, &scores[(i * N + head) * block_len..][within(block)], max);
        }
        // `scale` is positive, so the largest score is the largest product.
        let mut total = 0.0;
        for (i, block) in blocks.clone().enumerate() {
            total += exponentials(
                isa,
                &mut scores[(i * N + head) * block_len..][within(block)],
                scale,
                max * scale,
            );
        }
        *inverse = 1.0 / total;
    }
    out.fill(0.0);
    for (i, block) in blocks.enumerate() {
        let range = within(block);
        let rows = &values(block)[range.start * head_dim..range.end * head_dim];
        for (head, out) in out.chunks_exact_mut(head_dim).enumerate() {
            weigh(isa, &scores[(i * N + head) * block_len..][range.clone()], rows, out);
        }
    }
    for (out, inverse) in out.chunks_exact_mut(head_dim).zip(inverses) {
        out.iter_mut().for_each(|y| *y *= inverse);
    }
}

fn score(isa: Isa, q: &[f32], keys: &[f32], block_len: usize, scores: &mut [f32]) {
    if isa.fuses() {
        vectorized!(isa, fn f(q: &[f32], keys: &[f32], block_len: usize, scores: &mut [f32]), score_body::<true>);
    } else {
        score_body::<false>(q, keys, block_len, scores);
    }
}

#[inline(always)]
fn score_body<const FMA: bool>(q: &[f32], keys: &[f32], block_len: usize, scores: &mut [f32]) {
    let head_dim = keys.len() / block_len;
    match q.len() / head_dim {
        1 => score_heads::<FMA, 1>(q, keys, block_len, scores),
        2 => score_heads::<FMA, 2>(q, keys, block_len, scores),
        3 => score_heads::<FMA, 3>(q, keys, block_len, scores),
        _ => score_heads::<FMA, HEADS>(q, keys, block_len, scores),
    }
}

/// Dot products of `N` queries with all keys of a block, element after element.
#[inline(always)]
fn score_heads<const FMA: bool, const N: usize>(
    q: &[f32],
    keys: &[f32],
    block_len: usize,
    scores: &mut [f32],
) {
    let head_dim = keys.len() / block_len;
    let mut at = 0;
    while at + LANES <= block_len {
        let mut acc = [[0_f32; LANES]; N];
        for (e, keys) in keys.chunks_exact(block_len).enumerate() {
            let keys: &[f32; LANES] = keys[at..at + LANES].first_chunk().unwrap_or(&[0.0; LANES]);
            for (head, acc) in acc.iter_mut().enumerate() {
                let q = q[head * head_dim + e];
                for lane in 0..LANES {
                    acc[lane] = multiply_add::<FMA>(q, keys[lane], acc[lane]);
                }
            }
        }
        for (head, acc) in acc.iter().enumerate() {
            scores[head * block_len + at..][..LANES].copy_from_slice(acc);
        }
        at += LANES;
    }
    for position in at..block_len {
        for head in 0..N {
            let q = &q[head * head_dim..][..head_dim];
            let dot = q.iter().enumerate().fold(0.0, |acc, (e, q)| acc + q * keys[e * block_len + position]);
            scores[head * block_len + position] = dot;
        }
    }
}

fn maximum(isa: Isa, scores: &[f32], start: f32) -> f32 {
    vectorized!(isa, fn f(scores: &[f32], start: f32) -> f32, maximum_body)
}

#[inline(always)]
fn maximum_body(scores: &[f32], start: f32) -> f32 {
    let mut lanes = [start; 8];
    let (chunks, rest) = scores.as_chunks::<8>();
    for x in chunks {
        for (max, x) in lanes.iter_mut().zip(x) {
            *max = if *x > *max { *x } else { *max };
        }
    }
    rest.iter().chain(&lanes).fold(start, |a, b| a.max(*b))
}

/// Replaces scores by `exp(score · scale − max)` and returns their sum.
fn exponentials(isa: Isa, scores: &mut [f32], scale: f32, max: f32) -> f32 {
    vectorized!(isa, fn f(scores: &mut [f32], scale: f32, max: f32) -> f32, exponentials_body)
}

#[inline(always)]
fn exponentials_body(scores: &mut [f32], scale: f32, max: f32) -> f32 {
    let mut lanes = [0_f32; 8];
    let (chunks, rest) = scores.as_chunks_mut::<8>();
    for x in chunks {
        for (acc, x) in lanes.iter_mut().zip(x) {
            *x = exp(*x * scale - max);
            *acc += *x;
        }
    }
    for (acc, x) in lanes.iter_mut().zip(rest) {
        *x = exp(*x * scale - max);
        *acc += *x;
    }
    sum(lanes)
}

/// `a · b + c`, in one instruction where there is one.
#[inline(always)]
fn multiply_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Adds rows of values, weighted, to `out`.
fn weigh(isa: Isa, weights: &[f32], rows: &[f32], out: &mut [f32]) {
    if isa.fuses() {
        vectorized!(isa, fn f(weights: &[f32], rows: &[f32], out: &mut [f32]), weigh_body::<true>);
    } else {
        weigh_body::<false>(weights, rows, out);
    }
}

#[inline(always)]
fn weigh_body<const FMA: bool>(weights: &[f32], rows: &[f32], out: &mut [f32]) {
    let head_dim = out.len();
    let mut at = 0;
    // 64 elements stay in registers while all rows go by.
    while at + 64 <= head_dim {
        let mut acc = [0_f32; 64];
        acc.copy_from_slice(&out[at..at + 64]);
        for (w, row) in weights.iter().zip(rows.chunks_exact(head_dim)) {
            for (acc, v) in acc.iter_mut().zip(&row[at..at + 64]) {
                *acc = multiply_add::<FMA>(*w, *v, *acc);
            }
        }
        out[at..at + 64].copy_from_slice(&acc);
        at += 64;
    }
    for (w, row) in weights.iter().zip(rows.chunks_exact(head_dim)) {
        for (y, v) in out[at..].iter_mut().zip(&row[at..]) {
            *y = multiply_add::<FMA>(*w, *v, *y);
        }
    }
}
