//! A panel: 16 rows of a quantized matrix, unpacked so that one register holds one group of codes of every row.
//!
//! Per block of 32 columns it keeps 8 groups × 16 rows × 4 codes, and the scales of the 16 rows. A thread unpacks
//! a panel once and multiplies it with every activation row of the batch.

use inferno_graph::DType;

use super::{PANEL, format::Format};

/// A cache line of codes: 4 of each row.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [u8; 64]);

/// A cache line of floats: a scale of each row.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Lanes(pub(crate) [f32; PANEL]);

/// Scratch of a thread, as large as the widest matrix it met.
#[derive(Default)]
pub(crate) struct Panel {
    /// Whose codes these are: a dtype, once something was unpacked.
    pub(crate) format: Option<DType>,
    pub(crate) blocks: usize,
    /// Eight per block.
    pub(crate) codes: Vec<Line>,
    /// One per block, or two when halves have their own.
    pub(crate) d: Vec<Lanes>,
    /// One per block when there is a minimum.
    pub(crate) m: Vec<Lanes>,
}

impl Panel {
    /// Makes room for `blocks` blocks of `F`.
    pub(crate) fn reset<F: Format>(&mut self, blocks: usize) {
        let grow = |lanes: &mut Vec<Lanes>, len: usize| {
            if lanes.len() < len {
                lanes.resize(len, Lanes([0.0; PANEL]));
            }
        };
        self.format = Some(F::DTYPE);
        self.blocks = blocks;
        if self.codes.len() < blocks * 8 {
            self.codes.resize(blocks * 8, Line([0; 64]));
        }
        grow(&mut self.d, if F::HALVES { blocks * 2 } else { blocks });
        grow(&mut self.m, if F::HAS_MIN { blocks } else { 0 });
    }
}
