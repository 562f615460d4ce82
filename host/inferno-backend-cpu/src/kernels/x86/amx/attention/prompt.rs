//! Of prompts, over a cache of bfloat16 in pairs, by `tdpbf16ps`: queries and the softmax's weights are rounded to eight bits.
//!
//! Queries are two tiles, so that what is loaded of keys and values is multiplied twice. Easily confused with `pairs`, which
//! reads the same cache for what is generated and rounds nothing that it cannot make good.

use std::arch::{asm, x86_64::*};

use super::{Answers, ELEMENTS, ROW, Shapes, TILE, WEIGHTS_ROW};
use crate::kernels::{
    attention::{Blocks, QUERIES, Task},
    x86::{
        amx::Registers,
        attention::{
            at_least, cells,
            softmax::{self, Scores, Weights},
            to_bf16, without_rest,
        },
    },
};

/// Elements of a query that one product takes.
const DEPTH: usize = 32;
/// Tiles of queries.
const TILES: usize = 2;
/// Elements of the answers that are summed up at a time.
const TOGETHER: usize = ELEMENTS / 2;

/// Shapes for so many queries. In the first pass registers 0 and 1 are for sums, 2 and 3 for the first tile of queries, 4 and
/// 5 for the second; in the last 0 and 1, 2 and 3 for sums, 4 and 5 for weights; 6 and 7 for keys or values.
static KEYS: [Shapes; QUERIES + 1] = by_count(false);
static VALUES: [Shapes; QUERIES + 1] = by_count(true);

const fn by_count(values: bool) -> [Shapes; QUERIES + 1] {
    let mut all = [Shapes::new([]); QUERIES + 1];
    let mut count = 1;
    while count <= QUERIES {
        let [(a, _), (b, _)] = tiles(count);
        let (a, b, cells) = ((a as u8, ROW as u16), (b as u8, ROW as u16), (TILE as u8, ROW as u16));
        all[count] = if values {
            let cells = (TILE as u8 / 2, ROW as u16);
            Shapes::new([a, a, b, b, (a.0, WEIGHTS_ROW as u16), (b.0, WEIGHTS_ROW as u16), cells, cells])
        } else {
            Shapes::new([a, b, a, a, b, b, cells, cells])
        };
        count += 1;
    }
    all
}

/// How many rows the tiles have for so many queries, and which queries those are: halves, of which the second is never
/// empty, since a tile has a row.
const fn tiles(count: usize) -> [(usize, usize); TILES] {
    let first = count.div_ceil(2);
    [(first, 0), if count == 1 { (1, 0) } else { (count - first, first) }]
}

/// Memory that is kept from call to call.
#[derive(Default)]
pub(super) struct Scratch {
    /// Row by row.
    queries: Vec<u16>,
    /// Of each tile, 16 positions at a time, row by row.
    scores: Vec<Scores>,
    /// The same.
    weights: Vec<Weights>,
    /// The last block's values, without what is not of this sequence.
    last: Vec<u16>,
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into the answers.
///
/// # Safety
/// As for [`super::attend`], and the cache is in pairs.
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
    assert!(head_dim.is_multiple_of(ELEMENTS) && block_len.is_multiple_of(TILE));
    assert!((1..=QUERIES).contains(&count) && q.len() == count * head_dim && out.len() == q.len());
    let blocks = start / block_len..end.div_ceil(block_len);
    let first = blocks.start * block_len;
    // Those without scores are seen by no query.
    let positions = (blocks.len() * block_len).next_multiple_of(2 * TILE);
    let Scratch { queries, scores, weights, last } = scratch;
    at_least(queries, q.len());
    at_least(scores, TILES * positions);
    at_least(weights, TILES * positions);
    let tiles = tiles(count);
    let mut registers = Registers::default();
    // SAFETY: as the caller vouches; there is room for all rows, and for what belongs to each position.
    unsafe {
        for at in (0..q.len()).step_by(TILE) {
            let cells = to_bf16(_mm512_loadu_ps(q.as_ptr().add(at)));
            _mm256_storeu_si256(queries.as_mut_ptr().add(at).cast(), cells);
        }
        registers.declare(&KEYS[count]);
        let queries = Queries::new(tiles.map(|(_, first)| queries[first * head_dim..].as_ptr()), head_dim);
        for (i, block) in blocks.clone().enumerate() {
            let keys = cells(cache.keys(block));
            for chunk in (0..block_len).step_by(TILE) {
                let to = scores.as_mut_ptr().add(i * block_len + chunk);
                queries.score(keys[chunk * 2..].as_ptr(), block_len, [to, to.add(positions)]);
            }
        }
        for (tile, (rows, of)) in tiles.into_iter().enumerate() {
            for (row, query) in (of..of + rows).enumerate() {
                let (start, end) = seen[query];
                let seen = start.saturating_sub(first)..end.saturating_sub(first);
                let scores = scores.as_mut_ptr().add(tile * positions + row);
                let weights = weights.as_mut_ptr().add(tile * positions + row);
                (largest[query], sums[query]) =
                    softmax::rounded(scores, TILE, seen, (positions, scale), weights);
            }
        }
        // How much of the last block is this sequence's.
        let used = end - (blocks.end - 1) * block_len;
        let rest = (used < block_len)
            .then(|| without_rest(cells(cache.values(blocks.end - 1)), head_dim, used, last));
        registers.declare(&VALUES[count]);
        for at in (0..head_dim).step_by(TOGETHER) {
            asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack));
            for (i, block) in blocks.clone().enumerate() {
                let values = match rest {
                    Some(rest) if block + 1 == blocks.end => rest,
                    _ => cells(cache.values(block)),
                };
                for chunk in (0..block_len).step_by(TILE) {
                    let weights = weights.as_ptr().add(i * block_len + chunk);
                    let values = values[(chunk / 2 * head_dim + at) * 2..].as_ptr();
                    weigh([weights, weights.add(positions)], values, head_dim);
                }
            }
            asm!(
                "tilestored [{second} + {row}], tmm2",
                "tilestored [{second} + {row} + 64], tmm3",
                "tilestored [{first} + {row}], tmm0",
                "tilestored [{first} + {row} + 64], tmm1",
                first = in(reg) out.as_mut_ptr().add(at),
                second = in(reg) out[tiles[1].1 * head_dim..].as_mut_ptr().add(at),
                row = in(reg) head_dim * 4,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// Two tiles of queries; those of 64 elements stay in registers 2 to 5.
struct Queries {
    tiles: [*const u16; TILES],
    head_dim: usize,
}

impl Queries {
    /// # Safety
    /// The tiles can be read, and the registers have been declared.
    unsafe fn new(tiles: [*const u16; TILES], head_dim: usize) -> Self {
        let this = Self { tiles, head_dim };
        if head_dim == 2 * DEPTH {
            // SAFETY: as the caller vouches.
            unsafe { this.load(0) };
        }
        this
    }

    /// Brings 64 elements of the queries into the registers.
    #[inline(always)]
    unsafe fn load(&self, element: usize) {
        // SAFETY: there are so many elements; the registers were declared.
        unsafe {
            asm!(
                "tileloadd tmm2, [{first} + {row}]",
                "tileloadd tmm3, [{first} + {row} + 64]",
                "tileloadd tmm4, [{second} + {row}]",
                "tileloadd tmm5, [{second} + {row} + 64]",
                first = in(reg) self.tiles[0].add(element),
                second = in(reg) self.tiles[1].add(element),
                row = in(reg) self.head_dim * 2,
                options(nostack, readonly, preserves_flags),
            );
        }
    }

    /// Scores of 16 keys.
    ///
    /// # Safety
    /// The keys are whole, and there is room for the scores of both tiles.
    #[inline(always)]
    unsafe fn score(&self, keys: *const u16, block_len: usize, scores: [*mut Scores; TILES]) {
        // SAFETY: as the caller vouches; the registers were declared.
        unsafe {
            asm!("tilezero tmm0", "tilezero tmm1", options(nostack));
            for element in (0..self.head_dim).step_by(2 * DEPTH) {
                if self.head_dim != 2 * DEPTH {
                    self.load(element);
                }
                asm!(
                    "tileloadd tmm6, [{near} + {row}]",
                    "tileloadd tmm7, [{far} + {row}]",
                    "tdpbf16ps tmm0, tmm2, tmm6",
                    "tdpbf16ps tmm1, tmm4, tmm6",
                    "tdpbf16ps tmm0, tmm3, tmm7",
                    "tdpbf16ps tmm1, tmm5, tmm7",
                    near = in(reg) keys.add(element * block_len),
                    far = in(reg) keys.add((element + DEPTH) * block_len),
                    row = in(reg) block_len * 4,
                    options(nostack, readonly, preserves_flags),
                );
            }
            asm!(
                "tilestored [{first} + {row}], tmm0",
                "tilestored [{second} + {row}], tmm1",
                first = in(reg) scores[0],
                second = in(reg) scores[1],
                row = in(reg) ROW,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// Adds 32 elements of the values of a chunk, weighted, to registers 0 to 3.
///
/// # Safety
/// The weights and the values are whole, and the registers were declared.
#[inline(always)]
unsafe fn weigh(weights: [*const Weights; TILES], values: *const u16, head_dim: usize) {
    // SAFETY: as the caller vouches.
    unsafe {
        asm!(
            "tileloadd tmm4, [{first} + {row}]",
            "tileloadd tmm6, [{values} + {values_row}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{values} + {values_row} + 64]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{second} + {row}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            first = in(reg) weights[0],
            second = in(reg) weights[1],
            row = in(reg) WEIGHTS_ROW,
            values = in(reg) values,
            values_row = in(reg) head_dim * 4,
            options(nostack, readonly, preserves_flags),
        );
    }
}
