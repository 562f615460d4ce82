//! Activations and weights turned and in bytes; what that means is said in `kernels::prefill`.

use std::{arch::x86_64::*, mem::MaybeUninit};

use inferno_graph::DType;

use super::{super::ROW, TILE_BYTES};
use crate::kernels::{
    PANEL,
    format::{Format, with_format},
    packed,
    prefill::turned::DEPTH,
    x86::vnni,
};

/// The largest code.
const LARGEST: f32 = 127.0;
/// For `vrangeps`: the larger of two sizes.
const LARGER_SIZE: i32 = 0b1011;
/// Groups of columns of a row that are kept until its largest is known; those beyond are turned twice.
const KEPT: usize = 32;

/// Turns 64 columns of a row, which lie in four registers.
#[inline(always)]
unsafe fn turn_columns([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        let (a, b, c, d) =
            (_mm512_add_ps(a, b), _mm512_sub_ps(a, b), _mm512_add_ps(c, d), _mm512_sub_ps(c, d));
        let mut all = [_mm512_add_ps(a, c), _mm512_add_ps(b, d), _mm512_sub_ps(a, c), _mm512_sub_ps(b, d)];
        for x in &mut all {
            *x = _mm512_fmadd_ps(*x, signs(0xaaaa), _mm512_permute_ps::<0b10_11_00_01>(*x));
            *x = _mm512_fmadd_ps(*x, signs(0xcccc), _mm512_permute_ps::<0b01_00_11_10>(*x));
            *x = _mm512_fmadd_ps(*x, signs(0xf0f0), _mm512_shuffle_f32x4::<0b10_11_00_01>(*x, *x));
            *x = _mm512_fmadd_ps(*x, signs(0xff00), _mm512_shuffle_f32x4::<0b01_00_11_10>(*x, *x));
        }
        all
    }
}

/// −1 in these lanes, 1 in the others: of two lanes, their sum comes to one and their difference to the other.
#[inline(always)]
unsafe fn signs(negative: u16) -> __m512 {
    // SAFETY: the caller vouches for AVX-512.
    unsafe { _mm512_mask_blend_ps(negative, _mm512_set1_ps(1.0), _mm512_set1_ps(-1.0)) }
}

/// Turns a lane of a tile of rounded rows of `groups` times 64 columns; returns its scale.
///
/// # Safety
/// Both tiles are so wide, the lane may be read and written, and the processor has the features named.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn turn(from: *const u8, lane: usize, groups: usize, to: *mut u8) -> f32 {
    // SAFETY: as the caller vouches.
    unsafe { turn_row(from, lane, groups, to) }
}

#[inline(always)]
unsafe fn turn_row(from: *const u8, lane: usize, groups: usize, to: *mut u8) -> f32 {
    // SAFETY: as the caller vouches; 64 columns are two lines of a rounded row, and one of bytes.
    unsafe {
        let mut kept = [const { MaybeUninit::<[__m512; 4]>::uninit() }; KEPT];
        let mut largest = _mm512_setzero_ps();
        for group in 0..groups {
            let turned = turn_columns(columns(from, lane, group));
            for x in turned {
                largest = _mm512_range_ps::<LARGER_SIZE>(largest, x);
            }
            if let Some(kept) = kept.get_mut(group) {
                kept.write(turned);
            }
        }
        let largest = _mm512_reduce_max_ps(largest);
        let inverse = _mm512_set1_ps(if largest > 0.0 { LARGEST / largest } else { 0.0 });
        for group in 0..groups {
            let turned = match kept.get(group) {
                // Written above, as every group was.
                Some(kept) => kept.assume_init(),
                None => turn_columns(columns(from, lane, group)),
            };
            _mm512_storeu_si512(to.add(group * TILE_BYTES + lane * ROW).cast(), codes(turned, inverse));
        }
        largest / (LARGEST * DEPTH as f32)
    }
}

/// 64 columns of a lane of a tile of rounded rows: two lines.
#[inline(always)]
unsafe fn columns(tile: *const u8, lane: usize, group: usize) -> [__m512; 4] {
    // SAFETY: the caller vouches for the lane, and for AVX-512.
    unsafe {
        let mut columns = [_mm512_setzero_ps(); 4];
        for (i, columns) in columns.iter_mut().enumerate() {
            let line = tile.add((group * 2 + i / 2) * TILE_BYTES + lane * ROW);
            let sixteen = _mm512_cvtepu16_epi32(_mm256_loadu_si256(line.add(i % 2 * (ROW / 2)).cast()));
            *columns = _mm512_castsi512_ps(_mm512_slli_epi32::<16>(sixteen));
        }
        columns
    }
}

/// The codes of 64 columns of a row, in order.
#[inline(always)]
unsafe fn codes([a, b, c, d]: [__m512; 4], inverse: __m512) -> __m512i {
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        let low = _mm512_packs_epi32(code(a, inverse), code(b, inverse));
        let high = _mm512_packs_epi32(code(c, inverse), code(d, inverse));
        // Packed within quarters of a register: four codes of each of the four in every quarter.
        let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        _mm512_permutexvar_epi32(order, _mm512_packs_epi16(low, high))
    }
}

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
        let (mut group, mut largest) = ([_mm512_setzero_ps(); DEPTH], _mm512_setzero_ps());
        for at in 0..cols / DEPTH {
            turn_group::<F>(panel, cols, at, &mut group);
            for x in &group {
                largest = _mm512_range_ps::<LARGER_SIZE>(largest, *x);
            }
        }
        let mut scales = [0.0; PANEL];
        _mm512_storeu_ps(scales.as_mut_ptr(), _mm512_div_ps(largest, _mm512_set1_ps(LARGEST)));
        scales
    }
}

/// Unpacks a panel, of which the scales are known.
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
) {
    // SAFETY: as the caller vouches.
    unsafe {
        with_format!(dtype, |F| unpack_panel::<F>(panel, cols, scales, out), else unreachable!("`Form::of` says so"));
    }
}

#[inline(always)]
unsafe fn unpack_panel<F: Format>(panel: *const u8, cols: usize, scales: &[f32; PANEL], out: *mut u8) {
    // SAFETY: as the caller vouches.
    unsafe {
        let scales = _mm512_loadu_ps(scales.as_ptr());
        let some = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(scales, _mm512_setzero_ps());
        let inverse = _mm512_maskz_div_ps(some, _mm512_set1_ps(1.0), scales);
        let byte = _mm512_set1_epi32(255);
        let mut group = [_mm512_setzero_ps(); DEPTH];
        for at in 0..cols / DEPTH {
            turn_group::<F>(panel, cols, at, &mut group);
            for (line, [a, b, c, d]) in group.as_chunks::<4>().0.iter().enumerate() {
                let [a, b, c, d] =
                    [code(*a, inverse), code(*b, inverse), code(*c, inverse), code(*d, inverse)];
                let low = _mm512_or_si512(
                    _mm512_and_si512(a, byte),
                    _mm512_slli_epi32::<8>(_mm512_and_si512(b, byte)),
                );
                let high = _mm512_or_si512(
                    _mm512_slli_epi32::<16>(_mm512_and_si512(c, byte)),
                    _mm512_slli_epi32::<24>(d),
                );
                _mm512_storeu_si512(out.add(at * TILE_BYTES + line * ROW).cast(), _mm512_or_si512(low, high));
            }
        }
    }
}

/// The codes of a column.
#[inline(always)]
unsafe fn code(x: __m512, inverse: __m512) -> __m512i {
    // SAFETY: the caller vouches for AVX-512.
    unsafe { _mm512_cvtps_epi32(_mm512_mul_ps(x, inverse)) }
}

/// Turns columns `64 · at` to `64 · at + 63` of a panel, one register each.
#[inline(always)]
unsafe fn turn_group<F: Format>(panel: *const u8, cols: usize, at: usize, group: &mut [__m512; DEPTH]) {
    // SAFETY: the caller vouches for the panel, which holds codes and scales of every sub-block, and for AVX-512.
    unsafe {
        let offset = _mm512_set1_ps(F::OFFSET as f32);
        let byte = _mm512_set1_epi32(255);
        for (half, columns) in group.as_chunks_mut::<32>().0.iter_mut().enumerate() {
            let sub = at * 2 + half;
            let w = vnni::unpack::<F>(panel.add(sub * packed::code_bytes::<F>()));
            let scales =
                panel.add(cols / 32 * packed::code_bytes::<F>() + sub / F::SUBS * packed::scale_bytes::<F>());
            let vnni::Scales { d, m } = vnni::load_scales::<F>(scales, sub % F::SUBS);
            // d · (code − OFFSET) + m
            let m = [_mm512_fnmadd_ps(d[0], offset, m), _mm512_fnmadd_ps(d[1], offset, m)];
            for (i, eight) in columns.as_chunks_mut::<8>().0.iter_mut().enumerate() {
                let part = if F::HALVES { i / 2 } else { 0 };
                for (column, x) in eight.iter_mut().enumerate() {
                    let shift = _mm512_set1_epi32(column as i32 % 4 * 8);
                    let code = _mm512_and_si512(_mm512_srlv_epi32(w[i * 2 + column / 4], shift), byte);
                    *x = _mm512_fmadd_ps(d[part], _mm512_cvtepi32_ps(code), m[part]);
                }
                *eight = turn_eight(*eight);
            }
        }
        for i in 0..8 {
            let mut across = [_mm512_setzero_ps(); 8];
            for (eight, x) in across.iter_mut().enumerate() {
                *x = group[eight * 8 + i];
            }
            for (eight, x) in turn_eight(across).into_iter().enumerate() {
                group[eight * 8 + i] = x;
            }
        }
    }
}

/// Turns eight registers.
#[inline(always)]
unsafe fn turn_eight(mut x: [__m512; 8]) -> [__m512; 8] {
    for distance in [1, 2, 4] {
        for i in 0..8 {
            if i & distance == 0 {
                // SAFETY: the caller vouches for AVX-512.
                unsafe {
                    let (a, b) = (x[i], x[i + distance]);
                    (x[i], x[i + distance]) = (_mm512_add_ps(a, b), _mm512_sub_ps(a, b));
                }
            }
        }
    }
    x
}
