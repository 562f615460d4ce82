//! Kernels in vector instructions of 64-bit ARM, which every such processor has; products of bytes too where there is one for four of
//! them.
//!
//! `bytes` multiplies quantized matrices, `lanes` is a register of eight floats, by which `kernels::lanes` multiplies others, and
//! `attention` scores keys and weighs values; `halves` widens, `narrow` reads bfloat16 in twelve bits. Loops that the compiler makes
//! vectors of by itself are in no need of anything here. Refuses prompts of their own (`kernels::prefill`): they are computed as
//! answers are. Where the instructions are not of every processor, or pointers are read, a function is `unsafe` to call: the caller
//! vouches for the instruction set, by an [`Isa`](crate::isa::Isa), and for the lengths that it states.
#![expect(
    clippy::needless_range_loop,
    reason = "a loop over the same lanes of several registers reads best by their number"
)]

pub(super) mod attention;
pub(super) mod bytes;
pub(super) mod halves;
pub(super) mod lanes;
mod narrow;
