//! Whether this process may use tile registers.
//!
//! Linux saves their eight kilobytes only for a process that has asked, since its signal stacks grow with them. Asking
//! is one system call for all threads, those to come included. Where it is refused, or on another system, there is no
//! AMX.

use std::sync::OnceLock;

/// Whether the processor has tiles with byte and bfloat16 products, and the system agreed that we use them.
pub(crate) fn granted() -> bool {
    static GRANTED: OnceLock<bool> = OnceLock::new();
    *GRANTED.get_or_init(|| exists() && asked())
}

/// Leaf 7 of the processor's description: bit 22 is `amx-bf16`, 24 `amx-tile`, 25 `amx-int8`.
fn exists() -> bool {
    const WANTED: u32 = 1 << 22 | 1 << 24 | 1 << 25;
    let highest = std::arch::x86_64::__cpuid(0).eax;
    highest >= 7 && std::arch::x86_64::__cpuid_count(7, 0).edx & WANTED == WANTED
}

#[cfg(target_os = "linux")]
fn asked() -> bool {
    const ARCH_PRCTL: isize = 158;
    const REQUEST_PERMISSION: usize = 0x1023;
    const TILE_DATA: usize = 18;
    let answer: isize;
    // SAFETY: the call takes two numbers and touches no memory of ours; the kernel overwrites `rcx` and `r11`.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => answer,
            in("rdi") REQUEST_PERMISSION,
            in("rsi") TILE_DATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    answer == 0
}

#[cfg(not(target_os = "linux"))]
fn asked() -> bool {
    false
}
