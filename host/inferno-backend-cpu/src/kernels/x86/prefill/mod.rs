//! Products of prefill; what they compute is said in `kernels::prefill`. `rounded` and `turned` make their factors, `results`
//! takes what comes.

pub(in crate::kernels) mod results;
pub(in crate::kernels) mod rounded;
pub(in crate::kernels) mod turned;

use crate::kernels::{TILE, packed::LINE};

/// Bytes of a row of a tile.
const ROW: usize = LINE;
/// Bytes of a tile.
pub(super) const TILE_BYTES: usize = TILE * ROW;
