//! Attention of some queries over the blocks of one sequence's cache.
//!
//! Three passes over all positions that are seen: scores, softmax (largest score first, so that nothing overflows),
//! weighted sum of values. Queries that share a KV head are computed together, be they heads of one token or tokens of
//! one prompt, so that a block is read once for all of them: keys are stored with positions as the fastest dimension
//! and values with elements, so both loops run along memory. Each query's arithmetic is the same whatever else is
//! computed beside it.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{elementwise::exp, float::sum, half::widen, vectorized};
use crate::isa::{Isa, Set};

/// The most queries computed together: as many sums of 16 lanes as there are registers to spare.
pub(crate) const QUERIES: usize = 12;
/// Positions whose scores are computed together.
const LANES: usize = 16;
/// Elements whose weighted sums are computed together.
const ELEMENTS: usize = 64;

/// What one call computes.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    /// Queries side by side.
    pub(crate) q: &'a [f32],
    /// Elements of a query.
    pub(crate) head_dim: usize,
    /// What scores are multiplied by.
    pub(crate) scale: f32,
    /// Positions in a block.
    pub(crate) block_len: usize,
    /// Of each query, in ascending order, the first position seen, and the end.
    pub(crate) seen: &'a [(usize, usize)],
}

/// Keys or values of a block, as they are stored.
#[derive(Clone, Copy)]
pub(crate) enum Cells<'a> {
    F32(&'a [f32]),
    F16(&'a [u16]),
}

impl<'a> Cells<'a> {
    fn len(self) -> usize {
        match self {
            Self::F32(cells) => cells.len(),
            Self::F16(cells) => cells.len(),
        }
    }

    /// Asks for the cells to be brought near.
    fn prefetch(self) {
        #[cfg(target_arch = "x86_64")]
        {
            let (start, bytes) = match self {
                Self::F32(cells) => (cells.as_ptr().cast::<i8>(), cells.len() * 4),
                Self::F16(cells) => (cells.as_ptr().cast::<i8>(), cells.len() * 2),
            };
            for at in (0..bytes).step_by(64) {
                // SAFETY: every x86-64 processor has the instruction, and a prefetch may point anywhere.
                unsafe {
                    std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(
                        start.wrapping_add(at),
                    )
                };
            }
        }
    }

    fn slice(self, range: Range<usize>) -> Self {
        match self {
            Self::F32(cells) => Self::F32(&cells[range]),
            Self::F16(cells) => Self::F16(&cells[range]),
        }
    }

    /// As floats, in `wide` if they are something else.
    fn widened(self, isa: Isa, wide: &'a mut Vec<f32>) -> &'a [f32] {
        match self {
            Self::F32(cells) => cells,
            Self::F16(cells) => {
                wide.resize(cells.len(), 0.0);
                widen(isa, cells, wide);
                wide
            }
        }
    }
}

/// The blocks of one KV head of a sequence.
pub(crate) trait Blocks {
    /// The keys of the sequence's block number `index`: `head_dim × block_len`.
    fn keys(&self, index: usize) -> Cells<'_>;
    /// Its values: `block_len × head_dim`.
    fn values(&self, index: usize) -> Cells<'_>;
}

/// Memory that is kept from call to call.
#[derive(Default)]
pub(crate) struct Scratch {
    scores: Vec<f32>,
    wide: Vec<f32>,
}

/// Computes `task` into `out`, as long as `q`.
pub(crate) fn attend(
    isa: Isa,
    task: Task<'_>,
    cache: &impl Blocks,
    Scratch { scores, wide }: &mut Scratch,
    out: &mut [f32],
) {
    let Task { q, head_dim, scale, block_len, seen } = task;
    let (start, end) = seen.iter().fold((usize::MAX, 0), |(a, b), seen| (a.min(seen.0), b.max(seen.1)));
    let blocks = start / block_len..end.div_ceil(block_len);
    // One row of scores per query, for all positions of all blocks touched.
    let row = blocks.len() * block_len;
    if scores.len() < row * seen.len() {
        scores.resize(row * seen.len(), 0.0);
    }
    for (i, block) in blocks.clone().enumerate() {
        // Blocks lie anywhere, so the processor does not foresee the next one.
        if block + 1 < blocks.end {
            cache.keys(block + 1).prefetch();
        }
        score(isa, q, cache.keys(block), block_len, wide, (&mut scores[i * block_len..], row));
    }
    let first = blocks.start * block_len;
    let mut inverses = [0.0; QUERIES];
    for ((scores, (start, end)), inverse) in scores.chunks_exact_mut(row).zip(seen).zip(&mut inverses) {
        let scores = &mut scores[start - first..end - first];
        // `scale` is positive, so the largest score is the largest product.
        let max = maximum(isa, scores, f32::NEG_INFINITY);
        *inverse = 1.0 / exponentials(isa, scores, scale, max * scale);
    }
    out.fill(0.0);
    let last = blocks.end;
    for (i, block) in blocks.enumerate() {
        let values = cache.values(block);
        if block + 1 < last {
            cache.values(block + 1).prefetch();
        }
        // What a query sees of this block.
        let within = |query: usize| -> Range<usize> {
            let (first, (start, end)) = (block * block_len, seen[query]);
            let end = end.saturating_sub(first).min(block_len);
            start.saturating_sub(first).min(end)..end
        };
        let mut query = 0;
        while query < seen.len() {
            // Of most blocks all queries see the same: all of it.
            let range = within(query);
            let alike = (query..seen.len()).take_while(|other| within(*other) == range).count();
            if !range.is_empty() {
                let rows = values.slice(range.start * head_dim..range.end * head_dim);
                let weights = &scores[query * row + i * block_len + range.start..];
                let out = &mut out[query * head_dim..][..alike * head_dim];
                weigh(isa, (weights, row), rows, head_dim, wide, out);
            }
            query += alike;
        }
    }
    for (out, inverse) in out.chunks_exact_mut(head_dim).zip(inverses) {
        out.iter_mut().for_each(|y| *y *= inverse);
    }
}

/// Scores of the keys of a block, of each query `stride` after those of the one before.
fn score(
    isa: Isa,
    q: &[f32],
    keys: Cells<'_>,
    block_len: usize,
    wide: &mut Vec<f32>,
    scores: (&mut [f32], usize),
) {
    let (scores, stride) = scores;
    #[cfg(target_arch = "x86_64")]
    if isa.set() == Set::Avx512Vnni && block_len.is_multiple_of(LANES) {
        let head_dim = keys.len() / block_len;
        if head_dim.is_multiple_of(x86::attention::LANES) {
            // SAFETY: an `Isa` exists only where its features were detected; both sides are whole registers.
            unsafe {
                match keys {
                    Cells::F32(keys) => x86::attention::score(q, keys, block_len, scores, stride),
                    Cells::F16(keys) => x86::attention::score(q, keys, block_len, scores, stride),
                }
            }
            return;
        }
    }
    let keys = keys.widened(isa, wide);
    if isa.fuses() {
        vectorized!(isa, fn f(q: &[f32], keys: &[f32], block_len: usize, scores: &mut [f32], stride: usize), score_body::<true>);
    } else {
        score_body::<false>(q, keys, block_len, scores, stride);
    }
}

#[inline(always)]
fn score_body<const FMA: bool>(
    mut q: &[f32],
    keys: &[f32],
    block_len: usize,
    mut scores: &mut [f32],
    stride: usize,
) {
    let head_dim = keys.len() / block_len;
    while !q.is_empty() {
        let done = match q.len() / head_dim {
            12.. => score_queries::<FMA, 12>(q, keys, block_len, scores, stride),
            6.. => score_queries::<FMA, 6>(q, keys, block_len, scores, stride),
            3.. => score_queries::<FMA, 3>(q, keys, block_len, scores, stride),
            2 => score_queries::<FMA, 2>(q, keys, block_len, scores, stride),
            _ => score_queries::<FMA, 1>(q, keys, block_len, scores, stride),
        };
        q = &q[done * head_dim..];
        scores = scores.get_mut(done * stride..).unwrap_or_default();
    }
}

/// Dot products of `N` queries with all keys of a block, element after element.
#[inline(always)]
fn score_queries<const FMA: bool, const N: usize>(
    q: &[f32],
    keys: &[f32],
    block_len: usize,
    scores: &mut [f32],
    stride: usize,
) -> usize {
    let head_dim = keys.len() / block_len;
    let q: [&[f32]; N] = std::array::from_fn(|i| &q[i * head_dim..][..head_dim]);
    let mut at = 0;
    while at + LANES <= block_len {
        let mut acc = [[0_f32; LANES]; N];
        for (e, keys) in keys.chunks_exact(block_len).take(head_dim).enumerate() {
            let keys: &[f32; LANES] = keys[at..at + LANES].first_chunk().unwrap_or(&[0.0; LANES]);
            for (q, acc) in q.iter().zip(&mut acc) {
                for lane in 0..LANES {
                    acc[lane] = multiply_add::<FMA>(q[e], keys[lane], acc[lane]);
                }
            }
        }
        for (query, acc) in acc.iter().enumerate() {
            scores[query * stride + at..][..LANES].copy_from_slice(acc);
        }
        at += LANES;
    }
    for position in at..block_len {
        for (query, q) in q.iter().enumerate() {
            let key = |e: usize| keys[e * block_len + position];
            let dot = q.iter().enumerate().fold(0.0, |acc, (e, q)| multiply_add::<FMA>(*q, key(e), acc));
            scores[query * stride + position] = dot;
        }
    }
    N
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

/// Adds rows of values to each part of `out`, weighted by what stands every `stride` in `weights`.
fn weigh(
    isa: Isa,
    (weights, stride): (&[f32], usize),
    rows: Cells<'_>,
    head_dim: usize,
    wide: &mut Vec<f32>,
    out: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if isa.set() == Set::Avx512Vnni && head_dim.is_multiple_of(x86::attention::ELEMENTS) {
        // SAFETY: an `Isa` exists only where its features were detected; rows and parts are whole.
        unsafe {
            match rows {
                Cells::F32(rows) => x86::attention::weigh(weights, stride, rows, head_dim, out),
                Cells::F16(rows) => x86::attention::weigh(weights, stride, rows, head_dim, out),
            }
        }
        return;
    }
    let rows = rows.widened(isa, wide);
    for (query, out) in out.chunks_mut(3 * head_dim).enumerate() {
        let weights = &weights[query * 3 * stride..];
        if isa.fuses() {
            vectorized!(
                isa,
                fn f(weights: &[f32], stride: usize, rows: &[f32], head_dim: usize, out: &mut [f32]),
                weigh_body::<true>
            );
        } else {
            weigh_body::<false>(weights, stride, rows, head_dim, out);
        }
    }
}

#[inline(always)]
fn weigh_body<const FMA: bool>(
    weights: &[f32],
    stride: usize,
    rows: &[f32],
    head_dim: usize,
    out: &mut [f32],
) {
    match out.len() / head_dim {
        1 => weigh_queries::<FMA, 1>(weights, stride, rows, head_dim, out),
        2 => weigh_queries::<FMA, 2>(weights, stride, rows, head_dim, out),
        _ => weigh_queries::<FMA, 3>(weights, stride, rows, head_dim, out),
    }
}

#[inline(always)]
fn weigh_queries<const FMA: bool, const N: usize>(
    weights: &[f32],
    stride: usize,
    rows: &[f32],
    head_dim: usize,
    out: &mut [f32],
) {
    let count = rows.len() / head_dim;
    let weights: [&[f32]; N] = std::array::from_fn(|i| &weights[i * stride..][..count]);
    let mut at = 0;
    // Some elements stay in registers while all rows go by.
    while at + ELEMENTS <= head_dim {
        let mut acc = [[0_f32; ELEMENTS]; N];
        for (query, acc) in acc.iter_mut().enumerate() {
            acc.copy_from_slice(&out[query * head_dim + at..][..ELEMENTS]);
        }
        for (position, row) in rows.chunks_exact(head_dim).enumerate() {
            let row: &[f32; ELEMENTS] = row[at..at + ELEMENTS].first_chunk().unwrap_or(&[0.0; ELEMENTS]);
            for (weights, acc) in weights.iter().zip(&mut acc) {
                for lane in 0..ELEMENTS {
                    acc[lane] = multiply_add::<FMA>(weights[position], row[lane], acc[lane]);
                }
            }
        }
        for (query, acc) in acc.iter().enumerate() {
            out[query * head_dim + at..][..ELEMENTS].copy_from_slice(acc);
        }
        at += ELEMENTS;
    }
    for (weights, out) in weights.iter().zip(out.chunks_exact_mut(head_dim)) {
        for (w, row) in weights.iter().zip(rows.chunks_exact(head_dim)) {
            for (y, v) in out[at..].iter_mut().zip(&row[at..]) {
                *y = multiply_add::<FMA>(*w, *v, *y);
            }
        }
    }
}

#[cfg(test)]
mod tests;
