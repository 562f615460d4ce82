//! Reading the blocks of every format into registers.

use std::arch::x86_64::*;

use crate::kernels::format::{Format, Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0};

/// The scales of one sub-block of eight rows.
pub(in crate::kernels) struct Scales8 {
    /// Of each half; only the first is meaningful unless `HALVES`.
    pub(in crate::kernels) d: [__m256; 2],
    /// Meaningful when `HAS_MIN`.
    pub(in crate::kernels) m: __m256,
}

/// A format that registers can be loaded from.
pub(in crate::kernels) trait Load: Format {
    /// The 32 codes of sub-block `sub` of the block at `block`.
    ///
    /// # Safety
    /// `block` points at `BYTES` readable bytes, `sub < SUBS`, and the processor has AVX2.
    unsafe fn load(block: *const u8, sub: usize) -> __m256i;

    /// The scales of sub-block `sub` of the blocks `at` bytes into each of eight rows.
    ///
    /// # Safety
    /// As [`load`](Self::load) for each row, and the processor has F16C.
    #[inline(always)]
    unsafe fn scales(rows: &[*const u8; 8], at: usize, sub: usize) -> Scales8 {
        let (mut low, mut high, mut min) = ([0.0; 8], [0.0; 8], [0.0; 8]);
        for i in 0..8 {
            // SAFETY: the caller vouches for `BYTES` bytes there.
            let block = unsafe { std::slice::from_raw_parts(rows[i].add(at), Self::BYTES) };
            let scales = <Self as Format>::scales(block, sub);
            (low[i], high[i], min[i]) = (scales.d[0], scales.d[1], scales.m);
        }
        // SAFETY: the arrays hold eight values each.
        unsafe {
            let d = [_mm256_loadu_ps(low.as_ptr()), _mm256_loadu_ps(high.as_ptr())];
            Scales8 { d, m: _mm256_loadu_ps(min.as_ptr()) }
        }
    }
}

/// 16 bytes at `qs` as 16 low and 16 high nibbles.
#[inline(always)]
unsafe fn nibbles(qs: *const u8) -> __m256i {
    // SAFETY: the caller vouches for 16 bytes and AVX2.
    unsafe {
        let raw = _mm_loadu_si128(qs.cast());
        let both = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(raw), _mm_srli_epi16::<4>(raw));
        _mm256_and_si256(both, _mm256_set1_epi8(15))
    }
}

/// Sixteen where bit `i` of the 32 bits at `high` is set, for byte `i`.
#[inline(always)]
unsafe fn fifth_bits(high: *const u8) -> __m256i {
    // SAFETY: the caller vouches for 4 bytes and AVX2.
    unsafe {
        let bits = _mm256_set1_epi32(high.cast::<i32>().read_unaligned());
        let spread =
            _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
        let one = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
        let bytes = _mm256_and_si256(_mm256_shuffle_epi8(bits, spread), one);
        _mm256_and_si256(_mm256_cmpeq_epi8(bytes, one), _mm256_set1_epi8(16))
    }
}

/// Eight binary16 scales, one per row.
#[inline(always)]
unsafe fn one_scale(rows: &[*const u8; 8], at: usize) -> Scales8 {
    // SAFETY: the caller vouches for 2 bytes at `at` of each row, AVX2 and F16C.
    unsafe {
        let half = |i: usize| rows[i].add(at).cast::<i16>().read_unaligned();
        let halves = _mm_setr_epi16(half(0), half(1), half(2), half(3), half(4), half(5), half(6), half(7));
        let d = _mm256_cvtph_ps(halves);
        Scales8 { d: [d, d], m: _mm256_setzero_ps() }
    }
}

/// Eight pairs of binary16 scale and minimum.
#[inline(always)]
unsafe fn scale_and_min(rows: &[*const u8; 8], at: usize) -> Scales8 {
    // SAFETY: the caller vouches for 4 bytes at `at` of each row, AVX2 and F16C.
    unsafe {
        let pair = |i: usize| rows[i].add(at).cast::<i32>().read_unaligned();
        let first = _mm_setr_epi32(pair(0), pair(1), pair(2), pair(3));
        let second = _mm_setr_epi32(pair(4), pair(5), pair(6), pair(7));
        let low = _mm_set1_epi32(0xffff);
        let d = _mm_packus_epi32(_mm_and_si128(first, low), _mm_and_si128(second, low));
        let m = _mm_packus_epi32(_mm_srli_epi32::<16>(first), _mm_srli_epi32::<16>(second));
        let d = _mm256_cvtph_ps(d);
        Scales8 { d: [d, d], m: _mm256_cvtph_ps(m) }
    }
}

impl Load for Q4_0 {
    #[inline(always)]
    unsafe fn load(block: *const u8, _: usize) -> __m256i {
        // SAFETY: a block has 2 + 16 bytes.
        unsafe { nibbles(block.add(2)) }
    }
    #[inline(always)]
    unsafe fn scales(rows: &[*const u8; 8], at: usize, _: usize) -> Scales8 {
        // SAFETY: a block begins with its scale.
        unsafe { one_scale(rows, at) }
    }
}

impl Load for Q4_1 {
    #[inline(always)]
    unsafe fn load(block: *const u8, _: usize) -> __m256i {
        // SAFETY: a block has 4 + 16 bytes.
        unsafe { nibbles(block.add(4)) }
    }
    #[inline(always)]
    unsafe fn scales(rows: &[*const u8; 8], at: usize, _: usize) -> Scales8 {
        // SAFETY: a block begins with its scale and minimum.
        unsafe { scale_and_min(rows, at) }
    }
}

impl Load for Q5_0 {
    #[inline(always)]
    unsafe fn load(block: *const u8, _: usize) -> __m256i {
        // SAFETY: a block has 2 + 4 + 16 bytes.
        unsafe { _mm256_or_si256(nibbles(block.add(6)), fifth_bits(block.add(2))) }
    }
    #[inline(always)]
    unsafe fn scales(rows: &[*const u8; 8], at: usize, _: usize) -> Scales8 {
        // SAFETY: a block begins with its scale.
        unsafe { one_scale(rows, at) }
    }
}

impl Load for Q5_1 {
    #[inline(always)]
    unsafe fn load(block: *const u8, _: usize) -> __m256i {
        // SAFETY: a block has 4 + 4 + 16 bytes.
        unsafe { _mm256_or_si256(nibbles(block.add(8)), fifth_bits(block.add(4))) }
    }
    #[inline(always)]
    unsafe fn scales(rows: &[*const u8; 8], at: usize, _: usize) -> Scales8 {
        // SAFETY: a block begins with its scale and minimum.
        unsafe { scale_and_min(rows, at) }
    }
}

impl Load for Q8_0 {
    #[inline(always)]
    unsafe fn load(block: *const u8, _: usize) -> __m256i {
        // SAFETY: a block has 2 + 32 bytes.
        unsafe { _mm256_xor_si256(_mm256_loadu_si256(block.add(2).cast()), _mm256_set1_epi8(-128)) }
    }
    #[inline(always)]
    unsafe fn scales(rows: &[*const u8; 8], at: usize, _: usize) -> Scales8 {
        // SAFETY: a block begins with its scale.
        unsafe { one_scale(rows, at) }
    }
}

/// Bytes shifted right by `by` and masked.
#[inline(always)]
unsafe fn bits(raw: __m256i, by: usize, mask: i8) -> __m256i {
    // SAFETY: the caller vouches for AVX2.
    unsafe {
        let shifted = _mm256_srl_epi16(raw, _mm_cvtsi32_si128(by as i32));
        _mm256_and_si256(shifted, _mm256_set1_epi8(mask))
    }
}

impl Load for Q4K {
    #[inline(always)]
    unsafe fn load(block: *const u8, sub: usize) -> __m256i {
        // SAFETY: codes start at byte 16, 32 bytes per pair of sub-blocks.
        unsafe { bits(_mm256_loadu_si256(block.add(16 + sub / 2 * 32).cast()), sub % 2 * 4, 15) }
    }
}

impl Load for Q5K {
    #[inline(always)]
    unsafe fn load(block: *const u8, sub: usize) -> __m256i {
        // SAFETY: codes start at byte 48, 32 bytes per pair; fifth bits are the 32 bytes at 16.
        unsafe {
            let low = bits(_mm256_loadu_si256(block.add(48 + sub / 2 * 32).cast()), sub % 2 * 4, 15);
            let high = bits(_mm256_loadu_si256(block.add(16).cast()), sub, 1);
            _mm256_or_si256(low, _mm256_slli_epi16::<4>(high))
        }
    }
}

impl Load for Q6K {
    #[inline(always)]
    unsafe fn load(block: *const u8, sub: usize) -> __m256i {
        let (half, quarter) = (sub / 4, sub % 4);
        // SAFETY: low nibbles are the first 128 bytes, pairs of high bits the 64 after them.
        unsafe {
            let low = _mm256_loadu_si256(block.add(half * 64 + quarter % 2 * 32).cast());
            let high = _mm256_loadu_si256(block.add(128 + half * 32).cast());
            let low = bits(low, quarter / 2 * 4, 15);
            _mm256_or_si256(low, _mm256_slli_epi16::<4>(bits(high, quarter * 2, 3)))
        }
    }
}
