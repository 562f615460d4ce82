//! A plain quantizer, so that tests can build weights of every type. Round to nearest, no search for the best
//! scale: never use it to make a model.

use half::{bf16, f16};

use crate::DType;

/// Encodes one row of any type.
///
/// # Panics
/// When `values` is no whole number of blocks of `dtype`.
pub fn quantize_row(dtype: DType, values: &[f32]) -> Vec<u8> {
    let size = dtype.row_bytes(values.len()).expect("a row is a whole number of blocks");
    let mut out = Vec::with_capacity(size);
    for block in values.chunks_exact(dtype.block_len()) {
        match dtype {
            DType::F32 => out.extend(block[0].to_le_bytes()),
            DType::F16 => out.extend(f16::from_f32(block[0]).to_le_bytes()),
            DType::Bf16 => out.extend(bf16::from_f32(block[0]).to_le_bytes()),
            DType::Q4_0 => nibbles(&mut out, symmetric(block, 4), false),
            DType::Q4_1 => nibbles(&mut out, affine(block, 4), false),
            DType::Q5_0 => nibbles(&mut out, symmetric(block, 5), true),
            DType::Q5_1 => nibbles(&mut out, affine(block, 5), true),
            DType::Q8_0 => {
                let (d, head) = half(peak(block) / 127.0);
                out.extend(head);
                out.extend(block.iter().map(|v| ratio(*v, d).round().clamp(-127.0, 127.0) as i8 as u8));
            }
            DType::Q4K => affine_256(&mut out, block, 4),
            DType::Q5K => affine_256(&mut out, block, 5),
            DType::Q6K => symmetric_256(&mut out, block),
        }
    }
    out
}

/// The head of a block of 32 and its unsigned quants.
struct Quants {
    head: Vec<u8>,
    quants: Vec<u8>,
}

/// `d · (q − 2^(bits−1))`.
fn symmetric(block: &[f32], bits: u32) -> Quants {
    let middle = (1 << (bits - 1)) as f32;
    let (d, head) = half(peak(block) / (middle - 1.0));
    let quants = block.iter().map(|v| (ratio(*v, d).round() + middle).clamp(0.0, 2.0 * middle - 1.0) as u8);
    Quants { quants: quants.collect(), head: head.to_vec() }
}

/// `d · q + m`.
fn affine(block: &[f32], bits: u32) -> Quants {
    let (low, top) = (block.iter().copied().fold(f32::INFINITY, f32::min), ((1 << bits) - 1) as f32);
    let high = block.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (m, m_bytes) = half(low);
    let (d, d_bytes) = half((high - low) / top);
    let quants = block.iter().map(|v| ratio(v - m, d).round().clamp(0.0, top) as u8);
    Quants { quants: quants.collect(), head: [d_bytes, m_bytes].concat() }
}

/// Head, fifth bits where there are any, and nibbles in GGML's order.
fn nibbles(out: &mut Vec<u8>, Quants { head, quants }: Quants, fifth: bool) {
    out.extend(head);
    if fifth {
        let high = quants.iter().enumerate().fold(0_u32, |bits, (i, q)| bits | u32::from(q >> 4) << i);
        out.extend(high.to_le_bytes());
    }
    out.extend((0..16).map(|j| quants[j] & 15 | (quants[j + 16] & 15) << 4));
}

/// Q4_K and Q5_K: each sub-block `d · scale · q − dmin · min`.
fn affine_256(out: &mut Vec<u8>, block: &[f32], bits: u32) {
    let top = ((1 << bits) - 1) as f32;
    // A minimum is subtracted and unsigned, so a sub-block of positive values starts at zero.
    let ranges: Vec<_> = block
        .chunks_exact(32)
        .map(|b| {
            let low = b.iter().copied().fold(0.0, f32::min);
            let high = b.iter().copied().fold(0.0, f32::max);
            ((high - low) / top, -low)
        })
        .collect();
    let (d, d_bytes) = half(ranges.iter().map(|r| r.0).fold(0.0, f32::max) / 63.0);
    let (dmin, dmin_bytes) = half(ranges.iter().map(|r| r.1).fold(0.0, f32::max) / 63.0);
    let six = |v: f32, unit: f32| ratio(v, unit).round().clamp(0.0, 63.0) as u8;
    let scales: Vec<u8> = ranges.iter().map(|r| six(r.0, d)).collect();
    let mins: Vec<u8> = ranges.iter().map(|r| six(r.1, dmin)).collect();
    let quants: Vec<u8> = block
        .iter()
        .enumerate()
        .map(|(i, v)| {
            let (scale, min) = (d * f32::from(scales[i / 32]), dmin * f32::from(mins[i / 32]));
            ratio(v + min, scale).round().clamp(0.0, top) as u8
        })
        .collect();

    out.extend(d_bytes);
    out.extend(dmin_bytes);
    out.extend((0..4).map(|s| scales[s] | scales[s + 4] >> 4 << 6));
    out.extend((0..4).map(|s| mins[s] | mins[s + 4] >> 4 << 6));
    out.extend((4..8).map(|s| scales[s] & 15 | (mins[s] & 15) << 4));
    if bits == 5 {
        out.extend((0..32).map(|l| (0..8).fold(0, |byte, s| byte | quants[32 * s + l] >> 4 << s)));
    }
    for pair in quants.chunks_exact(64) {
        out.extend((0..32).map(|l| pair[l] & 15 | (pair[l + 32] & 15) << 4));
    }
}

/// Q6_K: each sub-block of 16 `d · scale · (q − 32)`.
fn symmetric_256(out: &mut Vec<u8>, block: &[f32]) {
    let wanted: Vec<f32> = block.chunks_exact(16).map(|b| peak(b) / 31.0).collect();
    let (d, d_bytes) = half(wanted.iter().copied().fold(0.0, f32::max) / 127.0);
    let scales: Vec<i8> = wanted.iter().map(|w| ratio(*w, d).round().clamp(0.0, 127.0) as i8).collect();
    let quants: Vec<u8> = block
        .iter()
        .enumerate()
        .map(|(i, v)| (ratio(*v, d * f32::from(scales[i / 16])).round() + 32.0).clamp(0.0, 63.0) as u8)
        .collect();

    for half in quants.chunks_exact(128) {
        out.extend((0..64).map(|l| half[l] & 15 | (half[l + 64] & 15) << 4));
    }
    for half in quants.chunks_exact(128) {
        out.extend(
            (0..32)
                .map(|l| (0..4).fold(0, |byte, quarter| byte | half[32 * quarter + l] >> 4 << (2 * quarter))),
        );
    }
    out.extend(scales.iter().map(|s| s.cast_unsigned()));
    out.extend(d_bytes);
}

fn peak(block: &[f32]) -> f32 {
    block.iter().fold(0.0, |peak, v| v.abs().max(peak))
}

/// A number as its decoder will read it, and its two bytes.
fn half(value: f32) -> (f32, [u8; 2]) {
    let half = f16::from_f32(value);
    (half.to_f32(), half.to_le_bytes())
}

fn ratio(value: f32, unit: f32) -> f32 {
    if unit == 0.0 { 0.0 } else { value / unit }
}
