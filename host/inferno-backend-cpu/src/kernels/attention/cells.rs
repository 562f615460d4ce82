//! What attention reads: keys and values as the cache stores them, block by block.

use std::ops::Range;

use inferno_backend::KvType;

use super::{pairs, q8};
use crate::{
    isa::Isa,
    kernels::{
        half::{bf16_to_f32, widen},
        hints,
    },
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

/// Cells that are widened at a time: few enough lines to be asked for at once.
const PIECE: usize = 128;

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
        let bytes = match self {
            Self::F32(cells) => cells.len() * 4,
            Self::F16(cells) | Self::Bf16(cells) => cells.len() * 2,
            // The scales lie behind the codes.
            Self::Q8(bytes) => bytes.codes.len() + bytes.scales.len() * 2,
        };
        hints::farther(self.start().cast(), bytes);
    }

    /// Where they begin.
    pub(in crate::kernels) fn start(self) -> *const i8 {
        match self {
            Self::F32(cells) => cells.as_ptr().cast(),
            Self::F16(cells) | Self::Bf16(cells) => cells.as_ptr().cast(),
            Self::Q8(bytes) => bytes.codes.as_ptr(),
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

    /// Plain cells as floats, in `wide` if they are something else; then what is beyond is asked for meanwhile.
    pub(super) fn widened(self, beyond: Option<Self>, isa: Isa, wide: &'a mut Vec<f32>) -> &'a [f32] {
        match self {
            Self::F32(cells) => cells,
            Self::F16(cells) => {
                wide.resize(cells.len(), 0.0);
                let piece = if beyond.is_some() { PIECE } else { cells.len() };
                for (i, (cells, wide)) in cells.chunks(piece).zip(wide.chunks_mut(piece)).enumerate() {
                    if let Some(beyond) = beyond {
                        beyond.slice(i * PIECE..i * PIECE + cells.len()).prefetch();
                    }
                    widen(isa, cells, wide);
                }
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

/// How many blocks ahead of what is read memory is asked for, where a block is asked for at once.
const BLOCKS: usize = 10;
/// The same where one line is asked for as another is read; twice as many of bytes, which are half as long. More are no quicker:
/// the first are waited for.
const LINES: usize = 4;

/// Asks for blocks before they are read: they lie anywhere, so the processor does not foresee the next one. All keys are
/// read, then all values.
pub(in crate::kernels) struct Ahead<'a, B> {
    cache: &'a B,
    blocks: Range<usize>,
    how: How,
}

/// How blocks are asked for that are not the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Whole,
    ByLine,
}

impl<'a, B: Blocks> Ahead<'a, B> {
    /// Asks for whole blocks, one as another is read.
    pub(in crate::kernels) fn whole(cache: &'a B, blocks: Range<usize>) -> Self {
        Self::begin(cache, blocks, How::Whole)
    }

    /// Asks for the first blocks. For each line of the others, the reader is to ask as it reads the same line of another: so
    /// nothing waits until many have been asked for at once.
    pub(in crate::kernels) fn by_line(cache: &'a B, blocks: Range<usize>) -> Self {
        Self::begin(cache, blocks, How::ByLine)
    }

    fn begin(cache: &'a B, blocks: Range<usize>, how: How) -> Self {
        let ahead = Self { cache, blocks, how };
        (0..ahead.by()).filter_map(|place| ahead.cells(place)).for_each(Cells::prefetch);
        ahead
    }

    /// The keys of `block` are read now. By line, what is given is to be asked for meanwhile.
    pub(in crate::kernels) fn keys(&self, block: usize) -> Option<Cells<'a>> {
        self.ask(block - self.blocks.start)
    }

    /// The values of `block` are read now, as there.
    pub(in crate::kernels) fn values(&self, block: usize) -> Option<Cells<'a>> {
        self.ask(self.blocks.len() + block - self.blocks.start)
    }

    fn ask(&self, place: usize) -> Option<Cells<'a>> {
        let cells = self.cells(place + self.by())?;
        match self.how {
            How::ByLine => Some(cells),
            How::Whole => {
                cells.prefetch();
                None
            }
        }
    }

    fn by(&self) -> usize {
        match self.how {
            How::Whole => BLOCKS,
            How::ByLine if self.cache.kind() == KvType::Q8_0 => 2 * LINES,
            How::ByLine => LINES,
        }
    }

    /// What is read in this place.
    fn cells(&self, place: usize) -> Option<Cells<'a>> {
        let (start, len) = (self.blocks.start, self.blocks.len());
        match place.checked_sub(len) {
            None => Some(self.cache.keys(start + place)),
            Some(place) => (place < len).then(|| self.cache.values(start + place)),
        }
    }
}
