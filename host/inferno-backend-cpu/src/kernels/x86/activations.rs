//! Quantizing activations with AVX-512; the definition is in `quantize`, which this agrees with to the bit.
//!
//! Four blocks go together, so that what is one number to a block, its largest size, its scale, its sums, is one
//! register to all four.

use std::arch::x86_64::*;

use crate::kernels::quantize::{self, BLOCK, BLOCK_BYTES, ROW_BYTES};

/// Blocks that are quantized together.
const TOGETHER: usize = 4;

/// Quantizes `x` into lane `lane` of the tile at `tile`.
///
/// # Safety
/// As for [`quantize::quantize_row`]; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn quantize_row(x: &[f32], tile: *mut f32, lane: usize) {
    let blocks = x.as_chunks::<BLOCK>().0;
    let (fours, rest) = blocks.as_chunks::<TOGETHER>();
    let cells = |block: usize| tile.cast::<u8>().wrapping_add(block * BLOCK_BYTES);
    for (i, four) in fours.iter().enumerate() {
        // SAFETY: the caller vouches for the cells of this lane in every block.
        unsafe { quantize_blocks(four.each_ref(), TOGETHER, cells(i * TOGETHER), lane) };
    }
    if let Some(last) = rest.last() {
        // Filled up with what is not written.
        let four = std::array::from_fn(|i| rest.get(i).unwrap_or(last));
        // SAFETY: as above.
        unsafe { quantize_blocks(four, rest.len(), cells(fours.len() * TOGETHER), lane) };
    }
}

/// Quantizes blocks, of which the first `count` are written.
#[inline(always)]
unsafe fn quantize_blocks(x: [&[f32; BLOCK]; TOGETHER], count: usize, cells: *mut u8, lane: usize) {
    // SAFETY: as the caller vouches; a block is two registers.
    unsafe {
        let zero = _mm512_setzero_ps();
        let (mut halves, mut sizes) = ([[zero; 2]; TOGETHER], [zero; TOGETHER]);
        for i in 0..TOGETHER {
            halves[i] = [_mm512_loadu_ps(x[i].as_ptr()), _mm512_loadu_ps(x[i].as_ptr().add(16))];
            // The first operand loses to the second where it is NaN: those count as nothing.
            let [first, second] = [_mm512_abs_ps(halves[i][0]), _mm512_abs_ps(halves[i][1])];
            sizes[i] = _mm512_max_ps(_mm512_max_ps(second, _mm512_max_ps(first, zero)), zero);
        }
        let exact = _mm_div_ps(largest(sizes), _mm_set1_ps(127.0));
        let some = _mm_cmp_ps_mask::<_CMP_NEQ_UQ>(exact, _mm_setzero_ps());
        let inverse = _mm_maskz_div_ps(some, _mm_set1_ps(1.0), exact);
        let (mut low, mut all) = ([_mm512_setzero_si512(); TOGETHER], [_mm512_setzero_si512(); TOGETHER]);
        for i in 0..TOGETHER {
            let inverse = _mm512_permutexvar_ps(_mm512_set1_epi32(i as i32), _mm512_castps128_ps512(inverse));
            let first = round(_mm512_mul_ps(halves[i][0], inverse));
            let second = round(_mm512_mul_ps(halves[i][1], inverse));
            (low[i], all[i]) = (first, _mm512_add_epi32(first, second));
            if i < count {
                let codes = cells.add(i * BLOCK_BYTES + lane * ROW_BYTES);
                _mm_storeu_si128(codes.cast(), _mm512_cvtepi32_epi8(first));
                _mm_storeu_si128(codes.add(16).cast(), _mm512_cvtepi32_epi8(second));
            }
        }
        let (low, all) = (sums(low), sums(all));
        let scale = to_f16(exact);
        let scaled = to_f16(_mm_mul_ps(_mm_cvtepi32_ps(all), scale));
        // The low halves of both sums, the first below the second.
        let packed = _mm_blend_epi16::<0xaa>(low, _mm_slli_epi32::<16>(_mm_sub_epi32(all, low)));
        // From a register of each part to a register of each block.
        let (scales, packed) = (_mm_unpacklo_ps(scale, scaled), _mm_castsi128_ps(packed));
        let others = _mm_unpackhi_ps(scale, scaled);
        let rest = [
            _mm_movelh_ps(scales, packed),
            _mm_shuffle_ps::<0b01_01_11_10>(scales, packed),
            _mm_shuffle_ps::<0b10_10_01_00>(others, packed),
            _mm_shuffle_ps::<0b11_11_11_10>(others, packed),
        ];
        for (i, rest) in rest.into_iter().enumerate().take(count) {
            _mm_storeu_ps(cells.add(i * BLOCK_BYTES + lane * ROW_BYTES + quantize::SCALE).cast(), rest);
        }
    }
}

/// The largest of each register, side by side.
#[inline(always)]
unsafe fn largest([a, b, c, d]: [__m512; TOGETHER]) -> __m128 {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        let ab = _mm512_max_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
        let cd = _mm512_max_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
        let (ab, cd) = (_mm512_castps_pd(ab), _mm512_castps_pd(cd));
        let low = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
        let all = _mm512_max_ps(low, _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)));
        let half = _mm256_max_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps::<1>(all));
        _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps::<1>(half))
    }
}

/// The sum of each register, side by side.
#[inline(always)]
unsafe fn sums([a, b, c, d]: [__m512i; TOGETHER]) -> __m128i {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        let ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
        let all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
        let half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64::<1>(all));
        _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half))
    }
}

/// To the nearest integer, halves away from zero; what cannot be converted becomes 0.
#[inline(always)]
pub(super) unsafe fn round(x: __m512) -> __m512i {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        // The number before one half, with the sign of x: halves still reach the next integer, since sums round to
        // even, and what is below them does not.
        let almost_half = _mm512_set1_epi32(0x3eff_ffff);
        let sign = _mm512_set1_epi32(i32::MIN);
        // (x & sign) | almost_half
        let towards = _mm512_ternarylogic_epi32::<0xf8>(almost_half, _mm512_castps_si512(x), sign);
        let number = _mm512_cmp_ps_mask::<_CMP_ORD_Q>(x, x);
        _mm512_maskz_cvttps_epi32(number, _mm512_add_ps(x, _mm512_castsi512_ps(towards)))
    }
}

/// Rounded to binary16, to nearest with ties to even, and back.
#[inline(always)]
unsafe fn to_f16(x: __m128) -> __m128 {
    // SAFETY: the caller vouches for F16C.
    unsafe { _mm_cvtph_ps(_mm_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(x)) }
}
