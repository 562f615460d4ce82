//! GGML's super-blocks ("K-quants"): 256 values in sub-blocks whose scales are themselves quantized.

use super::half_at;

/// Scale and minimum of the super-block, 12 bytes of sub-block scales and minima, 128 bytes of nibbles.
pub(super) fn q4_k(block: [u8; 144], y: &mut [f32; 256]) {
    let (d, dmin) = (half_at(&block, 0), half_at(&block, 2));
    let (scales, quants) = (&block[4..16], &block[16..144]);
    // 32 bytes hold two sub-blocks: the low nibbles are the first, the high nibbles the second.
    for pair in 0..4 {
        let (d1, m1) = sub_block(d, dmin, scales, 2 * pair);
        let (d2, m2) = sub_block(d, dmin, scales, 2 * pair + 1);
        for l in 0..32 {
            let q = quants[32 * pair + l];
            y[64 * pair + l] = d1 * f32::from(q & 15) - m1;
            y[64 * pair + 32 + l] = d2 * f32::from(q >> 4) - m2;
        }
    }
}

/// As [`q4_k`], with 32 bytes of fifth bits before the nibbles: bit `s` of byte `l` belongs to value `l` of
/// sub-block `s`.
pub(super) fn q5_k(block: [u8; 176], y: &mut [f32; 256]) {
    let (d, dmin) = (half_at(&block, 0), half_at(&block, 2));
    let (scales, high, quants) = (&block[4..16], &block[16..48], &block[48..176]);
    for pair in 0..4 {
        let (d1, m1) = sub_block(d, dmin, scales, 2 * pair);
        let (d2, m2) = sub_block(d, dmin, scales, 2 * pair + 1);
        for l in 0..32 {
            let q = quants[32 * pair + l];
            let fifth = |s: usize| (high[l] >> s & 1) << 4;
            y[64 * pair + l] = d1 * f32::from(q & 15 | fifth(2 * pair)) - m1;
            y[64 * pair + 32 + l] = d2 * f32::from(q >> 4 | fifth(2 * pair + 1)) - m2;
        }
    }
}

/// Scale and minimum of sub-block `s` of 8. Of the 12 packed bytes, the first four hold scales 0 to 3 and the
/// next four minima 0 to 3 in their lower six bits; the last four hold the lower nibbles of scales and minima
/// 4 to 7, whose upper two bits are what the first eight bytes have left.
fn sub_block(d: f32, dmin: f32, packed: &[u8], s: usize) -> (f32, f32) {
    let (scale, min) = if s < 4 {
        (packed[s] & 63, packed[s + 4] & 63)
    } else {
        (packed[s + 4] & 15 | packed[s - 4] >> 6 << 4, packed[s + 4] >> 4 | packed[s] >> 6 << 4)
    };
    (d * f32::from(scale), dmin * f32::from(min))
}

/// 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, one scale; offset by 32.
pub(super) fn q6_k(block: [u8; 210], y: &mut [f32; 256]) {
    let d = half_at(&block, 208);
    for half in 0..2 {
        let low = &block[64 * half..64 * half + 64];
        let high = &block[128 + 32 * half..128 + 32 * half + 32];
        let scales = &block[192 + 8 * half..192 + 8 * half + 8];
        let y = &mut y[128 * half..128 * half + 128];
        for l in 0..32 {
            let nibbles = [low[l] & 15, low[l + 32] & 15, low[l] >> 4, low[l + 32] >> 4];
            for (quarter, nibble) in nibbles.into_iter().enumerate() {
                let q = nibble | (high[l] >> (2 * quarter) & 3) << 4;
                let scale = f32::from(scales[2 * quarter + l / 16].cast_signed());
                y[32 * quarter + l] = d * scale * (f32::from(q) - 32.0);
            }
        }
    }
}
