//! Registers of floats: two of four lanes are one of eight, and there are 32 of four where AVX2 has 16 of eight.

use std::arch::aarch64::*;

use super::{halves::four_halves, narrow};
use crate::kernels::{lanes::Lanes, narrow::FOUR};

/// Eight `f32`.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Eight(pub(super) [float32x4_t; 2]);

impl Lanes for Eight {
    const LANES: usize = 8;
    const QUERIES: usize = 3;
    type Upper = uint8x16_t;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: every processor of this architecture has the instructions, here as below.
        unsafe { Self::splat(0.0) }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: as above.
        unsafe { Self([vdupq_n_f32(x); 2]) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller vouches for the cells, here as below.
        unsafe { Self([vld1q_f32(at), vld1q_f32(at.add(4))]) }
    }

    #[inline(always)]
    unsafe fn load_f16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe { Self([four_halves(vld1_u16(at)), four_halves(vld1_u16(at.add(4)))]) }
    }

    #[inline(always)]
    unsafe fn splat_f16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe { Self([four_halves(vld1_dup_u16(at)); 2]) }
    }

    #[inline(always)]
    unsafe fn load_bf16(at: *const u16) -> Self {
        // SAFETY: as above.
        unsafe {
            let halves = vld1q_u16(at);
            let [low, high] = [vshll_n_u16::<16>(vget_low_u16(halves)), vshll_high_n_u16::<16>(halves)];
            Self([vreinterpretq_f32_u32(low), vreinterpretq_f32_u32(high)])
        }
    }

    #[inline(always)]
    unsafe fn load_byte(at: *const i8, which: usize) -> Self {
        // SAFETY: as above.
        unsafe {
            let above = vdupq_n_s32(24 - 8 * which as i32);
            let of = |at: *const i8| {
                let top = vshlq_s32(vreinterpretq_s32_s8(vld1q_s8(at)), above);
                vcvtq_f32_s32(vshrq_n_s32::<24>(top))
            };
            Self([of(at), of(at.add(16))])
        }
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: as above.
        unsafe {
            vst1q_f32(at, self.0[0]);
            vst1q_f32(at.add(4), self.0[1]);
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { Self([vaddq_f32(self.0[0], other.0[0]), vaddq_f32(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { Self([vmulq_f32(self.0[0], other.0[0]), vmulq_f32(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    unsafe fn fma(self, factor: Self, addend: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            Self([
                vfmaq_f32(addend.0[0], self.0[0], factor.0[0]),
                vfmaq_f32(addend.0[1], self.0[1], factor.0[1]),
            ])
        }
    }

    #[inline(always)]
    unsafe fn upper(panel: *const u8) -> uint8x16_t {
        // SAFETY: a panel begins with 16 of them.
        unsafe { vld1q_u8(panel) }
    }

    #[inline(always)]
    unsafe fn narrow(upper: uint8x16_t, block: *const u8, half: usize, row: usize) -> [Self; FOUR] {
        // SAFETY: as above.
        unsafe { narrow::columns(upper, block, half, row) }
    }
}
