//! The quantized kernel in plain Rust: the definition that the others are tested against, and the way to run on
//! any processor.

use super::{
    PANEL,
    format::Format,
    packed::{self, Scales},
    quantize::Tile,
};

/// A panel times rows `lane..lane + out.len()` of a tile.
#[inline(always)]
pub(super) fn multiply<F: Format>(panel: &[u8], tile: Tile<'_>, lane: usize, out: &mut [[f32; PANEL]]) {
    let subs = tile.blocks();
    out.fill([0.0; PANEL]);
    for sub in 0..subs {
        for row in 0..PANEL {
            let codes = packed::codes::<F>(panel, sub, row);
            let Scales { d, m } = packed::scales::<F>(panel, subs, sub, row);
            for (i, out) in out.iter_mut().enumerate() {
                let x = tile.block(sub, lane + i);
                let dot = |range: std::ops::Range<usize>| -> i32 {
                    range.map(|i| i32::from(codes[i]) * i32::from(x.codes[i])).sum()
                };
                let (low, high) = (dot(0..16), dot(16..32));
                let acc = &mut out[row];
                let [low, high] = [low - F::OFFSET * x.sums[0], high - F::OFFSET * x.sums[1]];
                if F::HALVES {
                    *acc += (d[0] * x.scale) * low as f32;
                    *acc += (d[1] * x.scale) * high as f32;
                } else {
                    *acc += (d[0] * x.scale) * (low + high) as f32;
                }
                if F::HAS_MIN {
                    *acc += m * x.scaled_sum;
                }
            }
        }
    }
}
