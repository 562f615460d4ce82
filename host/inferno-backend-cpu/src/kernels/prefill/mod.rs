//! Products of prefill that are computed differently from those of decode: in tiles where the processor has them, in vectors
//! else.
//!
//! Weights are kept as they are stored and unpacked panel by panel for many rows, which decode could not pay for. They are
//! multiplied in one of two forms:
//! - [`Form::Rounded`]: bfloat16, sums in `f32`. A number rounded to bfloat16 by itself loses less than one of 32 bytes that
//!   share a scale.
//! - [`Form::Turned`], which quantized types can take: bytes with one scale for each row, of weights as of activations, after
//!   64 columns at a time were multiplied with a Hadamard matrix. Products stay what they are, and no number is much larger than
//!   the others (QuaRot, Ashkboos et al. 2024), so one scale does. Half as many products of tiles, and more is lost.
//!
//! No scale stands between a tile and its sums in either. Which form a product takes is for the plan to say.
//!
//! Unpacked weights lie as a tile product takes them: 16 lines of 64 bytes, each of the two or four next columns of 16 rows.
//! `rounded` and `turned` say how activations lie. Easily confused with `float`, which multiplies matrices stored in bfloat16
//! without rounding anything.

#![cfg_attr(
    not(target_arch = "x86_64"),
    expect(dead_code, reason = "elsewhere prompts are computed as answers are")
)]

pub(crate) mod rounded;
pub(crate) mod turned;

use inferno_graph::DType;

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{
    PANEL, Products, TILE,
    matmul::{self, Layout},
    packed,
};
use crate::isa::Isa;

/// Tiles of activations, and panels, that are multiplied with each other at once: four sums to four operands.
pub(crate) const PAIR: usize = 2;

/// What panels give for tiles: of each tile, for each panel. A row is a cache line, as tiles are stored.
#[derive(Default)]
#[repr(C, align(64))]
pub(crate) struct Sums(pub(crate) [[Products; PAIR]; PAIR]);

impl Sums {
    /// Where they lie.
    pub(crate) fn cells(&mut self) -> Cells {
        let Self([[a, b], [c, d]]) = self;
        let cell = |sums: &mut Products| sums.as_flattened_mut().as_mut_ptr();
        Cells { at: [[cell(a), cell(b)], [cell(c), cell(d)]], stride: PANEL }
    }
}

/// Where sums lie: of each tile, for each panel, the first cell; and how many cells rows are apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells {
    pub(crate) at: [[*mut f32; PAIR]; PAIR],
    pub(crate) stride: usize,
}

/// How factors are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Rounded,
    Turned,
}

impl Form {
    /// How a product with a matrix of this type and width takes rows of prefill, if differently from those of decode; `gate`
    /// says whether it may be turned. What can be turned can be rounded too where there are tiles for that.
    pub(crate) const fn of(isa: Isa, dtype: DType, cols: usize, gate: bool) -> Option<Self> {
        if isa.has_avx512() {
            let quantized = matmul::takes_q8(dtype);
            if gate && quantized && cols.is_multiple_of(turned::DEPTH) {
                return Some(Self::Turned);
            }
            // Vectors multiply four bytes for two numbers, which pays for the scales of quantized types.
            let rounds = if quantized { isa.has_tiles() } else { isa.has_bf16() };
            if rounds && !matches!(dtype, DType::F32) && cols.is_multiple_of(rounded::DEPTH) {
                return Some(Self::Rounded);
            }
        }
        None
    }

    /// Columns that one tile product takes.
    const fn depth(self) -> usize {
        match self {
            Self::Rounded => rounded::DEPTH,
            Self::Turned => turned::DEPTH,
        }
    }

    /// The `f32`-sized cells that a row of `width` activations takes of its tile.
    pub(crate) const fn row_len(self, width: usize) -> usize {
        match self {
            Self::Rounded => rounded::row_len(width),
            Self::Turned => turned::row_len(width),
        }
    }

    /// Bytes of an unpacked panel: of one that is turned, the last line is what vectors begin their sums with.
    const fn panel_bytes(self, cols: usize) -> usize {
        let blocks = cols.div_ceil(self.depth()) * PANEL * packed::LINE;
        if matches!(self, Self::Turned) { blocks + packed::LINE } else { blocks }
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

/// The scales of the rows of a packed panel that is turned.
pub(crate) fn scales(isa: Isa, dtype: DType, panel: &[u8], cols: usize) -> [f32; PANEL] {
    assert_eq!(Form::of(isa, dtype, cols, true), Some(Form::Turned), "a form it has");
    assert_eq!(panel.len(), Layout::Stored(dtype).panel_bytes(cols), "one panel");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: an `Isa` exists only where its features were detected; the panel is as wide.
    return unsafe { x86::prefill::turned::panels::scales(dtype, panel.as_ptr(), cols) };
    #[cfg(not(target_arch = "x86_64"))]
    unreachable!("nothing is turned here");
}

/// A packed panel, and its [`scales`], which are read where it is turned.
pub(crate) struct Packed<'a> {
    pub(crate) layout: Layout,
    pub(crate) panel: &'a [u8],
    pub(crate) scales: [f32; PANEL],
}

/// One or two panels of the same width, unpacked.
#[derive(Clone, Copy)]
pub(crate) struct Panels<'a> {
    isa: Isa,
    bytes: &'a [u8],
    form: Form,
    cols: usize,
    /// Of the rows of each panel that is turned.
    scales: [[f32; PANEL]; PAIR],
}

impl<'a> Panels<'a> {
    /// Unpacks panels of types and a width that may be multiplied in this form.
    pub(crate) fn unpack<'b>(
        isa: Isa,
        form: Form,
        cols: usize,
        packed: impl ExactSizeIterator<Item = Packed<'b>>,
        Room(lines): &'a mut Room,
    ) -> Self {
        assert!((1..=PAIR).contains(&packed.len()), "one panel, or two");
        let len = packed.len() * form.panel_bytes(cols);
        if lines.len() * packed::LINE < len {
            lines.resize(len.div_ceil(packed::LINE), Line([0; packed::LINE]));
        }
        // SAFETY: lines are bytes, initialized, and at least as many.
        let bytes: &mut [u8] = unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), len) };
        let mut of_panels = [[0.0; PANEL]; PAIR];
        let room = bytes.chunks_exact_mut(form.panel_bytes(cols)).zip(&mut of_panels);
        for (Packed { layout, panel, scales }, (out, of_panel)) in packed.zip(room) {
            assert_eq!(
                Form::of(isa, layout.dtype(), cols, form == Form::Turned),
                Some(form),
                "a form it has"
            );
            assert_eq!(panel.len(), layout.panel_bytes(cols), "one panel");
            *of_panel = scales;
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` exists only where its features were detected; the panel was packed for this width, and
            // there is room for it.
            unsafe {
                use x86::prefill::{rounded, turned};
                let (panel, out) = (panel.as_ptr(), out.as_mut_ptr());
                match form {
                    Form::Rounded => rounded::unpack(layout, panel, cols, out),
                    Form::Turned => {
                        turned::panels::unpack(layout.dtype(), panel, cols, of_panel, out, isa.has_tiles())
                    }
                }
            };
            #[cfg(not(target_arch = "x86_64"))]
            let _ = out;
        }
        Self { isa, bytes, form, cols, scales: of_panels }
    }

    /// Multiplies the panels with one or two tiles of activations in the same form, and adds that to what stands at `from`, if
    /// it is not nothing. What comes are sums, of which [`put`](Self::put) or [`gate`](Self::gate) makes numbers; those of
    /// rounded factors are numbers.
    ///
    /// # Safety
    /// There are cells for whole tiles, and they may be read and written.
    pub(crate) unsafe fn multiply(
        self,
        tiles: &[&[f32]],
        registers: &mut Tiles,
        (from, to): (Option<Cells>, Cells),
    ) {
        let Self { isa, bytes, form, cols, .. } = self;
        assert!(tiles.iter().all(|tile| tile.len() >= TILE * form.row_len(cols)));
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (isa, bytes, registers, from, to.at, to.stride);
        #[cfg(target_arch = "x86_64")]
        {
            let stride = form.panel_bytes(cols);
            let factors =
                x86::prefill::Panels { form, at: bytes.as_ptr(), stride, blocks: cols / form.depth() };
            macro_rules! multiply {
                ([$($tile:ident),+], $panels:literal) => {{
                    let tiles = [$($tile.as_ptr()),+];
                    // SAFETY: unpacked panels exist only where they may be multiplied; all are as wide; as the caller vouches.
                    unsafe {
                        if isa.has_tiles() {
                            x86::amx::prefill::multiply::<_, $panels>(tiles, factors, registers, (from, to));
                        } else {
                            x86::prefill::vectors::multiply::<_, $panels>(isa, tiles, factors, (from, to));
                        }
                    }
                }};
            }
            match (tiles, bytes.len() > stride) {
                ([a], false) => multiply!([a], 1),
                ([a], true) => multiply!([a], 2),
                ([a, b], false) => multiply!([a, b], 1),
                ([a, b], true) => multiply!([a, b], 2),
                _ => unreachable!("one tile of activations, or two"),
            }
        }
    }

    /// Of the sums that panel `panel` gave for a tile.
    #[cfg(target_arch = "x86_64")]
    fn scales<'b>(&'b self, tile: &'b [f32], panel: usize) -> Option<x86::prefill::results::Scales<'b>> {
        (self.form == Form::Turned).then(|| (turned::scales(tile, self.cols), &self.scales[panel]))
    }

    /// What the first panel, of a gate, lets through of the second: `silu(gate) · up` of the sums that they gave for a tile.
    pub(crate) fn gate(&self, tile: &[f32], [gate, up]: &[Products; PAIR], out: &mut Products) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: unpacked panels exist only where tiles may be used.
        unsafe {
            let [of_gate, of_up] = [self.scales(tile, 0), self.scales(tile, 1)];
            x86::prefill::results::gate((gate, of_gate), (up, of_up), out);
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (tile, gate, up, out);
    }

    /// Writes the numbers that panel `panel` gave for a tile, with a bias: the first `columns` of the first `rows` rows, which
    /// begin at `to` and are `stride` cells apart.
    ///
    /// # Safety
    /// These cells may be written.
    pub(crate) unsafe fn put(
        &self,
        tile: &[f32],
        (panel, sums): (usize, &Products),
        bias: Option<&[f32]>,
        (rows, columns): (usize, usize),
        (to, stride): (*mut f32, usize),
    ) {
        assert!(rows <= TILE && (1..=PANEL).contains(&columns), "a part of a tile");
        #[cfg(target_arch = "x86_64")]
        // SAFETY: unpacked panels exist only where tiles may be used; as the caller vouches.
        unsafe {
            x86::prefill::results::put(sums, self.scales(tile, panel), bias, (rows, columns), (to, stride));
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (tile, panel, sums, bias, to, stride);
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
