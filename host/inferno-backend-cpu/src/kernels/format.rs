//! The quantized formats, all seen in one way: sub-blocks of 32 unsigned codes with scales.
//!
//! A weight is `d · (code − OFFSET) + m`. The block layouts are GGML's. Owns how stored blocks are read, which
//! happens once, when a matrix is packed; how packed ones are read is the business of `packed` and the kernels.

use inferno_graph::DType;

/// One quantized format.
pub(crate) trait Format {
    /// Its name.
    const DTYPE: DType;
    /// Bits of a code.
    const BITS: usize;
    /// Bytes of one stored block.
    const BYTES: usize = Self::DTYPE.block_bytes();
    /// Sub-blocks of 32 weights in it. When there are several, each has scales of its own, which multiply those of
    /// the block.
    const SUBS: usize = 1;
    /// What is subtracted from every code.
    const OFFSET: i32 = 0;
    /// Whether there is an `m`.
    const HAS_MIN: bool = false;
    /// Whether the two halves of a sub-block have scales of their own.
    const HALVES: bool = false;
    /// Where the block's scale stands, as binary16. The minimum, if there is one, stands behind it.
    const SCALE_AT: usize = 0;

    /// The codes of sub-block `sub`.
    fn codes(block: &[u8], sub: usize) -> [u8; 32];

    /// What multiplies the block's scale and minimum, or with `HALVES` the scale in each half, in sub-block `sub`.
    /// Only asked when there are several.
    fn factors(_: &[u8], _: usize) -> [u8; 2] {
        [1, 1]
    }
}

pub(crate) struct Q4_0;
pub(crate) struct Q4_1;
pub(crate) struct Q5_0;
pub(crate) struct Q5_1;
pub(crate) struct Q8_0;
pub(crate) struct Q4K;
pub(crate) struct Q5K;
pub(crate) struct Q6K;

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
    const BITS: usize = 4;
    const OFFSET: i32 = 8;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        nibbles(&block[2..18])
    }
}

impl Format for Q4_1 {
    const DTYPE: DType = DType::Q4_1;
    const BITS: usize = 4;
    const HAS_MIN: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        nibbles(&block[4..20])
    }
}

impl Format for Q5_0 {
    const DTYPE: DType = DType::Q5_0;
    const BITS: usize = 5;
    const OFFSET: i32 = 16;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        fifth_bits(nibbles(&block[6..22]), &block[2..6])
    }
}

impl Format for Q5_1 {
    const DTYPE: DType = DType::Q5_1;
    const BITS: usize = 5;
    const HAS_MIN: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        fifth_bits(nibbles(&block[8..24]), &block[4..8])
    }
}

impl Format for Q8_0 {
    const DTYPE: DType = DType::Q8_0;
    const BITS: usize = 8;
    const OFFSET: i32 = 128;
    #[inline(always)]
    fn codes(block: &[u8], _: usize) -> [u8; 32] {
        std::array::from_fn(|i| block[2 + i] ^ 0x80)
    }
}

/// The 6-bit scale and minimum of sub-block `sub`, packed with seven others into 12 bytes.
#[inline(always)]
fn packed_factors(scales: &[u8], sub: usize) -> [u8; 2] {
    if sub < 4 {
        [scales[sub] & 63, scales[sub + 4] & 63]
    } else {
        [scales[sub + 4] & 15 | scales[sub - 4] >> 6 << 4, scales[sub + 4] >> 4 | scales[sub] >> 6 << 4]
    }
}

/// Sub-blocks come in pairs that share 32 bytes: low nibbles, high nibbles.
#[inline(always)]
fn paired_nibbles(qs: &[u8], sub: usize) -> [u8; 32] {
    let shift = sub % 2 * 4;
    std::array::from_fn(|i| qs[sub / 2 * 32 + i] >> shift & 15)
}

impl Format for Q4K {
    const DTYPE: DType = DType::Q4K;
    const BITS: usize = 4;
    const SUBS: usize = 8;
    const HAS_MIN: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], sub: usize) -> [u8; 32] {
        paired_nibbles(&block[16..144], sub)
    }
    #[inline(always)]
    fn factors(block: &[u8], sub: usize) -> [u8; 2] {
        packed_factors(&block[4..16], sub)
    }
}

impl Format for Q5K {
    const DTYPE: DType = DType::Q5K;
    const BITS: usize = 5;
    const SUBS: usize = 8;
    const HAS_MIN: bool = true;
    #[inline(always)]
    fn codes(block: &[u8], sub: usize) -> [u8; 32] {
        let low = paired_nibbles(&block[48..176], sub);
        std::array::from_fn(|i| low[i] | (block[16 + i] >> sub & 1) << 4)
    }
    #[inline(always)]
    fn factors(block: &[u8], sub: usize) -> [u8; 2] {
        packed_factors(&block[4..16], sub)
    }
}

impl Format for Q6K {
    const DTYPE: DType = DType::Q6K;
    const BITS: usize = 6;
    const SUBS: usize = 8;
    const OFFSET: i32 = 32;
    const HALVES: bool = true;
    const SCALE_AT: usize = 208;
    #[inline(always)]
    fn codes(block: &[u8], sub: usize) -> [u8; 32] {
        let (half, quarter) = (sub / 4, sub % 4);
        let low = &block[half * 64 + quarter % 2 * 32..][..32];
        let high = &block[128 + half * 32..][..32];
        std::array::from_fn(|i| low[i] >> (quarter / 2 * 4) & 15 | (high[i] >> (quarter * 2) & 3) << 4)
    }
    #[inline(always)]
    fn factors(block: &[u8], sub: usize) -> [u8; 2] {
        [block[192 + sub * 2], block[193 + sub * 2]]
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
