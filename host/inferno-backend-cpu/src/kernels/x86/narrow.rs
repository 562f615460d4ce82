//! Bfloat16 in twelve bits, four columns of 16 rows at a time: upper bytes are looked up by their codes and put beside the lower ones.

use std::arch::x86_64::*;

use crate::kernels::{
    narrow::{BLOCK, BLOCK_BYTES, Exception, FOUR, exceptions, head_bytes, panel_bytes},
    packed::LINE,
};

/// The upper bytes of a panel's codes, in each part of a register.
///
/// # Safety
/// A panel begins there; the processor has AVX-512.
#[inline(always)]
pub(super) unsafe fn upper(panel: *const u8) -> __m512i {
    // SAFETY: a panel begins with 16 of them.
    unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(panel.cast())) }
}

/// The columns in half `half` of a block: two and two of them, in turn.
///
/// # Safety
/// A block begins there; the processor has AVX-512 with BW.
#[inline(always)]
unsafe fn pairs(upper: __m512i, block: *const u8, half: usize) -> [__m512i; 2] {
    // SAFETY: as the caller vouches.
    unsafe {
        let codes = _mm512_loadu_si512(block.cast());
        // A shift by words brings bits of the neighbour along, which are masked away.
        let codes = if half == 0 { codes } else { _mm512_srli_epi16::<4>(codes) };
        let upper = _mm512_shuffle_epi8(upper, _mm512_and_si512(codes, _mm512_set1_epi8(15)));
        let lower = _mm512_loadu_si512(block.add((1 + half) * LINE).cast());
        [_mm512_unpacklo_epi8(lower, upper), _mm512_unpackhi_epi8(lower, upper)]
    }
}

/// The same columns by themselves.
///
/// # Safety
/// As for [`pairs`].
#[inline(always)]
pub(super) unsafe fn columns(upper: __m512i, block: *const u8, half: usize) -> [__m512; FOUR] {
    // SAFETY: as the caller vouches.
    unsafe {
        let [a, b] = pairs(upper, block, half);
        let even = |pair: __m512i| _mm512_castsi512_ps(_mm512_slli_epi32::<16>(pair));
        let odd = |pair: __m512i| {
            _mm512_castsi512_ps(_mm512_and_si512(pair, _mm512_set1_epi32(0xffff_0000_u32 as i32)))
        };
        [even(a), odd(a), even(b), odd(b)]
    }
}

/// The upper bytes of a panel's codes, in both parts of a register.
///
/// # Safety
/// A panel begins there; the processor has AVX2.
#[inline(always)]
pub(super) unsafe fn upper_avx2(panel: *const u8) -> __m256i {
    // SAFETY: a panel begins with 16 of them.
    unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(panel.cast())) }
}

/// The columns in half `half` of a block, of eight rows from `row` on.
///
/// # Safety
/// A block begins there, `row` is 0 or 8, and the processor has AVX2.
#[inline(always)]
pub(super) unsafe fn columns_avx2(
    upper: __m256i,
    block: *const u8,
    half: usize,
    row: usize,
) -> [__m256; FOUR] {
    // SAFETY: as the caller vouches; what belongs to eight rows is half a line.
    unsafe {
        let codes = _mm256_loadu_si256(block.add(row * FOUR).cast());
        let codes = if half == 0 { codes } else { _mm256_srli_epi16::<4>(codes) };
        let upper = _mm256_shuffle_epi8(upper, _mm256_and_si256(codes, _mm256_set1_epi8(15)));
        let lower = _mm256_loadu_si256(block.add((1 + half) * LINE + row * FOUR).cast());
        let (a, b) = (_mm256_unpacklo_epi8(lower, upper), _mm256_unpackhi_epi8(lower, upper));
        let upper_halves = _mm256_set1_epi32(0xffff_0000_u32 as i32);
        let (even_a, odd_a) = (_mm256_slli_epi32::<16>(a), _mm256_and_si256(a, upper_halves));
        let (even_b, odd_b) = (_mm256_slli_epi32::<16>(b), _mm256_and_si256(b, upper_halves));
        [
            _mm256_castsi256_ps(even_a),
            _mm256_castsi256_ps(odd_a),
            _mm256_castsi256_ps(even_b),
            _mm256_castsi256_ps(odd_b),
        ]
    }
}

/// Unpacks a panel of `cols` columns into lines of two columns of 16 rows, in turn.
///
/// # Safety
/// The panel is as wide, `out` has room for it, and the processor has AVX-512 with BW.
#[inline(always)]
pub(super) unsafe fn unpack(panel: *const u8, cols: usize, out: *mut u8) {
    // SAFETY: as the caller vouches; exceptions are of columns and rows that there are.
    unsafe {
        let (codes, blocks) = (upper(panel), panel.add(head_bytes(cols)));
        for block in 0..cols / BLOCK {
            for half in 0..2 {
                let [a, b] = pairs(codes, blocks.add(block * BLOCK_BYTES), half);
                let out = out.add((block * BLOCK + half * FOUR) / 2 * LINE);
                _mm512_storeu_si512(out.cast(), a);
                _mm512_storeu_si512(out.add(LINE).cast(), b);
            }
        }
        for exception in exceptions(std::slice::from_raw_parts(panel, panel_bytes(cols)), cols) {
            let Exception { column, lane, bits } = exception;
            out.add(column / 2 * LINE).cast::<u16>().add(lane * 2 + column % 2).write(bits);
        }
    }
}
