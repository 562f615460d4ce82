//! The two products of attention, of a block at a time: scores of its keys, and weighted sums of its values.
//!
//! In vectors over what is stored, where blocks are whole registers; over floats, in loops, otherwise. What comes does not depend on
//! how cells are stored that hold the same numbers. Easily confused with `pairs`, which is another way to read a cache of bfloat16.

use std::ops::Range;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use std::ptr;

use super::{
    cells::Cells,
    loops::{score_body, weigh_body},
};
#[cfg(target_arch = "aarch64")]
use crate::kernels::arm::attention::{score_eights, weigh_eights};
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use crate::kernels::lanes::attention::{Fours, Plain, fits};
#[cfg(target_arch = "x86_64")]
use crate::kernels::x86::attention::plain::{score_eights, score_sixteens, weigh_eights, weigh_sixteens};
use crate::{isa::Isa, kernels::vectorized};

/// Lanes of the registers that blocks of a shape are read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// None: they are made floats.
    Floats,
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    Eight,
    #[cfg(target_arch = "x86_64")]
    Sixteen,
}

impl Width {
    pub(super) const fn of(isa: Isa, head_dim: usize, block_len: usize) -> Self {
        #[cfg(target_arch = "x86_64")]
        if isa.has_avx512() && fits(16, head_dim, block_len) {
            return Self::Sixteen;
        }
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        if isa.fuses() && fits(8, head_dim, block_len) {
            return Self::Eight;
        }
        let _ = (isa, head_dim, block_len);
        Self::Floats
    }
}

/// A block of cells, plain or read as they are stored; its shape; and the block beyond, which is asked for meanwhile.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) cells: Cells<'a>,
    pub(super) head_dim: usize,
    pub(super) block_len: usize,
    pub(super) beyond: Option<Cells<'a>>,
}

/// Calls `$body` with the cells of a block as vectors read them; `$row` is how far rows of plain ones are apart.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! with_stored {
    ($block:expr, $row:expr, |$stored:ident| $body:expr) => {{
        let shape = ($block.head_dim, $block.block_len);
        let beyond = $block.beyond.map_or(ptr::null(), Cells::start);
        match $block.cells {
            Cells::F32(cells) => {
                let $stored = Plain::new(cells, shape, $row, beyond);
                $body
            }
            Cells::F16(cells) => {
                let $stored = Plain::new(cells, shape, $row, beyond);
                $body
            }
            Cells::Q8(bytes) => {
                let $stored = Fours::new(bytes, shape, beyond);
                $body
            }
            Cells::Bf16(_) => unreachable!("pairs are made plain first"),
        }
    }};
}

/// Scores of the keys of a block, of each query `stride` after those of the one before.
pub(super) fn score(
    isa: Isa,
    q: &[f32],
    block: Block<'_>,
    wide: &mut Vec<f32>,
    (scores, stride): (&mut [f32], usize),
) {
    let Block { cells, head_dim, block_len, beyond } = block;
    match Width::of(isa, head_dim, block_len) {
        // SAFETY: an `Isa` exists only where its features were detected; blocks have this shape, which is whole registers.
        #[cfg(target_arch = "x86_64")]
        Width::Sixteen => unsafe {
            with_stored!(block, block_len, |keys| {
                score_sixteens(q, keys, (head_dim, block_len), scores, stride)
            });
        },
        // SAFETY: as above.
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        Width::Eight => unsafe {
            with_stored!(block, block_len, |keys| {
                score_eights(q, keys, (head_dim, block_len), scores, stride)
            });
        },
        Width::Floats => {
            let keys = cells.widened(beyond, isa, wide);
            if isa.fuses() {
                vectorized!(isa, fn f(q: &[f32], keys: &[f32], block_len: usize, scores: &mut [f32], stride: usize), score_body::<true>);
            } else {
                score_body::<false>(q, keys, block_len, scores, stride);
            }
        }
    }
}

/// Adds the values of some positions of a block to each part of `out`, weighted by what stands every `stride` in `weights`.
pub(super) fn weigh(
    isa: Isa,
    (weights, stride): (&[f32], usize),
    block: Block<'_>,
    positions: Range<usize>,
    wide: &mut Vec<f32>,
    out: &mut [f32],
) {
    let Block { cells, head_dim, block_len, beyond } = block;
    assert!(positions.end <= block_len, "positions of the block");
    match Width::of(isa, head_dim, block_len) {
        // SAFETY: an `Isa` exists only where its features were detected; blocks have this shape, which is whole registers.
        #[cfg(target_arch = "x86_64")]
        Width::Sixteen => unsafe {
            with_stored!(block, head_dim, |values| {
                weigh_sixteens((weights, stride), values, positions, head_dim, out)
            });
        },
        // SAFETY: as above.
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        Width::Eight => unsafe {
            with_stored!(block, head_dim, |values| {
                weigh_eights((weights, stride), values, positions, head_dim, out)
            });
        },
        Width::Floats => {
            let of = positions.start * head_dim..positions.end * head_dim;
            let rows = cells.slice(of.clone()).widened(beyond.map(|beyond| beyond.slice(of)), isa, wide);
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
    }
}
