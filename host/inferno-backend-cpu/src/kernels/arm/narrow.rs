//! Bfloat16 in twelve bits, four columns of eight rows at a time: upper bytes are looked up by their codes and put beside the lower
//! ones.

use std::arch::aarch64::*;

use super::lanes::Eight;
use crate::kernels::{narrow::FOUR, packed::LINE};

/// The columns in half `half` of a block, of eight rows from `row` on.
///
/// # Safety
/// A block begins there, and `row` is 0 or 8.
#[inline(always)]
pub(super) unsafe fn columns(upper: uint8x16_t, block: *const u8, half: usize, row: usize) -> [Eight; FOUR] {
    // SAFETY: as the caller vouches; what belongs to eight rows is half a line.
    unsafe {
        let mut columns = [[vdupq_n_f32(0.0); 2]; FOUR];
        for part in 0..2 {
            let at = row * FOUR + part * 16;
            let codes = vld1q_u8(block.add(at));
            let codes = if half == 0 { vandq_u8(codes, vdupq_n_u8(15)) } else { vshrq_n_u8::<4>(codes) };
            let upper = vqtbl1q_u8(upper, codes);
            let lower = vld1q_u8(block.add((1 + half) * LINE + at));
            let pairs = [vzip1q_u8(lower, upper), vzip2q_u8(lower, upper)];
            for i in 0..2 {
                let pair = vreinterpretq_u32_u8(pairs[i]);
                columns[2 * i][part] = vreinterpretq_f32_u32(vshlq_n_u32::<16>(pair));
                let odd = vandq_u32(pair, vdupq_n_u32(0xffff_0000));
                columns[2 * i + 1][part] = vreinterpretq_f32_u32(odd);
            }
        }
        columns.map(Eight)
    }
}
