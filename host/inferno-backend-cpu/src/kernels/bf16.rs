//! Products of prefill where there are tiles for them: weights and activations rounded to bfloat16, sums in `f32`.
//!
//! No scale stands between a tile and its sums, so a prompt is multiplied several times as fast as by bytes; and a number
//! rounded to bfloat16 by itself loses less than one of 32 bytes that share a scale. Weights are kept as they are stored,
//! and unpacked panel by panel for many rows, which decode could not pay for.
//!
//! Activations lie in tiles of 16 rows: per 32 columns, 64 bytes of each row. Unpacked weights likewise: per 32 columns,
//! 16 lines of two columns of 16 weight rows in turn, as a tile product takes them. Easily confused with `float`, which
//! multiplies matrices stored in bfloat16 without rounding anything.

use inferno_graph::DType;

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{Products, TILE, half::f32_to_bf16, packed};
use crate::isa::Isa;
#[cfg(target_arch = "x86_64")]
use crate::isa::Set;

/// Columns that one tile product takes.
pub(crate) const DEPTH: usize = 32;
/// Cells of these columns of all rows of a tile, in `f32`s.
pub(crate) const TILE_CELLS: usize = TILE * DEPTH / 2;
/// Tiles of activations, and panels, that are multiplied with each other at once: four sums to four operands.
pub(crate) const PAIR: usize = 2;

/// Whether prompts are multiplied so with matrices of this type and width.
pub(crate) const fn takes(isa: Isa, dtype: DType, cols: usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    return matches!(isa.set(), Set::Amx) && !matches!(dtype, DType::F32) && cols.is_multiple_of(DEPTH);
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

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
        if isa.set() == Set::Amx {
            // SAFETY: an `Isa` exists only where its features were detected; as above.
            unsafe { x86::amx::bf16::round(x, line) };
            continue;
        }
        let _ = isa;
        // SAFETY: as above.
        unsafe { line.write(x.map(f32_to_bf16)) };
    }
}

/// Rounds 32 columns of the first `rows` rows of a tile, as two panels give them, into the lines at `block`.
///
/// # Safety
/// There are so many lines, and nothing else touches them meanwhile.
pub(crate) unsafe fn round_block(isa: Isa, products: &[Products; PAIR], rows: usize, block: *mut f32) {
    #[cfg(target_arch = "x86_64")]
    if isa.set() == Set::Amx {
        // SAFETY: an `Isa` exists only where its features were detected; as the caller vouches.
        unsafe { x86::amx::bf16::round_block(products, rows, block.cast()) };
        return;
    }
    for (lane, (low, high)) in products[0].iter().zip(&products[1]).enumerate().take(rows) {
        let line = [*low, *high];
        // SAFETY: as the caller vouches.
        unsafe { round_row(isa, line.as_flattened(), block, lane) };
    }
}

/// What is kept from one product of an item to the next: the shapes of tile registers.
#[cfg(target_arch = "x86_64")]
pub(crate) type Tiles = x86::amx::Registers;
/// Nothing, where there are no tile registers.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Default)]
pub(crate) struct Tiles;

/// Memory for unpacked panels, kept from item to item.
#[derive(Default)]
pub(crate) struct Room(Vec<Line>);

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; packed::LINE]);

impl Room {
    /// So many bytes, whatever they hold, from the beginning of a line.
    fn bytes(&mut self, len: usize) -> &mut [u8] {
        if self.0.len() * packed::LINE < len {
            self.0.resize(len.div_ceil(packed::LINE), Line([0; packed::LINE]));
        }
        // SAFETY: lines are bytes, initialized, and at least as many.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), len) }
    }
}

/// Consecutive panels, unpacked.
#[derive(Clone, Copy)]
pub(crate) struct Panels<'a> {
    bytes: &'a [u8],
    cols: usize,
}

/// Bytes of an unpacked panel.
pub(crate) const fn panel_bytes(cols: usize) -> usize {
    cols * 2 * TILE
}

impl<'a> Panels<'a> {
    /// Unpacks packed panels of a type and width that [`takes`] this.
    pub(crate) fn unpack(isa: Isa, dtype: DType, packed: &[u8], cols: usize, room: &'a mut Room) -> Self {
        assert!(takes(isa, dtype, cols), "prompts are multiplied so");
        let panels = packed.chunks_exact(super::matmul::panel_bytes(dtype, cols));
        let bytes = room.bytes(panels.len() * panel_bytes(cols));
        for (panel, out) in panels.zip(bytes.chunks_exact_mut(panel_bytes(cols))) {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` exists only where its features were detected; the panel was packed for this width, and
            // there is room for it.
            unsafe {
                x86::amx::bf16::unpack(dtype, panel.as_ptr(), cols, out.as_mut_ptr())
            };
            #[cfg(not(target_arch = "x86_64"))]
            let _ = (panel, out);
        }
        Self { bytes, cols }
    }

    /// Multiplies the panels, one or two, with one or two tiles of activations.
    pub(crate) fn multiply(
        self,
        tiles: &[&[f32]],
        registers: &mut Tiles,
        out: &mut [[Products; PAIR]; PAIR],
    ) {
        let bytes = self.bytes;
        let panels = bytes.len() / panel_bytes(self.cols);
        assert!(
            tiles.iter().all(|tile| tile.len() >= TILE * row_len(self.cols)) && (1..=PAIR).contains(&panels)
        );
        let blocks = self.cols / DEPTH;
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (blocks, registers, out);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: unpacked panels exist only where tiles may be used; all are as wide.
        unsafe {
            match (tiles, panels) {
                ([a], 1) => {
                    x86::amx::bf16::multiply::<1, 1>([a.as_ptr()], bytes.as_ptr(), blocks, registers, out)
                }
                ([a], _) => {
                    x86::amx::bf16::multiply::<1, 2>([a.as_ptr()], bytes.as_ptr(), blocks, registers, out)
                }
                ([a, b], 1) => {
                    x86::amx::bf16::multiply::<2, 1>(
                        [a.as_ptr(), b.as_ptr()],
                        bytes.as_ptr(),
                        blocks,
                        registers,
                        out,
                    );
                }
                ([a, b], _) => {
                    x86::amx::bf16::multiply::<2, 2>(
                        [a.as_ptr(), b.as_ptr()],
                        bytes.as_ptr(),
                        blocks,
                        registers,
                        out,
                    );
                }
                _ => unreachable!("one tile of activations, or two"),
            }
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
