//! Products with matrices of floats: stored as F32, F16 or BF16, or kept as `narrow` says. Nothing is rounded: values are widened
//! when they are read, activations stay as they are.
//!
//! A panel of 16 stored rows is kept column by column, so that a register holds one column; activations are copied into
//! tiles, 16 columns of 16 rows after each other, so that a kernel reaches all rows from one pointer. Products are
//! added column after column, so a sum depends on neither the number of rows nor of tokens computed beside it.

use inferno_graph::{DType, WeightRef};

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{
    GROUP, PANEL, Products, TILE,
    half::{bf16_to_f32, f16_to_f32},
    matmul::{Layout, PANELS},
    narrow,
};
#[cfg(target_arch = "aarch64")]
use super::{arm, lanes::floats::eights};
use crate::isa::{Isa, Set};

/// Columns of a row that lie beside each other in a tile.
pub(super) const ROW: usize = 16;
/// Cells of these columns of all rows.
pub(super) const TILE_CELLS: usize = ROW * TILE;

/// How a matrix of floats is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32,
    F16,
    Bf16,
    Narrow,
}

/// [`Kind`] as a type.
pub(super) trait Kept {
    const KIND: Kind;
    /// Columns that are read at once.
    const COLUMNS: usize = if matches!(Self::KIND, Kind::Narrow) { narrow::FOUR } else { 1 };
    /// Bytes of a number, where each has its own.
    const BYTES: usize = if matches!(Self::KIND, Kind::F32) { 4 } else { 2 };
}

struct F32;
struct F16;
struct Bf16;
struct Narrow;

impl Kept for F32 {
    const KIND: Kind = Kind::F32;
}
impl Kept for F16 {
    const KIND: Kind = Kind::F16;
}
impl Kept for Bf16 {
    const KIND: Kind = Kind::Bf16;
}
impl Kept for Narrow {
    const KIND: Kind = Kind::Narrow;
}

/// Runs `$body` with the type of a layout of floats.
macro_rules! with_kept {
    ($layout:expr, |$kept:ident| $body:expr) => {
        match $layout {
            Layout::Narrow => {
                type $kept = Narrow;
                $body
            }
            Layout::Stored(DType::F16) => {
                type $kept = F16;
                $body
            }
            Layout::Stored(DType::Bf16) => {
                type $kept = Bf16;
                $body
            }
            // The quantized types never come here: `matmul` sends them to the integer kernels.
            Layout::Stored(_) => {
                type $kept = F32;
                $body
            }
        }
    };
}

/// Bytes of a panel that is kept as it is stored, whole lines.
pub(crate) fn panel_bytes(dtype: DType, cols: usize) -> usize {
    (PANEL * cols * dtype.block_bytes()).next_multiple_of(64)
}

/// Packs rows `first..first + 16` of `matrix` as they are stored into `panel`; beyond the last row it repeats it.
pub(crate) fn pack(matrix: WeightRef<'_>, first: usize, panel: &mut [u8]) {
    let size = matrix.dtype.block_bytes();
    for lane in 0..PANEL {
        let row = matrix.row((first + lane).min(matrix.rows - 1));
        for (value, column) in row.chunks_exact(size).zip(panel.chunks_exact_mut(PANEL * size)) {
            column[lane * size..][..size].copy_from_slice(value);
        }
    }
}

/// Decodes row `lane` of a panel that is kept as it is stored.
pub(crate) fn unpack_row(dtype: DType, panel: &[u8], lane: usize, out: &mut [f32]) {
    with_kept!(Layout::Stored(dtype), |K| {
        for (y, column) in out.iter_mut().zip(panel.chunks_exact(PANEL * K::BYTES)) {
            *y = value::<K>(column, lane);
        }
    });
}

#[inline(always)]
fn value<K: Kept>(column: &[u8], lane: usize) -> f32 {
    let two = |at: usize| u16::from_le_bytes([column[at], column[at + 1]]);
    match K::KIND {
        Kind::F16 => f16_to_f32(two(lane * 2)),
        Kind::Bf16 => bf16_to_f32(two(lane * 2)),
        Kind::F32 => f32::from_bits(u32::from(two(lane * 4)) | u32::from(two(lane * 4 + 2)) << 16),
        Kind::Narrow => unreachable!("columns do not lie by themselves"),
    }
}

/// Rows of activations, at most 16, in the order that kernels read them.
#[derive(Default)]
pub(crate) struct FloatTile {
    cells: Vec<f32>,
    cols: usize,
}

impl FloatTile {
    /// Makes room for rows of `cols` columns. Rows that are not set hold whatever they held.
    pub(crate) fn reset(&mut self, cols: usize) {
        self.cols = cols;
        let cells = cols.div_ceil(ROW) * TILE_CELLS;
        if self.cells.len() < cells {
            self.cells.resize(cells, 0.0);
        }
    }

    /// A column of a row.
    fn value(&self, lane: usize, column: usize) -> f32 {
        self.cells[column / ROW * TILE_CELLS + lane * ROW + column % ROW]
    }

    /// Copies a row in.
    pub(crate) fn set(&mut self, lane: usize, row: &[f32]) {
        for (x, block) in row.chunks(ROW).zip(self.cells.chunks_exact_mut(TILE_CELLS)) {
            block[lane * ROW..][..x.len()].copy_from_slice(x);
        }
    }
}

/// Consecutive panels of a matrix, at most [`PANELS`], times rows `lane..lane + rows` of a tile, at most 8. What
/// `out` holds of further rows is without meaning.
pub(crate) fn multiply(
    isa: Isa,
    layout: Layout,
    panels: &[u8],
    tile: &FloatTile,
    (lane, rows): (usize, usize),
    out: &mut [Products; PANELS],
) {
    let bytes = layout.panel_bytes(tile.cols);
    assert!(panels.len() / bytes <= PANELS && lane + rows.next_power_of_two() <= TILE && rows <= GROUP);
    products(isa, layout, panels, tile, (lane, rows), out);
    if layout != Layout::Narrow {
        return;
    }
    for (panel, out) in panels.chunks_exact(bytes).zip(out) {
        for exception in narrow::exceptions(panel, tile.cols) {
            for (row, out) in out.iter_mut().enumerate().take(rows) {
                let x = tile.value(lane + row, exception.column);
                out[exception.lane] += bf16_to_f32(exception.bits) * x;
            }
        }
    }
}

/// What the numbers give that are not listed by themselves.
fn products(
    isa: Isa,
    layout: Layout,
    panels: &[u8],
    tile: &FloatTile,
    (lane, rows): (usize, usize),
    out: &mut [Products; PANELS],
) {
    let panels = panels.chunks_exact(layout.panel_bytes(tile.cols));
    with_kept!(layout, |K| {
        for (panel, out) in panels.zip(out) {
            match isa.set() {
                Set::Portable => body::<K>(panel, tile, lane, rows, out),
                // SAFETY: an `Isa` exists only where its features were detected; panels and lanes were counted.
                #[cfg(target_arch = "x86_64")]
                Set::Avx512Vnni | Set::Avx512Bf16 | Set::Amx => unsafe {
                    let (panel, x) = (panel.as_ptr(), tile.cells.as_ptr());
                    x86::floats::multiply_avx512::<K>(panel, tile.cols, x, (lane, rows), out);
                },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Set::Avx2 => unsafe {
                    let (panel, x) = (panel.as_ptr(), tile.cells.as_ptr());
                    x86::floats::multiply_avx2::<K>(panel, tile.cols, x, (lane, rows), out);
                },
                // SAFETY: as above.
                #[cfg(target_arch = "aarch64")]
                Set::Neon | Set::NeonDot => unsafe {
                    let (panel, x) = (panel.as_ptr(), tile.cells.as_ptr());
                    eights::<arm::lanes::Eight, K>(panel, tile.cols, x, (lane, rows), out);
                },
            }
        }
    });
}

#[inline(always)]
fn body<K: Kept>(panel: &[u8], tile: &FloatTile, lane: usize, rows: usize, out: &mut Products) {
    let mut done = 0;
    while done < rows {
        if rows - done >= 4 {
            few::<K, 4>(panel, tile, lane + done, &mut out[done..]);
            done += 4;
        } else {
            few::<K, 1>(panel, tile, lane + done, &mut out[done..]);
            done += 1;
        }
    }
}

#[inline(always)]
fn few<K: Kept, const N: usize>(panel: &[u8], tile: &FloatTile, lane: usize, out: &mut [[f32; PANEL]]) {
    let mut acc = [[0_f32; PANEL]; N];
    for first in (0..tile.cols).step_by(K::COLUMNS) {
        let read = columns::<K>(panel, tile.cols, first);
        for (c, w) in (first..).zip(&read[..K::COLUMNS]) {
            let cells = &tile.cells[c / ROW * TILE_CELLS + lane * ROW + c % ROW..];
            for (i, acc) in acc.iter_mut().enumerate() {
                let x = cells[i * ROW];
                for (acc, w) in acc.iter_mut().zip(w) {
                    // Where there may be no instruction for it, a fused multiply-add is a slow call.
                    *acc += w * x;
                }
            }
        }
    }
    out[..N].copy_from_slice(&acc);
}

/// As many columns of a panel, from `first` on, as are read at once.
#[inline(always)]
fn columns<K: Kept>(panel: &[u8], cols: usize, first: usize) -> [[f32; PANEL]; narrow::FOUR] {
    let mut read = [[0.0; PANEL]; narrow::FOUR];
    if !matches!(K::KIND, Kind::Narrow) {
        let column = &panel[first * PANEL * K::BYTES..][..PANEL * K::BYTES];
        read[0] = std::array::from_fn(|lane| value::<K>(column, lane));
        return read;
    }
    let (codes, half, block) = narrow::four(panel, cols, first);
    for (column, read) in read.iter_mut().enumerate() {
        *read = std::array::from_fn(|lane| narrow::coded(codes, block, lane, half * narrow::FOUR + column));
    }
    read
}

/// The lanes added as a tree.
#[inline(always)]
pub(super) fn sum(l: [f32; 8]) -> f32 {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}
