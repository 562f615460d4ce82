//! Ops that treat each row, head or element on its own.

use super::Tensor;
use crate::{RopeSpec, RopeStyle};

/// `x · σ(x)`.
pub(super) fn silu(x: f32) -> f32 {
    x / (1.0 + (-x).exp())
}

/// Appends one normed group to `out`: `x · weight / √(mean(x²) + eps)`.
pub(super) fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut Vec<f32>) {
    let squares: f64 = x.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
    let scale = 1.0 / ((squares / x.len() as f64) as f32 + eps).sqrt();
    out.extend(x.iter().zip(weight).map(|(x, w)| x * scale * w));
}

/// Turns each pair of each head by `position · inverse frequency`.
pub(super) fn rope(x: &[f32], positions: &[u32], spec: &RopeSpec, factors: &[f32]) -> Tensor {
    let angles = spec.angles(factors);
    let (head_dim, half) = (spec.head_dim as usize, spec.rotary_dim as usize / 2);
    let mut out = x.to_vec();
    for (row, position) in out.chunks_exact_mut(head_dim * spec.heads as usize).zip(positions) {
        let turns = angles.inverse_frequencies.iter().map(|f| {
            let (sin, cos) = (*position as f32 * f).sin_cos();
            (sin * angles.magnitude, cos * angles.magnitude)
        });
        for (i, (sin, cos)) in turns.enumerate() {
            let (a, b) = match spec.style {
                RopeStyle::Interleaved => (2 * i, 2 * i + 1),
                RopeStyle::Halves => (i, i + half),
            };
            for head in row.chunks_exact_mut(head_dim) {
                (head[a], head[b]) = (head[a] * cos - head[b] * sin, head[a] * sin + head[b] * cos);
            }
        }
    }
    out.into()
}
