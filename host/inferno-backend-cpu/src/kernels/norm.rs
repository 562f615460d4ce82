//! Root-mean-square norm of one row.

use super::{float::sum, vectorized};
use crate::isa::Isa;

/// Norms consecutive groups of `x`, each as long as `weight`, into `out`.
pub(crate) fn rms_norm(isa: Isa, x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    vectorized!(isa, fn norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]), groups);
}

/// `sum = a + b`, and its norm over the whole row into `out`.
pub(crate) fn add_rms_norm(
    isa: Isa,
    [a, b]: [&[f32]; 2],
    weight: &[f32],
    eps: f32,
    sum: &mut [f32],
    out: &mut [f32],
) {
    vectorized!(
        isa,
        fn norm(a: &[f32], b: &[f32], weight: &[f32], eps: f32, sum: &mut [f32], out: &mut [f32]),
        add_group
    );
}

#[inline(always)]
fn groups(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    for (x, out) in x.chunks_exact(weight.len()).zip(out.chunks_exact_mut(weight.len())) {
        let factor = factor(squares(x), x.len(), eps);
        for ((y, x), w) in out.iter_mut().zip(x).zip(weight) {
            *y = x * factor * w;
        }
    }
}

#[inline(always)]
fn add_group(a: &[f32], b: &[f32], weight: &[f32], eps: f32, sum: &mut [f32], out: &mut [f32]) {
    for ((s, a), b) in sum.iter_mut().zip(a).zip(b) {
        *s = a + b;
    }
    groups(sum, weight, eps, out);
}

#[inline(always)]
fn factor(squares: f32, len: usize, eps: f32) -> f32 {
    1.0 / (squares / len as f32 + eps).sqrt()
}

/// The sum of squares, in 32 lanes that hide the latency of addition.
#[inline(always)]
fn squares(x: &[f32]) -> f32 {
    let mut acc = [0_f32; 32];
    let (chunks, rest) = x.as_chunks::<32>();
    for x in chunks {
        for (acc, x) in acc.iter_mut().zip(x) {
            *acc += x * x;
        }
    }
    for (acc, x) in acc.iter_mut().zip(rest) {
        *acc += x * x;
    }
    sum(std::array::from_fn(|i| (acc[i] + acc[i + 8]) + (acc[i + 16] + acc[i + 24])))
}
