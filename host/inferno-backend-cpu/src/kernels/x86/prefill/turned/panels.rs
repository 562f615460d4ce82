//! Panels of quantized weights turned and in bytes.

use std::arch::x86_64::*;

use inferno_graph::DType;

use super::{
    super::{ROW, TILE_BYTES},
    LARGER_SIZE, LARGEST,
};
use crate::kernels::{
    PANEL,
    format::{Format, with_format},
    packed,
    prefill::turned::DEPTH,
    x86::vnni,
};

/// The scales of the rows of a panel of `cols` columns of a quantized type: each row's largest becomes 127.
///
/// # Safety
/// The panel is packed and so wide, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn scales(dtype: DType, panel: *const u8, cols: usize) -> [f32; PANEL] {
    // SAFETY: as the caller vouches.
    unsafe {
        with_format!(dtype, |F| panel_scales::<F>(panel, cols), else unreachable!("`Form::of` says so"))
    }
}

#[inline(always)]
unsafe fn panel_scales<F: Format>(panel: *const u8, cols: usize) -> [f32; PANEL] {
    // SAFETY: as the caller vouches.
    unsafe {
        let mut largest = _mm512_setzero_ps();
        for group in 0..cols / DEPTH {
            turn_group::<F>(panel, cols, group, |_, four| {
                for x in four {
                    largest = _mm512_range_ps::<LARGER_SIZE>(largest, x);
                }
            });
        }
        let mut scales = [0.0; PANEL];
        _mm512_storeu_ps(scales.as_mut_ptr(), _mm512_div_ps(largest, _mm512_set1_ps(LARGEST)));
        scales
    }
}

/// Unpacks a panel, of which the scales are known, to be multiplied with `signed` bytes or with those with 128 added; behind it
/// comes what sums of the latter begin with.
///
/// # Safety
/// As for [`scales`]; `out` has room for it.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn unpack(
    dtype: DType,
    panel: *const u8,
    cols: usize,
    scales: &[f32; PANEL],
    out: *mut u8,
    signed: bool,
) {
    // SAFETY: as the caller vouches.
    unsafe {
        with_format!(dtype, |F| unpack_panel::<F>(panel, cols, scales, out, signed), else unreachable!("`Form::of` says so"));
    }
}

#[inline(always)]
unsafe fn unpack_panel<F: Format>(
    panel: *const u8,
    cols: usize,
    scales: &[f32; PANEL],
    out: *mut u8,
    signed: bool,
) {
    // SAFETY: as the caller vouches.
    unsafe {
        let scales = _mm512_loadu_ps(scales.as_ptr());
        let some = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(scales, _mm512_setzero_ps());
        let inverse = _mm512_maskz_div_ps(some, _mm512_set1_ps(1.0), scales);
        let (mut sums, ones) = (_mm512_setzero_si512(), _mm512_set1_epi8(1));
        for group in 0..cols / DEPTH {
            turn_group::<F>(panel, cols, group, |line, four| {
                let line = out.add(group * TILE_BYTES + line * ROW);
                let codes = four_codes(four, inverse);
                if !signed {
                    sums = _mm512_dpbusd_epi32(sums, ones, codes);
                }
                _mm512_storeu_si512(line.cast(), codes);
            });
        }
        // What 128 more in each activation give is taken away again.
        let begin = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32::<7>(sums));
        _mm512_storeu_si512(out.add(cols / DEPTH * TILE_BYTES).cast(), begin);
    }
}

/// The codes of four columns of 16 rows, of which each row's lie together.
#[inline(always)]
unsafe fn four_codes([a, b, c, d]: [__m512; 4], inverse: __m512) -> __m512i {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        // Beside so large a number, the lowest byte of a sum is the nearest integer's.
        let integers = _mm512_set1_ps(1.5 * (1 << 23) as f32);
        let a = _mm512_castps_si512(_mm512_fmadd_ps(a, inverse, integers));
        let b = _mm512_castps_si512(_mm512_fmadd_ps(b, inverse, integers));
        let c = _mm512_castps_si512(_mm512_fmadd_ps(c, inverse, integers));
        let d = _mm512_castps_si512(_mm512_fmadd_ps(d, inverse, integers));
        let (b, c, d) = (_mm512_slli_epi32::<8>(b), _mm512_slli_epi32::<16>(c), _mm512_slli_epi32::<24>(d));
        // Of two registers, the bits of the second where the third has ones.
        let low = _mm512_ternarylogic_epi32::<0xd8>(a, b, _mm512_set1_epi32(0xff00));
        let high = _mm512_ternarylogic_epi32::<0xd8>(c, d, _mm512_set1_epi32(0xff00_0000_u32 as i32));
        _mm512_ternarylogic_epi32::<0xd8>(low, high, _mm512_set1_epi32(0xffff_0000_u32 as i32))
    }
}

/// Turns a group of 64 columns of a panel, and gives four columns at a time to `each`, with the line that they are.
///
/// Sixteen columns share their scales in every format, so they are turned as codes; what is left of the matrix goes over the
/// four sixteens, as numbers.
#[inline(always)]
unsafe fn turn_group<F: Format>(
    panel: *const u8,
    cols: usize,
    group: usize,
    mut each: impl FnMut(usize, [__m512; 4]),
) {
    // SAFETY: the caller vouches for the panel, which holds codes and scales of every sub-block, and for AVX-512.
    unsafe {
        let zero = _mm512_setzero_ps();
        let halves = [group * 2, group * 2 + 1];
        let w = vnni::unpack::<F>(panel.add(halves[0] * packed::code_bytes::<F>()));
        let v = vnni::unpack::<F>(panel.add(halves[1] * packed::code_bytes::<F>()));
        let sums = [
            turn_codes([w[0], w[1], w[2], w[3]]),
            turn_codes([w[4], w[5], w[6], w[7]]),
            turn_codes([v[0], v[1], v[2], v[3]]),
            turn_codes([v[4], v[5], v[6], v[7]]),
        ];
        let (mut d, mut first) = ([zero; 4], [zero; 4]);
        for (half, sub) in halves.into_iter().enumerate() {
            let scales = cols / 32 * packed::code_bytes::<F>() + sub / F::SUBS * packed::scale_bytes::<F>();
            let scales = vnni::load_scales::<F>(panel.add(scales), sub % F::SUBS);
            for part in 0..2 {
                let at = half * 2 + part;
                d[at] = scales.d[if F::HALVES { part } else { 0 }];
                // d · (code − OFFSET) + m: what is the same in all sixteen comes to the first.
                let offset = _mm512_fnmadd_ps(d[at], _mm512_set1_ps(F::OFFSET as f32), scales.m);
                first[at] = _mm512_mul_ps(offset, _mm512_set1_ps(16.0));
            }
        }
        for line in 0..4 {
            let mut fours = [[zero; 4]; 4];
            for i in 0..4 {
                let mut x = [zero; 4];
                for at in 0..4 {
                    let more = if line + i == 0 { first[at] } else { zero };
                    x[at] = _mm512_fmadd_ps(d[at], sums[at][line * 4 + i], more);
                }
                let (a, b) = (_mm512_add_ps(x[0], x[1]), _mm512_sub_ps(x[0], x[1]));
                let (c, d) = (_mm512_add_ps(x[2], x[3]), _mm512_sub_ps(x[2], x[3]));
                fours[0][i] = _mm512_add_ps(a, c);
                fours[1][i] = _mm512_add_ps(b, d);
                fours[2][i] = _mm512_sub_ps(a, c);
                fours[3][i] = _mm512_sub_ps(b, d);
            }
            for (at, four) in fours.into_iter().enumerate() {
                each(at * 4 + line, four);
            }
        }
    }
}

/// Turns the codes of sixteen columns, four to a register.
#[inline(always)]
unsafe fn turn_codes(w: [__m512i; 4]) -> [__m512; 16] {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        // Of each register, sums and differences of the first and the second, and of the third and the fourth, in 16 bits.
        let (mut sums, mut differences) = (w, w);
        for i in 0..4 {
            let (even, odd) = (_mm512_and_si512(w[i], _mm512_set1_epi16(255)), _mm512_srli_epi16::<8>(w[i]));
            (sums[i], differences[i]) = (_mm512_add_epi16(even, odd), _mm512_sub_epi16(even, odd));
        }
        let pairs = [across(sums), across(differences)];
        let (both, against) = (_mm512_set1_epi16(1), _mm512_set1_epi32(0xffff_0001_u32 as i32));
        let mut turned = [_mm512_setzero_ps(); 16];
        for i in 0..4 {
            for (odd, pairs) in pairs.iter().enumerate() {
                turned[i * 4 + odd] = _mm512_cvtepi32_ps(_mm512_madd_epi16(pairs[i], both));
                turned[i * 4 + 2 + odd] = _mm512_cvtepi32_ps(_mm512_madd_epi16(pairs[i], against));
            }
        }
        turned
    }
}

/// Turns four registers of 16 bits.
#[inline(always)]
unsafe fn across([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        let (a, b) = (_mm512_add_epi16(a, b), _mm512_sub_epi16(a, b));
        let (c, d) = (_mm512_add_epi16(c, d), _mm512_sub_epi16(c, d));
        [_mm512_add_epi16(a, c), _mm512_add_epi16(b, d), _mm512_sub_epi16(a, c), _mm512_sub_epi16(b, d)]
    }
}
