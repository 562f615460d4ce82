//! Asking for memory before it is read or written.
//!
//! Owns the instructions for it. A hint reads nothing, so it may point anywhere, and where a processor has none nothing is done.
//! Easily confused with what decides what to ask for: `attention::cells` for blocks of a cache, the kernels for panels.

use super::packed::LINE;

/// Asks for the line at `$at`, as the two architectures call that.
macro_rules! ask {
    ($at:expr, $x86:ident, $arm:literal) => {{
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every x86-64 processor takes the instruction, and does nothing for it if it does not know the kind; it reads nothing.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::$x86 }>($at.cast());
        }
        #[cfg(target_arch = "aarch64")]
        // SAFETY: every processor of this architecture has the instruction, which reads nothing.
        unsafe {
            std::arch::asm!(
                concat!("prfm ", $arm, ", [{}]"),
                in(reg) $at,
                options(nostack, preserves_flags, readonly)
            );
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let _ = $at;
    }};
}

/// Asks for the line at `at` into the first cache.
#[inline(always)]
pub(crate) fn near(at: *const u8) {
    ask!(at, _MM_HINT_T0, "pldl1keep");
}

/// Asks for some bytes, from `at` on, into the second cache.
#[inline(always)]
pub(crate) fn farther(at: *const u8, bytes: usize) {
    for line in (0..bytes).step_by(LINE) {
        ask!(at.wrapping_add(line), _MM_HINT_T1, "pldl2keep");
    }
}

/// Asks for the line of a cell, to be written, into the first cache.
#[inline(always)]
pub(crate) fn to_write(cell: *const f32) {
    ask!(cell, _MM_HINT_ET0, "pstl1keep");
}
