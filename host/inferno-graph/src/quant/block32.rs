//! GGML's simple blocks: 32 values with one scale, and a minimum where the name ends in `_1`.
//!
//! The low nibbles of the 16 quant bytes are values 0 to 15, the high nibbles values 16 to 31.

use super::half_at;

/// Scale, 16 bytes of nibbles offset by 8.
pub(super) fn q4_0(block: [u8; 18], y: &mut [f32; 32]) {
    let d = half_at(&block, 0);
    for j in 0..16 {
        let q = block[2 + j];
        y[j] = d * (f32::from(q & 15) - 8.0);
        y[j + 16] = d * (f32::from(q >> 4) - 8.0);
    }
}

/// Scale, minimum, 16 bytes of nibbles.
pub(super) fn q4_1(block: [u8; 20], y: &mut [f32; 32]) {
    let (d, m) = (half_at(&block, 0), half_at(&block, 2));
    for j in 0..16 {
        let q = block[4 + j];
        y[j] = d * f32::from(q & 15) + m;
        y[j + 16] = d * f32::from(q >> 4) + m;
    }
}

/// Scale, 32 fifth bits, 16 bytes of nibbles; offset by 16.
pub(super) fn q5_0(block: [u8; 22], y: &mut [f32; 32]) {
    let d = half_at(&block, 0);
    let high = [block[2], block[3], block[4], block[5]];
    for j in 0..16 {
        let (low, up) = five_bits(block[6 + j], high, j);
        y[j] = d * (low - 16.0);
        y[j + 16] = d * (up - 16.0);
    }
}

/// Scale, minimum, 32 fifth bits, 16 bytes of nibbles.
pub(super) fn q5_1(block: [u8; 24], y: &mut [f32; 32]) {
    let (d, m) = (half_at(&block, 0), half_at(&block, 2));
    let high = [block[4], block[5], block[6], block[7]];
    for j in 0..16 {
        let (low, up) = five_bits(block[8 + j], high, j);
        y[j] = d * low + m;
        y[j + 16] = d * up + m;
    }
}

/// Values `j` and `j + 16`: a nibble each, with bit `j` and bit `j + 16` of `high` above it.
fn five_bits(q: u8, high: [u8; 4], j: usize) -> (f32, f32) {
    let high = u32::from_le_bytes(high);
    let bit = |i: usize| ((high >> i) as u8 & 1) << 4;
    (f32::from(q & 15 | bit(j)), f32::from(q >> 4 | bit(j + 16)))
}

/// Scale, 32 signed bytes.
pub(super) fn q8_0(block: [u8; 34], y: &mut [f32; 32]) {
    let d = half_at(&block, 0);
    for (y, q) in y.iter_mut().zip(&block[2..]) {
        *y = d * f32::from(q.cast_signed());
    }
}
