//! Activations of prompts in bytes, with one scale for each row.
//!
//! They are made of the rounded ones: 64 columns at a time are multiplied with the Hadamard matrix of that size, whose cells
//! are 1 where their two indices have an even number of ones in common and −1 elsewhere; then the row's largest becomes 127.
//! Per 64 columns, a tile has 64 bytes of each of its 16 rows, and behind them all one line of their scales, in which the
//! 1/64 is contained by which the product of two turned rows is too large. Vectors multiply bytes without a sign with bytes that
//! have one: for them, 128 is added to each of the former.

#[cfg(target_arch = "x86_64")]
use crate::kernels::x86;
use crate::{isa::Isa, kernels::TILE};

/// Columns that one tile product takes, and that are turned together.
pub(crate) const DEPTH: usize = 64;
/// Cells of these columns of all rows of a tile, in `f32`s.
const TILE_CELLS: usize = TILE * DEPTH / 4;

/// The `f32`-sized cells that a row of `width` values takes of its tile.
pub(crate) const fn row_len(width: usize) -> usize {
    width.div_ceil(DEPTH) * (DEPTH / 4) + 1
}

/// The scales of a tile of rows of `width` values.
pub(super) fn scales(tile: &[f32], width: usize) -> &[f32; TILE] {
    tile[width / DEPTH * TILE_CELLS..].first_chunk().expect("they stand behind the last bytes")
}

/// Turns lane `lane` of the tile of rounded rows at `from` into the same lane of the tile at `to`.
///
/// # Safety
/// Both are tiles of rows of `width` values, a multiple of [`DEPTH`]; the lane of the first was written, and nothing else
/// touches that of the second meanwhile.
pub(crate) unsafe fn turn_row(isa: Isa, from: *const f32, lane: usize, width: usize, to: *mut f32) {
    assert!(
        lane < TILE
            && super::Form::of(isa, inferno_graph::DType::Q8_0, width, true) == Some(super::Form::Turned),
        "there is such a form"
    );
    #[cfg(target_arch = "x86_64")]
    // SAFETY: an `Isa` exists only where its features were detected; as the caller vouches.
    unsafe {
        let scale = to.add(width / DEPTH * TILE_CELLS + lane);
        let signed = isa.has_tiles();
        scale.write(x86::prefill::turned::turn(from.cast(), lane, width / DEPTH, to.cast(), signed));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (from, to);
}
