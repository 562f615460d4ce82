//! Over a cache of Q8_0, by `tdpbssd` and `tdpbusd`.
//!
//! Numbers are rounded as `x86::attention::whole` says, and their two bytes are rows of a tile, the lower ones behind all others, as
//! in `pairs`. Easily confused with `x86::attention::bytes`, which computes the same without tiles.

use std::arch::{asm, x86_64::*};

use super::{Answers, ROW, Shapes, TILE, by_rows};
use crate::kernels::{
    attention::{Ahead, Blocks, Task},
    quantize::BLOCK,
    x86::{
        amx::Registers,
        attention::{
            at_least,
            whole::{Span, round_queries, scales, together},
        },
    },
};

/// Shapes for so many rows: in the first pass 32 elements are multiplied, in the last 16 positions, four to a row.
static KEYS: [Shapes; TILE + 1] = by_rows(BLOCK, BLOCK / 4);
static VALUES: [Shapes; TILE + 1] = by_rows(TILE, TILE / 4);

/// Memory that is kept from call to call.
#[derive(Default)]
pub(super) struct Scratch {
    /// 32 elements of each row.
    queries: Vec<u8>,
    scores: Vec<f32>,
    weights: Vec<f32>,
    /// Weights times scales of one group of elements.
    scaled: Vec<f32>,
    /// The same, chunk by chunk, row by row.
    rounded: Vec<u8>,
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
        let sums = |row: usize| unsafe { _mm512_load_si512(self.0[tile][row].as_ptr().cast()) };
        together(sums(query), sums(count + query))
    }
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into the answers.
///
/// # Safety
/// As for [`super::attend`], with at most 8 queries, and the cache is in bytes.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(super) unsafe fn attend(
    task: Task<'_>,
    range: (usize, usize),
    cache: &impl Blocks,
    scratch: &mut Scratch,
    mut answers: Answers<'_>,
) {
    let span = Span::new(task, range, cache);
    let Span { head_dim, count, positions, .. } = span;
    let (groups, rows) = (head_dim / BLOCK, 2 * count);
    assert!(rows <= TILE && answers.out.len() == task.q.len());
    let Scratch { queries, scores, weights, scaled, rounded } = scratch;
    at_least(queries, rows * BLOCK);
    at_least(rounded, rows * positions);
    for room in [&mut *scores, &mut *weights, &mut *scaled] {
        at_least(room, count * positions);
    }
    let ahead = Ahead::whole(cache, span.blocks.clone());
    let mut products = Sums([[[0; TILE]; TILE]; 2]);
    let mut registers = Registers::default();
    let mut steps = [0.0; TILE / 2];
    // SAFETY: as the caller vouches; there is room for all queries, and for what belongs to each position.
    unsafe {
        registers.declare(&KEYS[rows]);
        for group in 0..groups {
            round_queries(task, group, queries.as_mut_ptr(), &mut steps);
            score(&span, &ahead, group, (queries, &steps), &mut products, scores);
        }
        span.softmax(task, scores, weights, &mut answers);
        registers.declare(&VALUES[rows]);
        for group in 0..groups {
            let ask = |block| {
                if group == 0 {
                    ahead.values(block);
                }
            };
            span.round_weights(group, ask, weights, scaled, (rounded.as_mut_ptr(), &mut steps));
            weigh(&span, group, rounded, &mut products);
            for (query, step) in steps.iter().enumerate().take(count) {
                for half in 0..2 {
                    let at = query * head_dim + group * BLOCK + half * TILE;
                    let sum = products.whole(half, query, count);
                    let to = answers.out.as_mut_ptr().add(at);
                    _mm512_storeu_ps(to, _mm512_mul_ps(sum, _mm512_set1_ps(*step)));
                }
            }
        }
    }
}

/// Adds what a group gives to the scores of each query, side by side; it sets those of the first.
///
/// # Safety
/// There is room for them, `queries` are those of the group, and [`KEYS`] were declared; features as for [`attend`].
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn score<B: Blocks>(
    span: &Span<'_, B>,
    ahead: &Ahead<'_, B>,
    group: usize,
    (queries, steps): (&[u8], &[f32]),
    products: &mut Sums,
    scores: &mut [f32],
) {
    let Span { block_len, count, positions, .. } = *span;
    // SAFETY: as the caller vouches.
    unsafe {
        asm!(
            "tileloadd tmm4, [{queries} + {row}]",
            queries = in(reg) queries.as_ptr(),
            row = in(reg) BLOCK,
            options(nostack, readonly, preserves_flags),
        );
        for (i, block) in span.blocks.clone().enumerate() {
            if group == 0 {
                ahead.keys(block);
            }
            let keys = span.keys(block);
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

/// Sums up the values of a group, weighted, into two tiles.
///
/// # Safety
/// Weights are whole, and [`VALUES`] were declared.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn weigh<B: Blocks>(span: &Span<'_, B>, group: usize, weights: &[u8], products: &mut Sums) {
    let Span { head_dim, block_len, count, .. } = *span;
    // SAFETY: as the caller vouches.
    unsafe {
        asm!("tilezero tmm0", "tilezero tmm1", options(nostack));
        for (i, block) in span.blocks.clone().enumerate() {
            let values = span.values(block);
            for chunk in (0..block_len).step_by(TILE) {
                asm!(
                    "tileloadd tmm4, [{weights} + {weights_row}]",
                    "tileloadd tmm6, [{values} + {row}]",
                    "tdpbusd tmm0, tmm4, tmm6",
                    "tileloadd tmm7, [{values} + {row} + 64]",
                    "tdpbusd tmm1, tmm4, tmm7",
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
