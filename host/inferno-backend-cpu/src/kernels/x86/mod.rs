//! Kernels in x86 vector instructions.
//!
//! `avx2` and `vnni` multiply quantized matrices, `floats` the others, `narrow` reads bfloat16 in twelve bits, `activations` quantizes, `halves` widens, `lanes` is a register of floats of either width,
//! `elementwise` has the exponential and SiLU, `prefill` multiplies rows of prompts where that is done differently, `attention`
//! scores keys and weighs values, `amx` does with tiles what there are tiles for. All is `unsafe` to call: the caller vouches for the instruction set, by an [`Isa`](crate::isa::Isa), and for
//! the lengths that each function states.
#![expect(
    clippy::needless_range_loop,
    reason = "a loop over the same lanes of several registers reads best by their number"
)]

pub(super) mod activations;
pub(crate) mod amx;
pub(super) mod attention;
pub(super) mod avx2;
pub(super) mod elementwise;
pub(super) mod floats;
pub(super) mod halves;
mod lanes;
pub(super) mod narrow;
pub(super) mod prefill;
pub(super) mod vnni;
