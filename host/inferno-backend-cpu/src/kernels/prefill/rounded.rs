//! Activations of prompts rounded to bfloat16.
//!
//! They lie in tiles of 16 rows: per 32 columns, 64 bytes of each row. What is computed a few columns at a time is rounded
//! where it is computed, line by line. Easily confused with `turned`, which is made of this, and only of whole rows.

#[cfg(target_arch = "x86_64")]
use crate::kernels::x86;
use crate::{
    isa::Isa,
    kernels::{PANEL, Products, TILE, half::f32_to_bf16, vectorized},
};

/// Columns that one tile product takes.
pub(crate) const DEPTH: usize = 32;
/// Cells of these columns of all rows of a tile, in `f32`s.
pub(crate) const TILE_CELLS: usize = TILE * DEPTH / 2;

/// The `f32`-sized cells that a row of `width` values takes of its tile.
pub(crate) const fn row_len(width: usize) -> usize {
    width.div_ceil(DEPTH) * (DEPTH / 2)
}

/// Rounds columns of a row, whole lines, into lane `lane` of the tile at `tile`.
///
/// # Safety
/// The tile has `16 · row_len(x.len())` cells from `tile` on, and nothing else touches this lane of them meanwhile.
pub(crate) unsafe fn round_row(isa: Isa, x: &[f32], tile: *mut f32, lane: usize) {
    assert!(lane < TILE && x.len().is_multiple_of(DEPTH));
    for (i, x) in x.as_chunks::<DEPTH>().0.iter().enumerate() {
        // SAFETY: the caller vouches for the cells of this lane in every line.
        let line = unsafe { tile.add(i * TILE_CELLS + lane * (DEPTH / 2)) }.cast::<[u16; DEPTH]>();
        #[cfg(target_arch = "x86_64")]
        if isa.has_bf16() {
            // SAFETY: an `Isa` exists only where its features were detected; as above.
            unsafe { x86::prefill::rounded::round(x, line) };
            continue;
        }
        let rounded = vectorized!(isa, fn round(x: &[f32; DEPTH]) -> [u16; DEPTH], round_body);
        // SAFETY: as above.
        unsafe { line.write(rounded) };
    }
}

/// Rounds 16 columns of the first `rows` rows of a tile, as a panel gives them; those of the first row come to `to`, half a line.
///
/// # Safety
/// There are so many rows, and nothing else touches these columns of them meanwhile.
pub(crate) unsafe fn round_columns(isa: Isa, columns: &Products, rows: usize, to: *mut f32) {
    for (lane, row) in columns.iter().enumerate().take(rows) {
        // SAFETY: the caller vouches for the row.
        let half = unsafe { to.add(lane * (DEPTH / 2)) }.cast::<[u16; PANEL]>();
        #[cfg(target_arch = "x86_64")]
        if isa.has_bf16() {
            // SAFETY: an `Isa` exists only where its features were detected; as above.
            unsafe { x86::prefill::rounded::round_half(row, half) };
            continue;
        }
        let rounded = vectorized!(isa, fn round(row: &[f32; PANEL]) -> [u16; PANEL], round_body);
        // SAFETY: as above.
        unsafe { half.write(rounded) };
    }
}

#[inline(always)]
fn round_body<const N: usize>(x: &[f32; N]) -> [u16; N] {
    x.map(f32_to_bf16)
}
