//! Rotary embedding of one row.

use inferno_graph::{RopeStyle, rope::RopeAngles};

/// Cosines, then sines, of all pairs at `position` into `out` of twice as many cells.
pub(crate) fn angles_at(angles: &RopeAngles, position: u32, out: &mut [f32]) {
    let (cos, sin) = out.split_at_mut(angles.inverse_frequencies.len());
    for ((frequency, cos), sin) in angles.inverse_frequencies.iter().zip(cos).zip(sin) {
        let (s, c) = (position as f32 * frequency).sin_cos();
        (*cos, *sin) = (c * angles.magnitude, s * angles.magnitude);
    }
}

/// Rotates each head of `x` by `angles` into `out`.
pub(crate) fn rotate(x: &[f32], angles: &[f32], head_dim: usize, style: RopeStyle, out: &mut [f32]) {
    let pairs = angles.len() / 2;
    let (cos, sin) = angles.split_at(pairs);
    for (x, out) in x.chunks_exact(head_dim).zip(out.chunks_exact_mut(head_dim)) {
        out[pairs * 2..].copy_from_slice(&x[pairs * 2..]);
        match style {
            RopeStyle::Halves => {
                let (a, b) = (&x[..pairs], &x[pairs..pairs * 2]);
                let (ya, yb) = out[..pairs * 2].split_at_mut(pairs);
                for i in 0..pairs {
                    ya[i] = a[i] * cos[i] - b[i] * sin[i];
                    yb[i] = a[i] * sin[i] + b[i] * cos[i];
                }
            }
            RopeStyle::Interleaved => {
                let (x, y) = (x[..pairs * 2].as_chunks::<2>().0, out[..pairs * 2].as_chunks_mut::<2>().0);
                for (i, ([a, b], y)) in x.iter().zip(y).enumerate() {
                    *y = [a * cos[i] - b * sin[i], a * sin[i] + b * cos[i]];
                }
            }
        }
    }
}
