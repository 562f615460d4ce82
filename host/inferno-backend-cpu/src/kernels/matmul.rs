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

/// Packed panels, at most [`PANELS`], times rows `lane..lane + rows` of a tile, at most [`GROUP`]. What `out` holds of further
/// rows is without meaning.
pub(crate) fn multiply(
    isa: Isa,
    dtype: DType,
    panels: &[u8],
    x: Rows<'_>,
    (lane, rows): (usize, usize),
    out: &mut [Products; PANELS],
) {
    match x {
        Rows::Floats(tile) => float::multiply(isa, dtype, panels, tile, (lane, rows), out),
        Rows::Quantized(tile) => {
            let bytes = panel_bytes(dtype, tile.blocks() * BLOCK);
            for (panel, out) in panels.chunks_exact(bytes).zip(out) {
                quantized(isa, dtype, panel, tile, (lane, rows), out);
            }
        }
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
        Set::Avx512Vnni | Set::Avx512Bf16 | Set::Amx => unsafe {
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
