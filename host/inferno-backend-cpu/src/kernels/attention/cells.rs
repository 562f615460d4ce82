//! What attention reads: keys and values as the cache stores them, block by block.

use std::ops::Range;

use inferno_backend::KvType;

use super::{pairs, q8};
use crate::{
    isa::Isa,
    kernels::half::{bf16_to_f32, widen},
};

/// Keys or values of a block, as they are stored.
#[derive(Clone, Copy)]
pub(crate) enum Cells<'a> {
    F32(&'a [f32]),
    F16(&'a [u16]),
    /// In the order of [`pairs`].
    Bf16(&'a [u16]),
    Q8(q8::Bytes<'a>),
}

/// Which of the two, and of what shape.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Keys { head_dim: usize, block_len: usize },
    Values { head_dim: usize, block_len: usize },
}

impl Part {
    /// The cell of an element of a position in plain order.
    #[inline(always)]
    pub(crate) const fn plain(self, element: usize, position: usize) -> usize {
        match self {
            Self::Keys { block_len, .. } => element * block_len + position,
            Self::Values { head_dim, .. } => position * head_dim + element,
        }
    }

    /// The same in pairs.
    #[inline(always)]
    pub(crate) const fn paired(self, element: usize, position: usize) -> usize {
        match self {
            Self::Keys { block_len, .. } => pairs::key(block_len, element, position),
            Self::Values { head_dim, .. } => pairs::value(head_dim, element, position),
        }
    }

    /// The same in fours: of keys four elements of a position side by side, of values four positions of an element.
    #[inline(always)]
    pub(crate) const fn in_fours(self, element: usize, position: usize) -> usize {
        match self {
            Self::Keys { block_len, .. } => (element / 4 * block_len + position) * 4 + element % 4,
            Self::Values { head_dim, .. } => (position / 4 * head_dim + element) * 4 + position % 4,
        }
    }
}

impl<'a> Cells<'a> {
    /// Asks for the cells to be brought near: into the second cache, since the first would be full of them.
    fn prefetch(self) {
        #[cfg(target_arch = "x86_64")]
        {
            let (start, bytes) = match self {
                Self::F32(cells) => (cells.as_ptr().cast::<i8>(), cells.len() * 4),
                Self::F16(cells) | Self::Bf16(cells) => (cells.as_ptr().cast::<i8>(), cells.len() * 2),
                // The scales lie behind the codes.
                Self::Q8(bytes) => (bytes.codes.as_ptr(), bytes.codes.len() + bytes.scales.len() * 2),
            };
            for at in (0..bytes).step_by(64) {
                // SAFETY: every x86-64 processor has the instruction, and a prefetch may point anywhere.
                unsafe {
                    std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T1 }>(
                        start.wrapping_add(at),
                    )
                };
            }
        }
    }

    /// Some cells of a plain kind.
    pub(super) fn slice(self, range: Range<usize>) -> Self {
        match self {
            Self::F32(cells) => Self::F32(&cells[range]),
            Self::F16(cells) => Self::F16(&cells[range]),
            Self::Bf16(_) | Self::Q8(_) => unreachable!("they are made plain first"),
        }
    }

    /// As numbers in plain order: pairs are taken apart and bytes scaled, into `room`.
    pub(super) fn plain(self, isa: Isa, part: Part, room: &'a mut Vec<f32>) -> Self {
        match self {
            Self::F32(_) | Self::F16(_) => return self,
            Self::Bf16(cells) => {
                let (Part::Keys { head_dim, block_len } | Part::Values { head_dim, block_len }) = part;
                room.resize(head_dim * block_len, 0.0);
                for (element, position) in (0..head_dim).flat_map(|e| (0..block_len).map(move |p| (e, p))) {
                    room[part.plain(element, position)] = bf16_to_f32(cells[part.paired(element, position)]);
                }
            }
            Self::Q8(bytes) => bytes.widen(isa, part, room),
        }
        Self::F32(room)
    }

    /// Plain cells as floats, in `wide` if they are something else.
    pub(super) fn widened(self, isa: Isa, wide: &'a mut Vec<f32>) -> &'a [f32] {
        match self {
            Self::F32(cells) => cells,
            Self::F16(cells) => {
                wide.resize(cells.len(), 0.0);
                widen(isa, cells, wide);
                wide
            }
            Self::Bf16(_) | Self::Q8(_) => unreachable!("they are made plain first"),
        }
    }
}

/// The blocks of one KV head of a sequence.
pub(crate) trait Blocks {
    /// How they are kept.
    fn kind(&self) -> KvType;
    /// The keys of the sequence's block number `index`: `head_dim × block_len`.
    fn keys(&self, index: usize) -> Cells<'_>;
    /// Its values: `block_len × head_dim`.
    fn values(&self, index: usize) -> Cells<'_>;
}

/// How many blocks ahead of what is read memory is asked for.
const AHEAD: usize = 10;

/// Asks for blocks before they are read: they lie anywhere, so the processor does not foresee the next one. All keys are
/// read, then all values.
pub(in crate::kernels) struct Ahead<'a, B> {
    cache: &'a B,
    blocks: Range<usize>,
}

impl<'a, B: Blocks> Ahead<'a, B> {
    /// Asks for the first of them.
    pub(in crate::kernels) fn new(cache: &'a B, blocks: Range<usize>) -> Self {
        let ahead = Self { cache, blocks };
        (0..AHEAD).for_each(|at| ahead.ask(at));
        ahead
    }

    /// The keys of `block` are read now.
    pub(in crate::kernels) fn keys(&self, block: usize) {
        self.ask(block - self.blocks.start + AHEAD);
    }

    /// The values of `block` are read now.
    pub(in crate::kernels) fn values(&self, block: usize) {
        self.ask(self.blocks.len() + block - self.blocks.start + AHEAD);
    }

    /// Asks for what is read in this place.
    fn ask(&self, at: usize) {
        let (start, len) = (self.blocks.start, self.blocks.len());
        if at < len {
            self.cache.keys(start + at).prefetch();
        } else if at < 2 * len {
            self.cache.values(start + at - len).prefetch();
        }
    }
}
