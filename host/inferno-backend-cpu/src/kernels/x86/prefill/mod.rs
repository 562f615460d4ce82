//! Products of prefill; what they compute is said in `kernels::prefill`. `rounded` and `turned` make their factors, `results`
//! takes what comes. `vectors` multiplies them; where there are tiles, `amx::prefill` does.

pub(in crate::kernels) mod results;
pub(in crate::kernels) mod rounded;
pub(in crate::kernels) mod turned;
pub(in crate::kernels) mod vectors;

use crate::kernels::{TILE, packed::LINE, prefill::Form};

/// Bytes of a row of a tile.
const ROW: usize = LINE;
/// Bytes of a tile.
pub(super) const TILE_BYTES: usize = TILE * ROW;

/// Unpacked panels.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Panels {
    pub(in crate::kernels) form: Form,
    /// The first.
    pub(in crate::kernels) at: *const u8,
    /// Bytes from one to the next.
    pub(in crate::kernels) stride: usize,
    /// Blocks of the columns that a tile has.
    pub(in crate::kernels) blocks: usize,
}
