//! Attention of some queries over the blocks of one sequence's cache.
//!
//! Three passes over all positions that are seen: scores, softmax (largest score first, so that nothing overflows),
//! weighted sum of values. Queries that share a KV head are computed together, be they heads of one token or tokens of
//! one prompt, so that a block is read once for all of them: keys are stored with positions as the fastest dimension
//! and values with elements, so both loops run along memory. Each query's arithmetic is the same whatever else is
//! computed beside it.

mod cells;
mod loops;
pub(crate) mod pairs;
mod partial;
mod products;
pub(crate) mod q8;

use std::ops::Range;

use inferno_backend::KvType;

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{elementwise::exp, float::sum, vectorized};
use crate::isa::Isa;
pub(super) use cells::Ahead;
pub(crate) use cells::{Blocks, Cells, Part};
pub(crate) use partial::{Partial, spans};
use products::{Block, Width, score, weigh};

/// The most queries computed together: the rows of two tiles.
pub(crate) const QUERIES: usize = 32;

/// Queries that are few: what they read takes longer than what they compute.
const FEW: usize = 6;

/// How many queries are best computed together: as many sums of 16 lanes as there are registers to spare, or the rows of
/// two tiles. Of a prompt: what is generated has fewer.
pub(crate) const fn queries(isa: Isa, kind: KvType, head_dim: usize, block_len: usize) -> usize {
    match Reader::of(isa, kind, true, (head_dim, block_len)) {
        Reader::Plain => 12,
        #[cfg(target_arch = "x86_64")]
        Reader::Pairs | Reader::Bytes => x86::attention::pairs::TOGETHER,
        #[cfg(target_arch = "x86_64")]
        Reader::Tiles => QUERIES,
    }
}

/// The kind of cache that is read fastest.
pub(crate) const fn best_kind(isa: Isa) -> KvType {
    if isa.has_bf16() { KvType::Bf16 } else { KvType::F16 }
}

/// Whether what prompts ask is rounded, in a cache of some kind.
pub(crate) const fn rounds_prompts(isa: Isa) -> bool {
    isa.has_bf16()
}

/// What reads a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Numbers one by one.
    Plain,
    /// Products of pairs of bfloat16.
    #[cfg(target_arch = "x86_64")]
    Pairs,
    /// Products of bytes.
    #[cfg(target_arch = "x86_64")]
    Bytes,
    #[cfg(target_arch = "x86_64")]
    Tiles,
}

impl Reader {
    /// Of a cache of this kind and shape, for what may be `rounded` or not.
    const fn of(isa: Isa, kind: KvType, rounded: bool, (head_dim, block_len): (usize, usize)) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let paired = isa.has_bf16() && matches!(kind, KvType::Bf16 | KvType::Q8_0);
            if paired && isa.has_tiles() && x86::amx::attention::fits(head_dim, block_len) {
                return Self::Tiles;
            }
            let bytes = isa.has_avx512() && matches!(kind, KvType::Q8_0) && !rounded;
            if bytes && x86::attention::bytes::fits(head_dim, block_len) {
                return Self::Bytes;
            }
            let rounds = rounded || matches!(kind, KvType::Bf16);
            if paired && rounds && x86::attention::pairs::fits(head_dim, block_len) {
                return Self::Pairs;
            }
        }
        let _ = (isa, kind, rounded, head_dim, block_len);
        Self::Plain
    }
}

/// Writes the elements of a position of a head into its block at `cells`, where blocks of its kind are written in vectors; says
/// whether they are.
///
/// # Safety
/// Nothing else touches the cells of this position, and blocks have this shape.
pub(crate) unsafe fn append(
    isa: Isa,
    kind: KvType,
    part: Part,
    position: usize,
    x: &[f32],
    cells: *mut u8,
) -> bool {
    let (Part::Keys { head_dim, block_len } | Part::Values { head_dim, block_len }) = part;
    #[cfg(target_arch = "x86_64")]
    match kind {
        KvType::Bf16 if Reader::of(isa, kind, true, (head_dim, block_len)) != Reader::Plain => {
            // SAFETY: an `Isa` exists only where its features were detected; as the caller vouches.
            unsafe { x86::attention::append::pairs(part, position, x, cells.cast()) };
            return true;
        }
        KvType::Q8_0 if isa.has_avx512() && x86::attention::bytes::fits(head_dim, block_len) => {
            let scales = cells.wrapping_add(head_dim * block_len).cast();
            // SAFETY: as above.
            unsafe { x86::attention::append::bytes(part, position, x, cells.cast(), scales) };
            return true;
        }
        _ => {}
    }
    let _ = (isa, kind, position, x, cells, head_dim, block_len);
    false
}

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
    /// Whether queries and weights may be rounded to the eight bits of bfloat16, where that is multiplied; they are split
    /// in two otherwise.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "elsewhere nothing is rounded"))]
    pub(crate) rounded: bool,
    /// Of each query, in ascending order, the first position seen, and the end.
    pub(crate) seen: &'a [(usize, usize)],
}

/// Memory that is kept from call to call.
#[derive(Default)]
pub(crate) struct Scratch {
    /// Of all spans so far, and of the next.
    partial: [Partial; 2],
    pub(crate) room: Room,
}

/// What a span takes of it.
#[derive(Default)]
pub(crate) struct Room {
    scores: Vec<f32>,
    wide: Vec<f32>,
    plain: Vec<f32>,
    #[cfg(target_arch = "x86_64")]
    tiles: x86::amx::attention::Scratch,
    #[cfg(target_arch = "x86_64")]
    pairs: x86::attention::Scratch,
    #[cfg(target_arch = "x86_64")]
    bytes: x86::attention::bytes::Scratch,
}

/// Computes `task` into `out`, as long as `q`, span by span.
pub(crate) fn attend(isa: Isa, task: Task<'_>, cache: &impl Blocks, scratch: &mut Scratch, out: &mut [f32]) {
    let Scratch { partial: [all, next], room } = scratch;
    let mut spans = spans(range(task.seen), task.block_len);
    match spans.next() {
        Some(first) => attend_span(isa, task, first, cache, room, all),
        None => all.reset(task.q.len()),
    }
    for span in spans {
        attend_span(isa, task, span, cache, room, next);
        all.add(next, task.head_dim);
    }
    all.finish(isa, task.head_dim, out);
}

/// From the first position that is seen by any to the end of the last.
fn range(seen: &[(usize, usize)]) -> (usize, usize) {
    let seen = seen.iter().filter(|(start, end)| start < end);
    seen.fold((usize::MAX, 0), |(a, b), seen| (a.min(seen.0), b.max(seen.1)))
}

/// Computes what `task` sees of a span.
pub(crate) fn attend_span(
    isa: Isa,
    task: Task<'_>,
    span: usize,
    cache: &impl Blocks,
    room: &mut Room,
    partial: &mut Partial,
) {
    let len = partial::span_len(task.block_len);
    let mut seen = [(0, 0); QUERIES];
    for (part, (start, end)) in seen.iter_mut().zip(task.seen) {
        *part = ((*start).max(span * len), (*end).min((span + 1) * len));
    }
    partial.reset(task.q.len());
    let seen = &seen[..task.seen.len()];
    if seen.iter().any(|(start, end)| start < end) {
        attend_part(isa, Task { seen, ..task }, cache, room, partial);
    }
}

/// Computes `task`, whose queries may see nothing, into `partial`, which is reset.
fn attend_part(isa: Isa, task: Task<'_>, cache: &impl Blocks, room: &mut Room, partial: &mut Partial) {
    let Task { q, head_dim, scale, block_len, seen, rounded: _ } = task;
    let (start, end) = range(seen);
    #[cfg(target_arch = "x86_64")]
    match Reader::of(isa, cache.kind(), task.rounded, (head_dim, block_len)) {
        // SAFETY: an `Isa` exists only where its features were detected; the kind and the shape fit.
        Reader::Tiles => unsafe {
            return x86::amx::attention::attend(task, (start, end), cache, &mut room.tiles, partial);
        },
        // SAFETY: as above.
        Reader::Pairs => unsafe {
            return x86::attention::attend(task, (start, end), cache, &mut room.pairs, partial);
        },
        // SAFETY: as above.
        Reader::Bytes => unsafe {
            return x86::attention::bytes::attend(task, (start, end), cache, &mut room.bytes, partial);
        },
        Reader::Plain => {}
    }
    let Room { scores, wide, plain, .. } = room;
    let blocks = start / block_len..end.div_ceil(block_len);
    // One row of scores per query, for all positions of all blocks touched.
    let row = blocks.len() * block_len;
    if scores.len() < row * seen.len() {
        scores.resize(row * seen.len(), 0.0);
    }
    // Where it is read as it is stored, or widened, it is by line. Many queries compute for so long that nothing waits.
    let few = seen.len() <= FEW;
    let stored = Width::of(isa, head_dim, block_len) != Width::Floats;
    let by_line = few
        && match cache.kind() {
            KvType::F16 => true,
            KvType::F32 | KvType::Q8_0 => stored,
            KvType::Bf16 => false,
        };
    let ahead = match by_line {
        true => Ahead::by_line(cache, blocks.clone()),
        false => Ahead::whole(cache, blocks.clone()),
    };
    // Many would unpack it as many times.
    let as_stored = by_line && cache.kind() == KvType::Q8_0;
    for (i, block) in blocks.clone().enumerate() {
        let beyond = ahead.keys(block);
        let cells = match cache.keys(block) {
            cells if as_stored => cells,
            cells => cells.plain(isa, Part::Keys { head_dim, block_len }, plain),
        };
        let keys = Block { cells, head_dim, block_len, beyond };
        score(isa, q, keys, wide, (&mut scores[i * block_len..], row));
    }
    let first = blocks.start * block_len;
    let Partial { out, largest, sums } = partial;
    out.fill(0.0);
    for (i, (scores, (start, end))) in scores.chunks_exact_mut(row).zip(seen).enumerate() {
        if start >= end {
            continue;
        }
        let scores = &mut scores[start - first..end - first];
        // `scale` is positive, so the largest score is the largest product.
        let max = maximum(isa, scores, f32::NEG_INFINITY);
        largest[i] = max * scale;
        sums[i] = exponentials(isa, scores, scale, largest[i]);
    }
    for (i, block) in blocks.enumerate() {
        let beyond = ahead.values(block);
        let cells = match cache.values(block) {
            cells if as_stored => cells,
            cells => cells.plain(isa, Part::Values { head_dim, block_len }, plain),
        };
        let values = Block { cells, head_dim, block_len, beyond };
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
                let weights = &scores[query * row + i * block_len + range.start..];
                let out = &mut out[query * head_dim..][..alike * head_dim];
                weigh(isa, (weights, row), values, range, wide, out);
            }
            query += alike;
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
    #[cfg(target_arch = "x86_64")]
    if isa.has_avx512() {
        // SAFETY: an `Isa` exists only where its features were detected.
        return unsafe { x86::elementwise::exponentials(scores, scale, max) };
    }
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

#[cfg(test)]
mod tests;
