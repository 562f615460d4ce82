//! Activations turned and in bytes; what that means is said in `kernels::prefill`. `panels` does the same to weights.

pub(in crate::kernels) mod panels;

use std::{arch::x86_64::*, mem::MaybeUninit};

use super::{ROW, TILE_BYTES};
use crate::kernels::prefill::turned::DEPTH;

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

/// Turns a lane of a tile of rounded rows of `groups` times 64 columns; returns its scale. `signed` bytes are what tiles take,
/// vectors those with 128 added.
///
/// # Safety
/// Both tiles are so wide, the lane may be read and written, and the processor has the features named.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn turn(
    from: *const u8,
    lane: usize,
    groups: usize,
    to: *mut u8,
    signed: bool,
) -> f32 {
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
        let offset = _mm512_set1_epi8(if signed { 0 } else { i8::MIN });
        for group in 0..groups {
            let turned = match kept.get(group) {
                // Written above, as every group was.
                Some(kept) => kept.assume_init(),
                None => turn_columns(columns(from, lane, group)),
            };
            let codes = _mm512_xor_si512(codes(turned, inverse), offset);
            _mm512_storeu_si512(to.add(group * TILE_BYTES + lane * ROW).cast(), codes);
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

/// The code of a number.
#[inline(always)]
unsafe fn code(x: __m512, inverse: __m512) -> __m512i {
    // SAFETY: the caller vouches for AVX-512.
    unsafe { _mm512_cvtps_epi32(_mm512_mul_ps(x, inverse)) }
}
