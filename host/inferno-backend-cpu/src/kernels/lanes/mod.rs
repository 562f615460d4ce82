//! Registers of floats, so that a kernel which differs in nothing but their width is written once.
//!
//! Owns what such a kernel asks of a register, [`Lanes`], and these kernels: `floats` multiplies matrices of floats, `attention` scores
//! keys and weighs values. Refuses anything that only one processor has: what a register is, and what its instructions are, is said in
//! `x86::lanes` and `arm::lanes`. All is `unsafe` to call and inlined into a caller that the instructions are enabled for; the caller
//! vouches for them.
#![expect(
    clippy::needless_range_loop,
    reason = "a loop over the same lanes of several registers reads best by their number"
)]

pub(in crate::kernels) mod attention;
pub(in crate::kernels) mod floats;

use super::narrow::FOUR;

/// How far ahead of what is read panels are asked for, in bytes. The processor sees by itself that they are read in order, but
/// not beyond the end of a page.
pub(in crate::kernels) const AHEAD: usize = 4096;

/// A register of `f32`.
pub(in crate::kernels) trait Lanes: Copy {
    /// How many.
    const LANES: usize;
    /// Queries of attention that are computed together: with four sums each there are registers for them.
    const QUERIES: usize;
    /// The upper bytes that codes of [`narrow`](crate::kernels::narrow) stand for.
    type Upper: Copy;

    /// Nothing in each lane.
    unsafe fn zero() -> Self;
    /// The same in each.
    unsafe fn splat(x: f32) -> Self;
    /// Of memory, in any place.
    unsafe fn load(at: *const f32) -> Self;
    /// Of binary16.
    unsafe fn load_f16(at: *const u16) -> Self;
    /// The same binary16 in each.
    unsafe fn splat_f16(at: *const u16) -> Self;
    /// Of bfloat16.
    unsafe fn load_bf16(at: *const u16) -> Self;
    /// Byte `which` of as many fours of signed bytes.
    unsafe fn load_byte(at: *const i8, which: usize) -> Self;
    /// To memory, in any place.
    unsafe fn store(self, at: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// `self · factor + addend`, rounded once.
    unsafe fn fma(self, factor: Self, addend: Self) -> Self;
    /// The upper bytes of a panel's codes.
    unsafe fn upper(panel: *const u8) -> Self::Upper;
    /// Four columns of the rows from `row` on, in half `half` of a block.
    unsafe fn narrow(upper: Self::Upper, block: *const u8, half: usize, row: usize) -> [Self; FOUR];
}
