//! What attention reads: keys and values as the cache stores them, block by block.

use std::ops::Range;

use crate::{isa::Isa, kernels::half::widen};

/// Keys or values of a block, as they are stored.
#[derive(Clone, Copy)]
pub(crate) enum Cells<'a> {
    F32(&'a [f32]),
    F16(&'a [u16]),
}

impl<'a> Cells<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::F32(cells) => cells.len(),
            Self::F16(cells) => cells.len(),
        }
    }

    /// Asks for the cells to be brought near.
    pub(super) fn prefetch(self) {
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

    pub(super) fn slice(self, range: Range<usize>) -> Self {
        match self {
            Self::F32(cells) => Self::F32(&cells[range]),
            Self::F16(cells) => Self::F16(&cells[range]),
        }
    }

    /// As floats, in `wide` if they are something else.
    pub(super) fn widened(self, isa: Isa, wide: &'a mut Vec<f32>) -> &'a [f32] {
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
