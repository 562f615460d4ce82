//! Attention's two products in vectors of numbers, over cells as they are stored: numbers, binary16, or bytes with their scales.
//!
//! A dot product runs in four sums over the elements, element `e` in sum `e % 4`, so that a query alone does not wait
//! for one sum; several queries share what is loaded, as many as there are registers for. What a query gets does not depend on how
//! many they are, nor on how cells are stored that hold the same numbers.

use std::{ops::Range, ptr};

use super::Lanes;
use crate::kernels::{attention::q8::Bytes, hints, packed::LINE, quantize::BLOCK};

/// Sums of one dot product, and registers of elements whose weighted sums stay.
const SUMS: usize = 4;

/// Whether blocks of this shape are whole registers of so many lanes.
pub(in crate::kernels) const fn fits(lanes: usize, head_dim: usize, block_len: usize) -> bool {
    block_len.is_multiple_of(lanes) && head_dim.is_multiple_of(SUMS * lanes)
}

/// Keys, or values, of a block.
pub(in crate::kernels) trait Stored: Copy {
    /// An element of as many positions from `position` on as a register has lanes. The same cells of the block beyond are asked for.
    ///
    /// # Safety
    /// There are so many, and the processor has the instructions of `V`, here as below.
    unsafe fn keys<V: Lanes>(self, element: usize, position: usize) -> V;
    /// As many elements of a position as a register has lanes.
    ///
    /// # Safety
    /// As for [`keys`](Self::keys).
    unsafe fn values<V: Lanes>(self, position: usize, element: usize) -> V;
    /// The same, and no block beyond.
    fn alone(self) -> Self;
}

/// Cells in plain order.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Plain<T> {
    /// The first.
    at: *const T,
    /// Cells from an element to the next, of keys, or from a position to the next, of values.
    row: usize,
    /// Where the block beyond begins, or null.
    beyond: *const i8,
}

impl<T> Plain<T> {
    /// The cells of a block whose rows are `row` long.
    pub(in crate::kernels) fn new(
        cells: &[T],
        (head_dim, block_len): (usize, usize),
        row: usize,
        beyond: *const i8,
    ) -> Self {
        assert!(cells.len() == head_dim * block_len, "a whole block");
        Self { at: cells.as_ptr(), row, beyond }
    }
}

/// A cell that is a number.
pub(in crate::kernels) trait Cell: Copy {
    /// # Safety
    /// `at` points at as many cells as `V` has lanes, and the processor has its instructions.
    unsafe fn load<V: Lanes>(at: *const Self) -> V;
}

impl Cell for f32 {
    #[inline(always)]
    unsafe fn load<V: Lanes>(at: *const Self) -> V {
        // SAFETY: as the caller vouches.
        unsafe { V::load(at) }
    }
}

/// Binary16.
impl Cell for u16 {
    #[inline(always)]
    unsafe fn load<V: Lanes>(at: *const Self) -> V {
        // SAFETY: as the caller vouches.
        unsafe { V::load_f16(at) }
    }
}

impl<T: Cell> Stored for Plain<T> {
    #[inline(always)]
    unsafe fn keys<V: Lanes>(self, element: usize, position: usize) -> V {
        let cell = element * self.row + position;
        ask(self.beyond, cell * size_of::<T>());
        // SAFETY: as the caller vouches.
        unsafe { T::load(self.at.add(cell)) }
    }

    #[inline(always)]
    unsafe fn values<V: Lanes>(self, position: usize, element: usize) -> V {
        let cell = position * self.row + element;
        ask(self.beyond, cell * size_of::<T>());
        // SAFETY: as the caller vouches.
        unsafe { T::load(self.at.add(cell)) }
    }

    fn alone(self) -> Self {
        Self { beyond: ptr::null(), ..self }
    }
}

/// Bytes in fours, and their scales, as [`q8`](crate::kernels::attention::q8) says.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Fours {
    codes: *const i8,
    scales: *const u16,
    head_dim: usize,
    block_len: usize,
    /// Where the block beyond begins, or null.
    beyond: *const i8,
}

impl Fours {
    pub(in crate::kernels) fn new(
        Bytes { codes, scales }: Bytes<'_>,
        (head_dim, block_len): (usize, usize),
        beyond: *const i8,
    ) -> Self {
        assert!(codes.len() == head_dim * block_len && scales.len() == head_dim.div_ceil(BLOCK) * block_len);
        Self { codes: codes.as_ptr(), scales: scales.as_ptr(), head_dim, block_len, beyond }
    }

    /// Asks for the line of a code of the block beyond, and with the first of a group for that of its scales.
    #[inline(always)]
    fn ask(self, code: usize, scale: usize, first: bool) {
        ask(self.beyond, code);
        if first {
            ask(self.beyond, self.head_dim * self.block_len + scale * size_of::<u16>());
        }
    }
}

impl Stored for Fours {
    #[inline(always)]
    unsafe fn keys<V: Lanes>(self, element: usize, position: usize) -> V {
        let (four, which) = (element / 4, element % 4);
        let code = (four * self.block_len + position) * 4;
        let scale = element / BLOCK * self.block_len + position;
        if which == 0 {
            self.ask(code, scale, element.is_multiple_of(BLOCK));
        }
        // SAFETY: as the caller vouches.
        unsafe { V::load_byte(self.codes.add(code), which).mul(V::load_f16(self.scales.add(scale))) }
    }

    #[inline(always)]
    unsafe fn values<V: Lanes>(self, position: usize, element: usize) -> V {
        let (four, which) = (position / 4, position % 4);
        let code = (four * self.head_dim + element) * 4;
        let scale = element / BLOCK * self.block_len + position;
        if which == 0 {
            self.ask(code, scale, element.is_multiple_of(BLOCK));
        }
        // SAFETY: as the caller vouches.
        unsafe { V::load_byte(self.codes.add(code), which).mul(V::splat_f16(self.scales.add(scale))) }
    }

    fn alone(self) -> Self {
        Self { beyond: ptr::null(), ..self }
    }
}

/// Asks for the line that begins so many bytes behind `start`, if there is a start and a line begins there.
#[inline(always)]
fn ask(start: *const i8, bytes: usize) {
    let at = start.wrapping_add(bytes);
    if !start.is_null() && at.addr().is_multiple_of(LINE) {
        hints::near(at.cast());
    }
}

/// Dot products of the queries in `q`, of `head_dim` each, with the keys of a block, those of each query `stride` after the last.
///
/// # Safety
/// The block [`fits`] a register of `V`, whose instructions the processor has.
#[inline(always)]
pub(in crate::kernels) unsafe fn score<V: Lanes, S: Stored>(
    mut q: &[f32],
    mut keys: S,
    (head_dim, block_len): (usize, usize),
    mut scores: &mut [f32],
    stride: usize,
) {
    let shape = (head_dim, block_len);
    while !q.is_empty() {
        // SAFETY: as the caller vouches; there are as many queries as the constant says.
        let done = unsafe {
            match (q.len() / head_dim).min(V::QUERIES) {
                6.. => score_queries::<V, S, 6>(q, keys, shape, scores, stride),
                3.. => score_queries::<V, S, 3>(q, keys, shape, scores, stride),
                2 => score_queries::<V, S, 2>(q, keys, shape, scores, stride),
                _ => score_queries::<V, S, 1>(q, keys, shape, scores, stride),
            }
        };
        // All was asked for.
        keys = keys.alone();
        q = &q[done * head_dim..];
        scores = scores.get_mut(done * stride..).unwrap_or_default();
    }
}

#[inline(always)]
unsafe fn score_queries<V: Lanes, S: Stored, const N: usize>(
    q: &[f32],
    keys: S,
    (head_dim, block_len): (usize, usize),
    scores: &mut [f32],
    stride: usize,
) -> usize {
    assert!(q.len() >= N * head_dim && scores.len() >= (N - 1) * stride + block_len);
    for at in (0..block_len).step_by(V::LANES) {
        // SAFETY: elements and positions lie within the lengths just checked.
        unsafe {
            let mut acc = [[V::zero(); SUMS]; N];
            for first in (0..head_dim).step_by(SUMS) {
                for sum in 0..SUMS {
                    let key = keys.keys::<V>(first + sum, at);
                    for i in 0..N {
                        let x = V::splat(*q.get_unchecked(i * head_dim + first + sum));
                        acc[i][sum] = x.fma(key, acc[i][sum]);
                    }
                }
            }
            for i in 0..N {
                let [a, b, c, d] = acc[i];
                a.add(b).add(c.add(d)).store(scores.as_mut_ptr().add(i * stride + at));
            }
        }
    }
    N
}

/// Adds some positions of values to each part of `out`, of `head_dim` each, weighted by what stands every
/// `stride` in `weights`.
///
/// # Safety
/// The block [`fits`] a register of `V`, whose instructions the processor has, and has these positions.
#[inline(always)]
pub(in crate::kernels) unsafe fn weigh<V: Lanes, S: Stored>(
    (mut weights, stride): (&[f32], usize),
    mut values: S,
    positions: Range<usize>,
    head_dim: usize,
    mut out: &mut [f32],
) {
    while !out.is_empty() {
        // SAFETY: as the caller vouches; there are as many parts as the constant says.
        let done = unsafe {
            match (out.len() / head_dim).min(V::QUERIES) {
                6.. => weigh_queries::<V, S, 6>(weights, stride, values, &positions, head_dim, out),
                3.. => weigh_queries::<V, S, 3>(weights, stride, values, &positions, head_dim, out),
                2 => weigh_queries::<V, S, 2>(weights, stride, values, &positions, head_dim, out),
                _ => weigh_queries::<V, S, 1>(weights, stride, values, &positions, head_dim, out),
            }
        };
        values = values.alone();
        out = &mut out[done * head_dim..];
        weights = weights.get(done * stride..).unwrap_or_default();
    }
}

#[inline(always)]
unsafe fn weigh_queries<V: Lanes, S: Stored, const N: usize>(
    weights: &[f32],
    stride: usize,
    values: S,
    positions: &Range<usize>,
    head_dim: usize,
    out: &mut [f32],
) -> usize {
    assert!(weights.len() >= (N - 1) * stride + positions.len() && out.len() >= N * head_dim);
    for at in (0..head_dim).step_by(SUMS * V::LANES) {
        // SAFETY: positions, weights and elements lie within the lengths just checked.
        unsafe {
            let mut acc = [[V::zero(); SUMS]; N];
            for i in 0..N {
                for part in 0..SUMS {
                    acc[i][part] = V::load(out.as_ptr().add(i * head_dim + at + part * V::LANES));
                }
            }
            for (nth, position) in positions.clone().enumerate() {
                for part in 0..SUMS {
                    let value = values.values::<V>(position, at + part * V::LANES);
                    for i in 0..N {
                        let weight = V::splat(*weights.get_unchecked(i * stride + nth));
                        acc[i][part] = weight.fma(value, acc[i][part]);
                    }
                }
            }
            for i in 0..N {
                for part in 0..SUMS {
                    acc[i][part].store(out.as_mut_ptr().add(i * head_dim + at + part * V::LANES));
                }
            }
        }
    }
    N
}
