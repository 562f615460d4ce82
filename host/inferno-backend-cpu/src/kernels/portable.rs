//! The quantized kernels in plain Rust: the definition that the others are tested against, and the way to run on
//! any processor.

use super::{
    GROUP, PANEL,
    format::Format,
    panel::Panel,
    quantize::{BLOCK, Q8Row},
};

/// Sums of one row of weights times one row of activations, block after block.
///
/// Every form of every kernel follows this order: products of scales first, then the sum, then the minimum.
#[inline(always)]
fn accumulate<F: Format>(acc: f32, sums: [i32; 2], d: [f32; 2], m: f32, x: &Q8Row<'_>, b: usize) -> f32 {
    let scale = x.scales()[b];
    let mut acc = acc;
    if F::HALVES {
        let low = x.low_sums()[b];
        let high = x.sums()[b] - low;
        acc += (d[0] * scale) * (sums[0] - F::OFFSET * low) as f32;
        acc += (d[1] * scale) * (sums[1] - F::OFFSET * high) as f32;
    } else {
        acc += (d[0] * scale) * (sums[0] + sums[1] - F::OFFSET * x.sums()[b]) as f32;
    }
    if F::HAS_MIN {
        acc += m * x.scaled_sums()[b];
    }
    acc
}

/// 16 rows of weights times one row of activations.
pub(super) fn gemv<F: Format>(rows: [&[u8]; PANEL], x: Q8Row<'_>) -> [f32; PANEL] {
    rows.map(|row| {
        let mut acc = 0.0;
        for (at, block) in row.chunks_exact(F::BYTES).enumerate() {
            for sub in 0..F::SUBS {
                let b = at * F::SUBS + sub;
                let codes = F::codes(block, sub);
                let x_codes = &x.codes()[b * BLOCK..][..BLOCK];
                let dot = |range: std::ops::Range<usize>| -> i32 {
                    range.map(|i| i32::from(codes[i]) * i32::from(x_codes[i])).sum()
                };
                let scales = F::scales(block, sub);
                acc = accumulate::<F>(acc, [dot(0..16), dot(16..32)], scales.d, scales.m, &x, b);
            }
        }
        acc
    })
}

/// Unpacks 16 rows.
pub(super) fn pack<F: Format>(rows: [&[u8]; PANEL], panel: &mut Panel) {
    let blocks = rows[0].len() / F::BYTES * F::SUBS;
    panel.reset::<F>(blocks);
    for (lane, row) in rows.iter().enumerate() {
        for (at, block) in row.chunks_exact(F::BYTES).enumerate() {
            for sub in 0..F::SUBS {
                let b = at * F::SUBS + sub;
                for (line, four) in
                    panel.codes[b * 8..].iter_mut().zip(F::codes(block, sub).as_chunks::<4>().0)
                {
                    line.0[lane * 4..][..4].copy_from_slice(four);
                }
                let scales = F::scales(block, sub);
                if F::HALVES {
                    panel.d[b * 2].0[lane] = scales.d[0];
                    panel.d[b * 2 + 1].0[lane] = scales.d[1];
                } else {
                    panel.d[b].0[lane] = scales.d[0];
                }
                if F::HAS_MIN {
                    panel.m[b].0[lane] = scales.m;
                }
            }
        }
    }
}

/// A panel times up to eight rows of activations.
pub(super) fn gemm<F: Format>(panel: &Panel, xs: &[Q8Row<'_>], out: &mut [[f32; PANEL]; GROUP]) {
    for (x, out) in xs.iter().zip(out) {
        *out = [0.0; PANEL];
        for b in 0..panel.blocks {
            let mut sums = [[0_i32; PANEL]; 2];
            let (lines, codes) = (&panel.codes[b * 8..][..8], &x.codes()[b * BLOCK..][..BLOCK]);
            for (group, (line, x)) in lines.iter().zip(codes.as_chunks::<4>().0).enumerate() {
                for (sum, w) in sums[group / 4].iter_mut().zip(line.0.as_chunks::<4>().0) {
                    *sum += (0..4).map(|i| i32::from(w[i]) * i32::from(x[i])).sum::<i32>();
                }
            }
            for lane in 0..PANEL {
                let d = if F::HALVES {
                    [panel.d[b * 2].0[lane], panel.d[b * 2 + 1].0[lane]]
                } else {
                    [panel.d[b].0[lane]; 2]
                };
                let m = if F::HAS_MIN { panel.m[b].0[lane] } else { 0.0 };
                out[lane] = accumulate::<F>(out[lane], [sums[0][lane], sums[1][lane]], d, m, x, b);
            }
        }
    }
}
