//! Panels of a matrix times rows of activations: the one place where a format and an instruction set meet.

use inferno_graph::{DType, WeightRef};

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{
    GROUP, Products, TILE,
    float::{self, FloatTile, PANELS},
    format::with_format,
    packed, portable,
    quantize::{BLOCK, Tile},
};
use crate::isa::{Isa, Set};

/// Whether activations are quantized for matrices of this type.
pub(crate) const fn takes_q8(dtype: DType) -> bool {
    !matches!(dtype, DType::F32 | DType::F16 | DType::Bf16)
}

/// Bytes of a panel of a matrix of this type and width.
pub(crate) fn panel_bytes(dtype: DType, cols: usize) -> usize {
    packed::quantized_panel_bytes(dtype, cols).unwrap_or_else(|| float::panel_bytes(dtype, cols))
}

/// Packs rows `first..first + 16` of `matrix`, lanes beyond the last row repeat it.
pub(crate) fn pack(isa: Isa, matrix: WeightRef<'_>, first: usize, panel: &mut [u8]) {
    if takes_q8(matrix.dtype) {
        packed::pack(isa, matrix, first, panel);
    } else {
        float::pack(matrix, first, panel);
    }
}

/// Decodes one row of a packed panel.
pub(crate) fn unpack_row(isa: Isa, dtype: DType, panel: &[u8], lane: usize, out: &mut [f32]) {
    if takes_q8(dtype) {
        packed::unpack_row(isa, dtype, panel, lane, out);
    } else {
        float::unpack_row(dtype, panel, lane, out);
    }
}

/// Activations, in the form that a matrix takes.
#[derive(Clone, Copy)]
pub(crate) enum Rows<'a> {
    Quantized(Tile<'a>),
    Floats(&'a FloatTile),
}

/// Consecutive panels of a matrix, at most [`PANELS`], ready to be multiplied.
#[derive(Clone, Copy)]
pub(crate) enum Panels<'a> {
    /// As they are kept.
    Packed(&'a [u8]),
    /// As tiles take them.
    #[cfg(target_arch = "x86_64")]
    Unpacked(&'a [u8]),
}

/// Memory for unpacked panels, kept from item to item.
#[derive(Default)]
pub(crate) struct Room(Vec<Line>);

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; packed::LINE]);

impl Room {
    /// So many bytes, whatever they hold, from the beginning of a line.
    pub(super) fn bytes(&mut self, len: usize) -> &mut [u8] {
        if self.0.len() * packed::LINE < len {
            self.0.resize(len.div_ceil(packed::LINE), Line([0; packed::LINE]));
        }
        // SAFETY: lines are bytes, initialized, and at least as many.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), len) }
    }
}

/// Rows from which on unpacking a panel for tiles costs less than it saves.
#[cfg(target_arch = "x86_64")]
const UNPACKED_ROWS: usize = 9;

impl<'a> Panels<'a> {
    /// Makes packed panels of `cols` columns ready for `rows` rows of activations.
    pub(crate) fn ready(
        isa: Isa,
        dtype: DType,
        packed: &'a [u8],
        (cols, rows): (usize, usize),
        room: &'a mut Room,
    ) -> Self {
        #[cfg(target_arch = "x86_64")]
        if isa.set() == Set::Amx && takes_q8(dtype) && rows >= UNPACKED_ROWS {
            let subs = cols / BLOCK;
            return with_format!(dtype, |F| {
                let bytes = x86::amx::int8::panel_bytes::<F>(subs);
                let panels = packed.chunks_exact(panel_bytes(dtype, cols));
                let unpacked = room.bytes(panels.len() * bytes);
                for (panel, out) in panels.zip(unpacked.chunks_exact_mut(bytes)) {
                    // SAFETY: an `Isa` exists only where its features were detected; the panel was packed for this
                    // width, and there is room for it.
                    unsafe { x86::amx::int8::unpack::<F>(panel.as_ptr(), subs, out.as_mut_ptr()) };
                }
                Self::Unpacked(unpacked)
            }, else unreachable!("float matrices take floats"));
        }
        let _ = (isa, dtype, cols, rows, room);
        Self::Packed(packed)
    }

    /// How many rows of activations they are multiplied with at a time.
    pub(crate) const fn group(self) -> usize {
        match self {
            Self::Packed(_) => GROUP,
            #[cfg(target_arch = "x86_64")]
            Self::Unpacked(_) => TILE,
        }
    }
}

/// What is kept from one product of an item to the next: the shapes of tile registers.
#[cfg(target_arch = "x86_64")]
pub(crate) type Tiles = x86::amx::Registers;
/// Nothing, where there are no tile registers.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Default)]
pub(crate) struct Tiles;

/// Panels times rows `lane..lane + rows` of a tile, at most as many as the [`group`](Panels::group). What `out` holds
/// of further rows is without meaning.
pub(crate) fn multiply(
    isa: Isa,
    dtype: DType,
    panels: Panels<'_>,
    x: Rows<'_>,
    (lane, rows): (usize, usize),
    tiles: &mut Tiles,
    out: &mut [Products; PANELS],
) {
    match (panels, x) {
        (Panels::Packed(panels), Rows::Floats(tile)) => {
            float::multiply(isa, dtype, panels, tile, (lane, rows), out);
        }
        (Panels::Packed(panels), Rows::Quantized(tile)) => {
            let bytes = panel_bytes(dtype, tile.blocks() * BLOCK);
            for (panel, out) in panels.chunks_exact(bytes).zip(out) {
                quantized(isa, dtype, panel, tile, (lane, rows), out);
            }
        }
        #[cfg(target_arch = "x86_64")]
        (Panels::Unpacked(panels), Rows::Quantized(tile)) => {
            assert!(rows <= TILE && lane + rows.next_multiple_of(GROUP) <= TILE, "rows of the tile");
            with_format!(dtype, |F| {
                // SAFETY: unpacked panels exist only where tiles may be used; these were unpacked for this width.
                unsafe {
                    if rows <= GROUP {
                        x86::amx::int8::multiply::<F, 8>(panels, tile, lane, tiles, out);
                    } else {
                        x86::amx::int8::multiply::<F, 16>(panels, tile, lane, tiles, out);
                    }
                }
            }, else unreachable!("float matrices take floats"));
        }
        #[cfg(target_arch = "x86_64")]
        (Panels::Unpacked(_), Rows::Floats(_)) => unreachable!("float matrices stay packed"),
    }
}

fn quantized(
    isa: Isa,
    dtype: DType,
    panel: &[u8],
    tile: Tile<'_>,
    (lane, rows): (usize, usize),
    out: &mut Products,
) {
    assert!((1..=GROUP).contains(&rows) && lane + rows.next_power_of_two() <= TILE, "rows of the tile");
    with_format!(dtype, |F| match isa.set() {
        Set::Portable => portable::multiply::<F>(panel, tile, lane, &mut out[..rows]),
        // SAFETY: an `Isa` exists only where its features were detected; the panel was packed for this width.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { x86::avx2::multiply::<F>(panel.as_ptr(), tile, lane, rows, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512Vnni | Set::Amx => unsafe {
            let panel = panel.as_ptr();
            match rows {
                1 => x86::vnni::multiply::<F, 1>(panel, tile, lane, out),
                2 => x86::vnni::multiply::<F, 2>(panel, tile, lane, out),
                3..=4 => x86::vnni::multiply::<F, 4>(panel, tile, lane, out),
                _ => x86::vnni::multiply::<F, 8>(panel, tile, lane, out),
            }
        },
    }, else unreachable!("float matrices take floats"));
}

#[cfg(test)]
mod tests;
