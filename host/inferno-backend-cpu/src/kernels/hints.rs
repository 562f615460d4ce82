//! Asking for memory before it is read or written.
//!
//! Owns the instructions for it. A hint reads nothing, so it may point anywhere, and where a processor has none nothing is done.
//! Easily confused with what decides what to ask for: `attention::cells` for blocks of a cache, the kernels for panels.

use super::packed::LINE;

/// Asks for the line at `at` into the first cache.
#[inline(always)]
pub(crate) fn near(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the instruction, and a hint reads nothing.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: every processor of this architecture has the instruction, and a hint reads nothing.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) at, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = at;
}

/// Asks for some bytes, from `at` on, into the second cache.
#[inline(always)]
pub(crate) fn farther(at: *const u8, bytes: usize) {
    for line in (0..bytes).step_by(LINE) {
        let at = at.wrapping_add(line);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as in `near`.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(at.cast());
        }
        #[cfg(target_arch = "aarch64")]
        // SAFETY: as in `near`.
        unsafe {
            std::arch::asm!("prfm pldl2keep, [{}]", in(reg) at, options(nostack, preserves_flags, readonly));
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let _ = at;
    }
}

/// Asks for the line of a cell, to be written, into the first cache.
#[inline(always)]
pub(crate) fn to_write(cell: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a processor without the instruction does nothing for it, and a hint reads nothing.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_ET0>(cell.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as in `near`.
    unsafe {
        std::arch::asm!("prfm pstl1keep, [{}]", in(reg) cell, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = cell;
}
