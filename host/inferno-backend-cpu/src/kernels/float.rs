//! Products with matrices that are stored as floats: F32, F16, BF16. Nothing is rounded: values are widened when
//! they are read, activations stay as they are.
//!
//! A panel of 16 rows is kept column by column, so that a register holds one column; activations are copied into
//! tiles, 16 columns of 16 rows after each other, so that a kernel reaches all rows from one pointer. Products are
//! added column after column, so a sum depends on neither the number of rows nor of tokens computed beside it.

use inferno_graph::{DType, WeightRef};

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{
    GROUP, PANEL, Products, TILE,
    half::{bf16_to_f32, f16_to_f32},
    vectorized,
};
use crate::isa::{Isa, Set};

/// Columns of a row that lie beside each other in a tile.
pub(super) const ROW: usize = 16;
/// Cells of these columns of all rows.
pub(super) const TILE_CELLS: usize = ROW * TILE;
/// The most panels multiplied at once.
pub(crate) const PANELS: usize = 4;

/// How a matrix of floats is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32,
    F16,
    Bf16,
}

/// [`Kind`] as a type.
pub(super) trait Stored {
    const KIND: Kind;
    const BYTES: usize = if matches!(Self::KIND, Kind::F32) { 4 } else { 2 };
}

struct F32;
struct F16;
struct Bf16;

impl Stored for F32 {
    const KIND: Kind = Kind::F32;
}
impl Stored for F16 {
    const KIND: Kind = Kind::F16;
}
impl Stored for Bf16 {
    const KIND: Kind = Kind::Bf16;
}

/// Runs `$body` with the type of a float dtype.
macro_rules! with_stored {
    ($dtype:expr, |$stored:ident| $body:expr) => {
        match $dtype {
            DType::F16 => {
                type $stored = F16;
                $body
            }
            DType::Bf16 => {
                type $stored = Bf16;
                $body
            }
            // The quantized types never come here: `matmul` sends them to the integer kernels.
            _ => {
                type $stored = F32;
                $body
            }
        }
    };
}

/// Bytes of a panel, whole lines.
pub(crate) fn panel_bytes(dtype: DType, cols: usize) -> usize {
    (PANEL * cols * dtype.block_bytes()).next_multiple_of(64)
}

/// Packs rows `first..first + 16` of `matrix` into `panel`; beyond the last row it repeats it.
pub(crate) fn pack(matrix: WeightRef<'_>, first: usize, panel: &mut [u8]) {
    let size = matrix.dtype.block_bytes();
    for lane in 0..PANEL {
        let row = matrix.row((first + lane).min(matrix.rows - 1));
        for (value, column) in row.chunks_exact(size).zip(panel.chunks_exact_mut(PANEL * size)) {
            column[lane * size..][..size].copy_from_slice(value);
        }
    }
}

/// Decodes row `lane` of a panel.
pub(crate) fn unpack_row(dtype: DType, panel: &[u8], lane: usize, out: &mut [f32]) {
    with_stored!(dtype, |S| {
        for (y, column) in out.iter_mut().zip(panel.chunks_exact(PANEL * S::BYTES)) {
            *y = value::<S>(column, lane);
        }
    });
}

#[inline(always)]
fn value<S: Stored>(column: &[u8], lane: usize) -> f32 {
    let two = |at: usize| u16::from_le_bytes([column[at], column[at + 1]]);
    match S::KIND {
        Kind::F16 => f16_to_f32(two(lane * 2)),
        Kind::Bf16 => bf16_to_f32(two(lane * 2)),
        Kind::F32 => f32::from_bits(u32::from(two(lane * 4)) | u32::from(two(lane * 4 + 2)) << 16),
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
    dtype: DType,
    panels: &[u8],
    tile: &FloatTile,
    (lane, rows): (usize, usize),
    out: &mut [Products; PANELS],
) {
    let bytes = panel_bytes(dtype, tile.cols);
    let count = panels.len() / bytes;
    assert!(count <= PANELS && lane + rows.next_power_of_two() <= TILE && rows <= GROUP);
    #[cfg(target_arch = "x86_64")]
    if isa.has_avx512() {
        with_stored!(dtype, |S| {
            let mut done = 0;
            while done < count {
                let at = panels[done * bytes..].as_ptr();
                let out = &mut out[done..];
                // SAFETY: an `Isa` exists only where its features were detected; panels and lanes were counted.
                done += unsafe { several::<S>(at, bytes, count - done, tile, lane, rows, out) };
            }
        });
        return;
    }
    with_stored!(dtype, |S| {
        for (panel, out) in panels.chunks_exact(bytes).zip(out) {
            // Where there is no instruction for it, a fused multiply-add is a slow call.
            if isa.set() == Set::Portable {
                body::<S, false>(panel, tile, lane, rows, out);
                continue;
            }
            vectorized!(
                isa,
                fn f(panel: &[u8], tile: &FloatTile, lane: usize, rows: usize, out: &mut Products),
                body::<S, true>
            );
        }
    });
}

/// As many of `count` panels as go together with this number of rows; says how many.
///
/// # Safety
/// As for [`x86::floats::multiply`], for `count` panels.
#[cfg(target_arch = "x86_64")]
unsafe fn several<S: Stored>(
    panels: *const u8,
    bytes: usize,
    count: usize,
    tile: &FloatTile,
    lane: usize,
    rows: usize,
    out: &mut [Products],
) -> usize {
    let (cols, tile) = (tile.cols, tile.cells.as_ptr());
    // SAFETY: as the caller vouches.
    unsafe {
        macro_rules! call {
            ($p:literal, $n:literal) => {{
                x86::floats::multiply::<S, $p, $n>(panels, bytes, cols, tile, lane, out);
                $p
            }};
        }
        match (count, rows) {
            (4.., 1) => call!(4, 1),
            (4.., 2) => call!(4, 2),
            (4.., 3..=4) => call!(4, 4),
            (2.., 5..) => call!(2, 8),
            (_, 1) => call!(1, 1),
            (_, 2) => call!(1, 2),
            (_, 3..=4) => call!(1, 4),
            (_, _) => call!(1, 8),
        }
    }
}

#[inline(always)]
fn body<S: Stored, const FMA: bool>(
    panel: &[u8],
    tile: &FloatTile,
    lane: usize,
    rows: usize,
    out: &mut Products,
) {
    let mut done = 0;
    while done < rows {
        if rows - done >= 4 {
            few::<S, FMA, 4>(panel, tile, lane + done, &mut out[done..]);
            done += 4;
        } else {
            few::<S, FMA, 1>(panel, tile, lane + done, &mut out[done..]);
            done += 1;
        }
    }
}

#[inline(always)]
fn few<S: Stored, const FMA: bool, const N: usize>(
    panel: &[u8],
    tile: &FloatTile,
    lane: usize,
    out: &mut [[f32; PANEL]],
) {
    let mut acc = [[0_f32; PANEL]; N];
    let columns = panel.chunks_exact(PANEL * S::BYTES).take(tile.cols);
    for (c, column) in columns.enumerate() {
        let cells = &tile.cells[c / ROW * TILE_CELLS + lane * ROW + c % ROW..];
        let w: [f32; PANEL] = std::array::from_fn(|i| value::<S>(column, i));
        for (i, acc) in acc.iter_mut().enumerate() {
            let x = cells[i * ROW];
            for (acc, w) in acc.iter_mut().zip(w) {
                *acc = if FMA { w.mul_add(x, *acc) } else { *acc + w * x };
            }
        }
    }
    out[..N].copy_from_slice(&acc);
}

/// The lanes added as a tree.
#[inline(always)]
pub(super) fn sum(l: [f32; 8]) -> f32 {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}
