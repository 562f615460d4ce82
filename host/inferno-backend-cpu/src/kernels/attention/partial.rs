//! Answers to a part of what is seen, and how they become one.
//!
//! Positions are cut into spans at fixed places, and each span has a softmax of its own; the answers are then weighed
//! against each other in the order of the spans (Milakov and Gimelshein 2018). So a long text can be shared out, and
//! whether it was changes nothing, to the bit.

use std::ops::Range;

use super::QUERIES;
use crate::{
    isa::Isa,
    kernels::{elementwise::exp, vectorized},
};

/// Positions of a span, as near as whole blocks come to it.
const SPAN: usize = 512;

/// Positions of a span for blocks of this length.
pub(crate) const fn span_len(block_len: usize) -> usize {
    if block_len < SPAN { SPAN / block_len * block_len } else { block_len }
}

/// The spans that positions lie in.
pub(crate) fn spans((start, end): (usize, usize), block_len: usize) -> Range<usize> {
    let len = span_len(block_len);
    start / len..end.div_ceil(len)
}

/// Answers to some queries, not yet divided by the sums of their weights.
#[derive(Debug, Default)]
pub(crate) struct Partial {
    /// Side by side.
    pub(in crate::kernels) out: Vec<f32>,
    /// The largest scaled score of each query.
    pub(in crate::kernels) largest: [f32; QUERIES],
    /// The sum of the weights of each query; nothing when it saw nothing.
    pub(in crate::kernels) sums: [f32; QUERIES],
}

impl Partial {
    /// Nothing seen yet, for answers of `len` cells in all, which are what they were.
    pub(crate) fn reset(&mut self, len: usize) {
        self.out.resize(len, 0.0);
        self.sums = [0.0; QUERIES];
    }

    /// Adds what the next span gave.
    pub(crate) fn add(&mut self, next: &Self, head_dim: usize) {
        let answers = self.out.chunks_exact_mut(head_dim).zip(next.out.chunks_exact(head_dim));
        for (i, (out, more)) in answers.enumerate() {
            if next.sums[i] == 0.0 {
                continue;
            }
            if self.sums[i] == 0.0 {
                out.copy_from_slice(more);
                (self.largest[i], self.sums[i]) = (next.largest[i], next.sums[i]);
                continue;
            }
            let largest = self.largest[i].max(next.largest[i]);
            let (old, new) = (exp(self.largest[i] - largest), exp(next.largest[i] - largest));
            out.iter_mut().zip(more).for_each(|(y, x)| *y = *y * old + x * new);
            self.sums[i] = self.sums[i] * old + next.sums[i] * new;
            self.largest[i] = largest;
        }
    }

    /// The answers.
    pub(crate) fn finish(&self, isa: Isa, head_dim: usize, out: &mut [f32]) {
        let answers = out.chunks_exact_mut(head_dim).zip(self.out.chunks_exact(head_dim));
        for ((out, answer), sum) in answers.zip(self.sums) {
            let (x, factor) = (answer, 1.0 / sum);
            vectorized!(isa, fn f(x: &[f32], factor: f32, out: &mut [f32]), scale_body);
        }
    }
}

#[inline(always)]
fn scale_body(x: &[f32], factor: f32, out: &mut [f32]) {
    out.iter_mut().zip(x).for_each(|(y, x)| *y = x * factor);
}
