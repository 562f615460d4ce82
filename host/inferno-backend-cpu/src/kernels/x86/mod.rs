//! The quantized kernels in x86 vector instructions.
//!
//! `load` reads the formats, `wide` holds what AVX2 and AVX-512 do alike, `avx2` and `vnni` are the two forms.
//! Everything here is `unsafe` to call: the caller vouches for the instruction set, by an
//! [`Isa`](crate::isa::Isa), and for the lengths that each function states.

pub(super) mod avx2;
mod load;
pub(super) mod vnni;
mod wide;
