//! Of what is generated, over a cache of bfloat16 in pairs, by `tdpbf16ps`.
//!
//! A product of bfloat16 is exact in `f32`. Queries and the softmax's weights are split into two bfloat16, what is
//! rounded to eight bits and the rest rounded to eight, so that what is lost of them is 2^-17 and keys and values are
//! used as they are stored. The rests are rows of their own behind all others: a product takes its time whether a tile has
//! few rows or many. Easily confused with `prompt`, which has no rests.

use std::arch::{asm, x86_64::*};

use super::{Answers, ELEMENTS, ROW, Shapes, TILE, WEIGHTS_ROW, by_rows};
use crate::kernels::{
    attention::{Ahead, Blocks, Task},
    x86::{
        amx::Registers,
        attention::{at_least, cells, softmax, split, without_rest},
    },
};

/// Elements of a query that one product takes.
const DEPTH: usize = 32;

/// Shapes for so many rows, of the first pass, in which queries are in registers 1 and 2, or in 4, and of the last.
static KEYS: [Shapes; TILE + 1] = by_rows(ROW, TILE);
static VALUES: [Shapes; TILE + 1] = by_rows(WEIGHTS_ROW, TILE / 2);

/// Memory that is kept from call to call.
#[derive(Default)]
pub(super) struct Scratch {
    /// Row by row.
    queries: Vec<u16>,
    scores: Vec<f32>,
    /// Chunk by chunk, row by row.
    weights: Vec<u16>,
    /// The last block's values, without what is not of this sequence.
    last: Vec<u16>,
}

/// Sums of four tiles, row by row.
#[repr(align(64))]
struct Sums([[f32; ELEMENTS]; TILE]);

/// Rounds 16 numbers into `cells` from `at` on, and what is lost of them into those `rest` further on.
///
/// # Safety
/// There is room, and the processor has the features named.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
unsafe fn put(cells: *mut u16, at: usize, rest: usize, x: __m512) {
    let [high, low] = split(x);
    // SAFETY: the caller vouches for the room.
    unsafe {
        _mm256_storeu_si256(cells.add(at).cast(), high);
        _mm256_storeu_si256(cells.add(at + rest).cast(), low);
    }
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into the answers.
///
/// # Safety
/// As for [`super::attend`], with at most 8 queries, and the cache is in pairs.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(super) unsafe fn attend(
    task: Task<'_>,
    (start, end): (usize, usize),
    cache: &impl Blocks,
    scratch: &mut Scratch,
    Answers { out, largest, sums }: Answers<'_>,
) {
    let Task { q, head_dim, scale, block_len, seen, rounded: _ } = task;
    let count = seen.len();
    let rows = 2 * count;
    assert!(
        head_dim.is_multiple_of(ELEMENTS) && block_len.is_multiple_of(TILE) && (1..=TILE).contains(&rows)
    );
    assert!(q.len() == count * head_dim && out.len() == q.len());
    let blocks = start / block_len..end.div_ceil(block_len);
    let first = blocks.start * block_len;
    let positions = blocks.len() * block_len;
    let Scratch { queries, scores, weights, last } = scratch;
    at_least(queries, rows * head_dim);
    at_least(weights, rows * positions);
    at_least(scores, rows * positions);
    let mut products = Sums([[0.0; ELEMENTS]; TILE]);
    // SAFETY: as the caller vouches; there is room for all rows, and for what belongs to each position.
    unsafe {
        for at in (0..q.len()).step_by(TILE) {
            put(queries.as_mut_ptr(), at, q.len(), _mm512_loadu_ps(q.as_ptr().add(at)));
        }
        let mut registers = Registers::default();
        registers.declare(&KEYS[rows]);
        let queries = Queries::new(queries, head_dim);
        let ahead = Ahead::whole(cache, blocks.clone());
        for (i, block) in blocks.clone().enumerate() {
            ahead.keys(block);
            let keys = cells(cache.keys(block));
            for chunk in (0..block_len).step_by(TILE) {
                let scores = scores.as_mut_ptr().add(i * block_len + chunk);
                queries.score(keys[chunk * 2..].as_ptr(), block_len, scores, positions);
            }
        }
        let weights = weights.as_mut_ptr();
        for (query, (start, end)) in seen.iter().enumerate() {
            let seen = start.saturating_sub(first)..end.saturating_sub(first);
            let scores = |chunk: usize| {
                let at = scores.as_ptr().add(query * positions + chunk);
                let high = _mm512_loadu_ps(at);
                _mm512_add_ps(high, _mm512_loadu_ps(at.add(count * positions)))
            };
            let put = |chunk, weight| put(weights, chunk * rows + query * TILE, count * TILE, weight);
            (largest[query], sums[query]) = softmax::exact(positions, scores, seen, scale, put);
        }
        registers.declare(&VALUES[rows]);
        for at in (0..head_dim).step_by(ELEMENTS) {
            asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack));
            for (i, block) in blocks.clone().enumerate() {
                if at == 0 {
                    ahead.values(block);
                }
                let mut values = cells(cache.values(block));
                if (block + 1) * block_len > end {
                    values = without_rest(values, head_dim, end - block * block_len, last);
                }
                for chunk in (0..block_len).step_by(TILE) {
                    let weights = weights.add((i * block_len + chunk) * rows);
                    weigh(weights, values[(chunk / 2 * head_dim + at) * 2..].as_ptr(), head_dim);
                }
            }
            asm!(
                "tilestored [{sums} + {row}], tmm0",
                "tilestored [{sums} + {row} + 64], tmm1",
                "tilestored [{sums} + {row} + 128], tmm2",
                "tilestored [{sums} + {row} + 192], tmm3",
                sums = in(reg) products.0.as_mut_ptr(),
                row = in(reg) ELEMENTS * 4,
                options(nostack, preserves_flags),
            );
            for query in 0..count {
                let out = &mut out[query * head_dim + at..][..ELEMENTS];
                out.copy_from_slice(&products.0[query]);
                out.iter_mut().zip(&products.0[count + query]).for_each(|(y, rest)| *y += rest);
            }
        }
    }
}

/// Queries; those of 64 elements stay in registers 1 and 2.
struct Queries<'a> {
    cells: &'a [u16],
    head_dim: usize,
}

impl<'a> Queries<'a> {
    unsafe fn new(cells: &'a [u16], head_dim: usize) -> Self {
        if head_dim == 2 * DEPTH {
            // SAFETY: the registers have been declared for queries of this length.
            unsafe {
                asm!(
                    "tileloadd tmm1, [{queries} + {row}]",
                    "tileloadd tmm2, [{queries} + {row} + 64]",
                    queries = in(reg) cells.as_ptr(),
                    row = in(reg) head_dim * 2,
                    options(nostack, readonly, preserves_flags),
                );
            }
        }
        Self { cells, head_dim }
    }

    /// Scores of 16 keys, those of each row `stride` after the last.
    #[inline(always)]
    unsafe fn score(&self, keys: *const u16, block_len: usize, scores: *mut f32, stride: usize) {
        let (keys_row, scores_row) = (block_len * 4, stride * 4);
        // SAFETY: the caller vouches for whole keys and room for scores; the registers were declared.
        unsafe {
            if self.head_dim == 2 * DEPTH {
                asm!(
                    "tilezero tmm0",
                    "tileloadd tmm6, [{keys} + {keys_row}]",
                    "tdpbf16ps tmm0, tmm1, tmm6",
                    "tileloadd tmm7, [{second} + {keys_row}]",
                    "tdpbf16ps tmm0, tmm2, tmm7",
                    "tilestored [{scores} + {scores_row}], tmm0",
                    keys = in(reg) keys,
                    second = in(reg) keys.add(DEPTH * block_len),
                    keys_row = in(reg) keys_row,
                    scores = in(reg) scores,
                    scores_row = in(reg) scores_row,
                    options(nostack, preserves_flags),
                );
                return;
            }
            asm!("tilezero tmm0", options(nostack));
            for element in (0..self.head_dim).step_by(DEPTH) {
                asm!(
                    "tileloadd tmm6, [{keys} + {keys_row}]",
                    "tileloadd tmm4, [{queries} + {row}]",
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    keys = in(reg) keys.add(element * block_len),
                    keys_row = in(reg) keys_row,
                    queries = in(reg) self.cells.as_ptr().add(element),
                    row = in(reg) self.head_dim * 2,
                    options(nostack, readonly, preserves_flags),
                );
            }
            asm!(
                "tilestored [{scores} + {row}], tmm0",
                scores = in(reg) scores,
                row = in(reg) scores_row,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// Adds 64 elements of the values of a chunk, weighted, to registers 0 to 3.
#[inline(always)]
unsafe fn weigh(weights: *const u16, values: *const u16, head_dim: usize) {
    // SAFETY: the caller vouches for the chunk and its weights; the registers were declared.
    unsafe {
        asm!(
            "tileloadd tmm4, [{weights} + {weights_row}]",
            "tileloadd tmm6, [{values} + {row}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{values} + {row} + 64]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm6, [{values} + {row} + 128]",
            "tdpbf16ps tmm2, tmm4, tmm6",
            "tileloadd tmm7, [{values} + {row} + 192]",
            "tdpbf16ps tmm3, tmm4, tmm7",
            weights = in(reg) weights,
            weights_row = in(reg) WEIGHTS_ROW,
            values = in(reg) values,
            row = in(reg) head_dim * 4,
            options(nostack, readonly, preserves_flags),
        );
    }
}
