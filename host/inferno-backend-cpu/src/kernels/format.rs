//! The quantized formats, all seen in one way: sub-blocks of 32 unsigned codes with scales.
//!
//! A weight is `d · (code − OFFSET) + m`. The block layouts are GGML's. Owns their portable reading; `x86` reads
//! the same bytes with vector instructions and is tested against this.

use inferno_graph::DType;

use super::half::f16_to_f32;

/// One quantized format.
pub(crate) trait Format {
    /// Its name.
    const DTYPE: DType;
    /// Bytes of one stored block.
    const BYTES: usize = Self::DTYPE.block_bytes();
    /// Sub-blocks of 32 weights in it.
    const SUBS: usize = 1;
    /// What is subtracted from every code.
    const OFFSET: i32 = 0;
    /// Whether there is an `m`.
    const HAS_MIN: bool = false;
    /// Whether the two halves of a sub-block have scales of their own.
    const HALVES: bool = false;
    /// Whether codes use all eight bits.
    const WIDE: bool = false;

    /// The codes of sub-block `sub`.
    fn codes(block: &[u8], sub: usize) -> [u8; 32];

    /// Its scales.
    fn scales(block: &[u8], sub: usize) -> Scales;
}

/// The scales of 32 weights.
pub(crate) struct Scales {
    /// Of each half; equal unless `HALVES`.
    pub(crate) d: [f32; 2],
    /// Zero unless `HAS_MIN`.
    pub(crate) m: f32,
}

pub(crate) struct Q4_0;
pub(crate) struct Q4_1;
pub(crate) struct Q5_0;
pub(crate) struct Q5_1;
pub(crate) struct Q8_0;
pub(crate) struct Q4K;
pub(crate) struct Q5K;
pub(crate) struct Q6K;

#[inline(always)]
fn f16_at(block: &[u8], at: usize) -> f32 {
    f16_to_f32(u16::from_le_bytes([block[at], block[at + 1]]))
}

#[inline(always)]
fn same(d: f32, m: f32) -> Scales {
    Scales { d: [d, d], m }
}

/// 16 bytes of low nibbles, then of high ones.
#[inline(always)]
fn nibbles(qs: &[u8]) -> [u8; 32] {
    std::array::from_fn(|i| if i < 16 { qs[i] & 15 } else { qs[i - 16] >> 4 })
}

/// Adds bit `i` of `high` to code `i` as its fifth.
#[inline(always)]
fn fifth_bits(codes: [u8; 32], high: &[u8]) -> [u8; 32] {
    let high = u32::from_le_bytes([high[0], high[1], high[2], high[3]]);
    std::array::from_fn(|i| codes[i] | ((high >> i & 1) as u8) << 4)
}

impl Format for Q4_0 {
    const DTYPE: DType = DType::Q4_0;
    const OFFSET: i32 = 8;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        nibbles(&block[2..18])
    }
    #[inline(always)]
    fn scales(block: &[u8], _: usize) -> Scales {
        same(f16_at(block, 0), 0.0)
    }
}

impl Format for Q4_1 {
    const DTYPE: DType = DType::Q4_1;
    const HAS_MIN: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        nibbles(&block[4..20])
    }
    #[inline(always)]
    fn scales(block: &[u8], _: usize) -> Scales {
        same(f16_at(block, 0), f16_at(block, 2))
    }
}

impl Format for Q5_0 {
    const DTYPE: DType = DType::Q5_0;
    const OFFSET: i32 = 16;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        fifth_bits(nibbles(&block[6..22]), &block[2..6])
    }
    #[inline(always)]
    fn scales(block: &[u8], _: usize) -> Scales {
        same(f16_at(block, 0), 0.0)
    }
}

impl Format for Q5_1 {
    const DTYPE: DType = DType::Q5_1;
    const HAS_MIN: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        fifth_bits(nibbles(&block[8..24]), &block[4..8])
    }
    #[inline(always)]
    fn scales(block: &[u8], _: usize) -> Scales {
        same(f16_at(block, 0), f16_at(block, 2))
    }
}

impl Format for Q8_0 {
    const DTYPE: DType = DType::Q8_0;
    const OFFSET: i32 = 128;
    const WIDE: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        std::array::from_fn(|i| block[2 + i] ^ 0x80)
    }
    #[inline(always)]
    fn scales(block: &[u8], _: usize) -> Scales {
        same(f16_at(block, 0), 0.0)
    }
}

/// The 6-bit scale and minimum of sub-block `sub`, packed with seven others into 12 bytes.
#[inline(always)]
fn packed_scale(scales: &[u8], sub: usize) -> (u8, u8) {
    if sub < 4 {
        (scales[sub] & 63, scales[sub + 4] & 63)
    } else {
        (scales[sub + 4] & 15 | scales[sub - 4] >> 6 << 4, scales[sub + 4] >> 4 | scales[sub] >> 6 << 4)
    }
}

#[inline(always)]
fn k_scales(block: &[u8], sub: usize) -> Scales {
    let (scale, min) = packed_scale(&block[4..16], sub);
    same(f16_at(block, 0) * f32::from(scale), -(f16_at(block, 2) * f32::from(min)))
}

/// Sub-blocks come in pairs that share 32 bytes: low nibbles, high nibbles.
#[inline(always)]
fn paired_nibbles(qs: &[u8], sub: usize) -> [u8; 32] {
    let shift = sub % 2 * 4;
    std::array::from_fn(|i| qs[sub / 2 * 32 + i] >> shift & 15)
}

impl Format for Q4K {
    const DTYPE: DType = DType::Q4K;
    const SUBS: usize = 8;
    const HAS_MIN: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], sub: usize) -> [u8; 32] {
        paired_nibbles(&block[16..144], sub)
    }
    #[inline(always)]
    fn scales(block: &[u8], sub: usize) -> Scales {
        k_scales(block, sub)
    }
}

impl Format for Q5K {
    const DTYPE: DType = DType::Q5K;
    const SUBS: usize = 8;
    const HAS_MIN: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], sub: usize) -> [u8; 32] {
        let low = paired_nibbles(&block[48..176], sub);
        std::array::from_fn(|i| low[i] | (block[16 + i] >> sub & 1) << 4)
    }
    #[inline(always)]
    fn scales(block: &[u8], sub: usize) -> Scales {
        k_scales(block, sub)
    }
}

impl Format for Q6K {
    const DTYPE: DType = DType::Q6K;
    const SUBS: usize = 8;
    const OFFSET: i32 = 32;
    const HALVES: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], sub: usize) -> [u8; 32] {
        let (half, quarter) = (sub / 4, sub % 4);
        let low = &block[half * 64 + quarter % 2 * 32..][..32];
        let high = &block[128 + half * 32..][..32];
        std::array::from_fn(|i| low[i] >> (quarter / 2 * 4) & 15 | (high[i] >> (quarter * 2) & 3) << 4)
    }
    #[inline(always)]
    fn scales(block: &[u8], sub: usize) -> Scales {
        let d = f16_at(block, 208);
        let scale = |half: usize| f32::from(block[192 + sub * 2 + half] as i8);
        Scales { d: [d * scale(0), d * scale(1)], m: 0.0 }
    }
}

/// Runs `$body` with the type `$format` bound to the format of a quantized dtype; `$float` for the others.
macro_rules! with_format {
    ($dtype:expr, |$format:ident| $body:expr, else $float:expr) => {
        match $dtype {
            inferno_graph::DType::Q4_0 => {
                type $format = $crate::kernels::format::Q4_0;
                $body
            }
            inferno_graph::DType::Q4_1 => {
                type $format = $crate::kernels::format::Q4_1;
                $body
            }
            inferno_graph::DType::Q5_0 => {
                type $format = $crate::kernels::format::Q5_0;
                $body
            }
            inferno_graph::DType::Q5_1 => {
                type $format = $crate::kernels::format::Q5_1;
                $body
            }
            inferno_graph::DType::Q8_0 => {
                type $format = $crate::kernels::format::Q8_0;
                $body
            }
            inferno_graph::DType::Q4K => {
                type $format = $crate::kernels::format::Q4K;
                $body
            }
            inferno_graph::DType::Q5K => {
                type $format = $crate::kernels::format::Q5K;
                $body
            }
            inferno_graph::DType::Q6K => {
                type $format = $crate::kernels::format::Q6K;
                $body
            }
            inferno_graph::DType::F32 | inferno_graph::DType::F16 | inferno_graph::DType::Bf16 => $float,
        }
    };
}
pub(crate) use with_format;
