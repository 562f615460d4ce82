//! Registers of floats: eight lanes with AVX2, sixteen with AVX-512.

use std::arch::x86_64::*;

use super::narrow;
use crate::kernels::{lanes::Lanes, narrow::FOUR};

impl Lanes for __m256 {
    const LANES: usize = 8;
    const QUERIES: usize = 3;
    type Upper = __m256i;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller vouches for AVX2, here as below.
        unsafe { _mm256_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller vouches for the cells too, here as below.
        unsafe { _mm256_loadu_ps(at) }
    }

    #[inline(always)]
    unsafe fn load_f16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_cvtph_ps(_mm_loadu_si128(at.cast())) }
    }

    #[inline(always)]
    unsafe fn splat_f16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_cvtph_ps(_mm_set1_epi16(*at as i16)) }
    }

    #[inline(always)]
    unsafe fn load_bf16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe {
            let wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(at.cast()));
            _mm256_castsi256_ps(_mm256_slli_epi32::<16>(wide))
        }
    }

    #[inline(always)]
    unsafe fn load_byte(at: *const i8, which: usize) -> Self {
        // SAFETY: as above.
        unsafe {
            let above = _mm256_set1_epi32(24 - 8 * which as i32);
            let top = _mm256_sllv_epi32(_mm256_loadu_si256(at.cast()), above);
            _mm256_cvtepi32_ps(_mm256_srai_epi32::<24>(top))
        }
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(at, self) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_add_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_mul_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn fma(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the caller vouches for FMA.
        unsafe { _mm256_fmadd_ps(self, factor, addend) }
    }

    #[inline(always)]
    unsafe fn upper(panel: *const u8) -> __m256i {
        // SAFETY: as above.
        unsafe { narrow::upper_avx2(panel) }
    }

    #[inline(always)]
    unsafe fn narrow(upper: __m256i, block: *const u8, half: usize, row: usize) -> [Self; FOUR] {
        // SAFETY: as above.
        unsafe { narrow::columns_avx2(upper, block, half, row) }
    }
}

impl Lanes for __m512 {
    const LANES: usize = 16;
    const QUERIES: usize = 6;
    type Upper = __m512i;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller vouches for AVX-512, here as below.
        unsafe { _mm512_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller vouches for the cells too, here as below.
        unsafe { _mm512_loadu_ps(at) }
    }

    #[inline(always)]
    unsafe fn load_f16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())) }
    }

    #[inline(always)]
    unsafe fn splat_f16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_cvtph_ps(_mm256_set1_epi16(*at as i16)) }
    }

    #[inline(always)]
    unsafe fn load_bf16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe {
            let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(at.cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(wide))
        }
    }

    #[inline(always)]
    unsafe fn load_byte(at: *const i8, which: usize) -> Self {
        // SAFETY: as above.
        unsafe {
            let above = _mm512_set1_epi32(24 - 8 * which as i32);
            let top = _mm512_sllv_epi32(_mm512_loadu_si512(at.cast()), above);
            _mm512_cvtepi32_ps(_mm512_srai_epi32::<24>(top))
        }
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(at, self) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_add_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_mul_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn fma(self, factor: Self, addend: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_fmadd_ps(self, factor, addend) }
    }

    #[inline(always)]
    unsafe fn upper(panel: *const u8) -> __m512i {
        // SAFETY: as above.
        unsafe { narrow::upper(panel) }
    }

    #[inline(always)]
    unsafe fn narrow(upper: __m512i, block: *const u8, half: usize, _: usize) -> [Self; FOUR] {
        // SAFETY: as above; all rows are in one register.
        unsafe { narrow::columns(upper, block, half) }
    }
}
