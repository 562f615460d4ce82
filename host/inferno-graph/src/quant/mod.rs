//! What the bits of a stored weight mean: one row of any [`DType`] as `f32`.
//!
//! Owns the meaning of GGML's block layouts, written to be read and compared with, and used by the interpreter.
//! Refuses to be fast by other means than plain loops: kernels that multiply with encoded blocks belong to the
//! backends, and each is tested against this. Easily confused with `dtype`, which owns the sizes.

mod block256;
mod block32;
#[cfg(any(test, feature = "test-support"))]
mod encode;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "test-support"))]
pub use encode::quantize_row;
use half::{bf16, f16};

use crate::DType;

/// Decodes one row: `bytes` holds exactly `out.len()` values of `dtype`.
///
/// # Panics
/// When `bytes` is not as long as [`DType::row_bytes`] says for `out.len()` values. Rows of a checked
/// [`WeightRef`](crate::WeightRef) always are.
pub fn dequantize_row(dtype: DType, bytes: &[u8], out: &mut [f32]) {
    assert_eq!(
        dtype.row_bytes(out.len()),
        Some(bytes.len()),
        "{} values of {dtype} do not take {} bytes",
        out.len(),
        bytes.len()
    );
    match dtype {
        DType::F32 => each(bytes, out, |b: [u8; 4], y: &mut [f32; 1]| y[0] = f32::from_le_bytes(b)),
        DType::F16 => each(bytes, out, |b: [u8; 2], y: &mut [f32; 1]| y[0] = f16::from_le_bytes(b).to_f32()),
        DType::Bf16 => {
            each(bytes, out, |b: [u8; 2], y: &mut [f32; 1]| y[0] = bf16::from_le_bytes(b).to_f32());
        }
        DType::Q4_0 => each(bytes, out, block32::q4_0),
        DType::Q4_1 => each(bytes, out, block32::q4_1),
        DType::Q5_0 => each(bytes, out, block32::q5_0),
        DType::Q5_1 => each(bytes, out, block32::q5_1),
        DType::Q8_0 => each(bytes, out, block32::q8_0),
        DType::Q4K => each(bytes, out, block256::q4_k),
        DType::Q5K => each(bytes, out, block256::q5_k),
        DType::Q6K => each(bytes, out, block256::q6_k),
    }
}

/// Applies `decode` to each block of `B` bytes and the `N` values it stands for.
fn each<const B: usize, const N: usize>(
    bytes: &[u8],
    out: &mut [f32],
    decode: impl Fn([u8; B], &mut [f32; N]),
) {
    let (blocks, _) = bytes.as_chunks::<B>();
    let (values, _) = out.as_chunks_mut::<N>();
    for (block, y) in blocks.iter().zip(values) {
        decode(*block, y);
    }
}

/// The half-precision number at byte `at` of a block.
fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}
