//! Panels of a matrix times rows of activations: the one place where a format and an instruction set meet.

use inferno_graph::{DType, WeightRef};

#[cfg(target_arch = "aarch64")]
use super::arm::bytes::{self, Fours, Pairs};
#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{
    GROUP, Products, TILE,
    float::{self, FloatTile},
    format::with_format,
    narrow, packed, portable,
    quantize::{BLOCK, Tile},
};
use crate::isa::{Isa, Set};

/// The most panels that are multiplied in one call. They are read one after the other, and processors foresee memory the better the
/// longer it is read in order.
pub(crate) const PANELS: usize = 16;

/// Whether activations are quantized for matrices of this type.
pub(crate) const fn takes_q8(dtype: DType) -> bool {
    !matches!(dtype, DType::F32 | DType::F16 | DType::Bf16)
}

/// How the numbers of a matrix are kept in panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// With the bits that its file has.
    Stored(DType),
    /// Bfloat16 in twelve bits, where that is exact.
    Narrow,
}

impl Layout {
    /// What the numbers are.
    pub(crate) const fn dtype(self) -> DType {
        match self {
            Self::Stored(dtype) => dtype,
            Self::Narrow => DType::Bf16,
        }
    }

    /// Bytes of a panel of a matrix of this width.
    pub(crate) fn panel_bytes(self, cols: usize) -> usize {
        match self {
            Self::Narrow => narrow::panel_bytes(cols),
            Self::Stored(dtype) => {
                packed::quantized_panel_bytes(dtype, cols).unwrap_or_else(|| float::panel_bytes(dtype, cols))
            }
        }
    }

    /// Packs rows `first..first + 16` of `matrix`, what lanes beyond the last row hold is without meaning. Says whether that went: anything can be
    /// kept as it is stored.
    #[must_use]
    pub(crate) fn pack(self, isa: Isa, matrix: WeightRef<'_>, first: usize, panel: &mut [u8]) -> bool {
        match self {
            Self::Narrow => return narrow::pack(isa, matrix, first, panel),
            Self::Stored(dtype) if takes_q8(dtype) => packed::pack(isa, matrix, first, panel),
            Self::Stored(_) => float::pack(matrix, first, panel),
        }
        true
    }

    /// The ways in which numbers of this type may be kept.
    #[cfg(test)]
    pub(crate) fn of(dtype: DType) -> impl Iterator<Item = Self> {
        let narrow = (dtype == DType::Bf16).then_some(Self::Narrow);
        narrow.into_iter().chain([Self::Stored(dtype)])
    }

    /// Decodes one row of a packed panel.
    pub(crate) fn unpack_row(self, isa: Isa, panel: &[u8], lane: usize, out: &mut [f32]) {
        match self {
            Self::Narrow => narrow::unpack_row(panel, lane, out),
            Self::Stored(dtype) if takes_q8(dtype) => packed::unpack_row(isa, dtype, panel, lane, out),
            Self::Stored(dtype) => float::unpack_row(dtype, panel, lane, out),
        }
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
    layout: Layout,
    panels: &[u8],
    x: Rows<'_>,
    (lane, rows): (usize, usize),
    out: &mut [Products; PANELS],
) {
    match x {
        Rows::Floats(tile) => float::multiply(isa, layout, panels, tile, (lane, rows), out),
        Rows::Quantized(tile) => {
            let bytes = layout.panel_bytes(tile.blocks() * BLOCK);
            for (panel, out) in panels.chunks_exact(bytes).zip(out) {
                quantized(isa, layout.dtype(), panel, tile, (lane, rows), out);
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
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        Set::Neon => unsafe { bytes::multiply::<F, Pairs>(panel.as_ptr(), tile, lane, rows, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        Set::NeonDot => unsafe { bytes::multiply::<F, Fours>(panel.as_ptr(), tile, lane, rows, out) },
    }, else unreachable!("float matrices take floats"));
}

#[cfg(test)]
mod tests;
