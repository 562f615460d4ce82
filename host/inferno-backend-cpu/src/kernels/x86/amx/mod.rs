//! AMX: products of whole tiles of 16 rows and up to 64 bytes of columns, in one instruction.
//!
//! The eight tile registers cannot be named to the compiler, which never uses them by itself: a kernel declares their
//! shapes through [`Registers`], and names them only inside its own `asm!` blocks; at the end [`Registers`] clears them,
//! so that a thread that is switched away has no tiles to save.
//!
//! `prefill` multiplies matrices, `attention` reads a cache of bfloat16 or of bytes; `permission` asks the system whether a process
//! may use tiles at all.

use std::arch::asm;

pub(in crate::kernels) mod attention;
pub(crate) mod permission;
pub(in crate::kernels) mod prefill;

/// Bytes of a row of a tile.
const ROW: usize = 64;

/// What `ldtilecfg` reads: bytes in a row, and rows, of each of eight registers.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl Shapes {
    /// Registers of `(rows, bytes in a row)`, the first so many.
    const fn new<const N: usize>(shapes: [(u8, u16); N]) -> Self {
        let mut this =
            Self { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
        let mut i = 0;
        while i < N {
            (this.rows[i], this.row_bytes[i]) = shapes[i];
            i += 1;
        }
        this
    }
}

/// The tile registers of this thread, and the shapes they have. Declaring shapes takes as long as a few products, so it
/// is done when they change; which they are is known by where they stand.
#[derive(Default)]
pub(crate) struct Registers(Option<&'static Shapes>);

impl Registers {
    /// Gives the registers these shapes, which empties them.
    ///
    /// # Safety
    /// The processor has AMX and the system lets this process use it; no other `Registers` of this thread is in use.
    #[inline(always)]
    unsafe fn declare(&mut self, shapes: &'static Shapes) {
        if !self.0.is_some_and(|known| std::ptr::eq(known, shapes)) {
            // SAFETY: the instruction reads the 64 bytes of `shapes`; the caller vouches for the processor.
            unsafe { asm!("ldtilecfg [{}]", in(reg) shapes, options(nostack, readonly, preserves_flags)) };
            self.0 = Some(shapes);
        }
    }
}

impl Drop for Registers {
    fn drop(&mut self) {
        if self.0.is_some() {
            // SAFETY: shapes were declared, so there is AMX.
            unsafe { asm!("tilerelease", options(nostack, nomem, preserves_flags)) };
        }
    }
}

/// Runs `rounds` of independent products of full tiles of bytes; returns how many multiplications and additions that
/// were.
///
/// # Safety
/// The processor has AMX and the system lets this process use it.
pub(in crate::kernels) unsafe fn peak(rounds: usize) -> u64 {
    /// What one product of 16 × 64 with 64 × 16 bytes is.
    const OPERATIONS: u64 = 16 * 16 * 64 * 2;
    /// Sums that run side by side, to cover the latency of a product.
    const SUMS: u64 = 4;
    let mut registers = Registers::default();
    // SAFETY: as the caller vouches; the registers were declared, and are zeroed before they are read.
    unsafe {
        registers.declare(const { &Shapes::new([(16, ROW as u16); 8]) });
        asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack));
        asm!("tilezero tmm4", "tilezero tmm5", options(nostack));
        for _ in 0..rounds {
            asm!(
                "tdpbssd tmm0, tmm4, tmm5",
                "tdpbssd tmm1, tmm4, tmm5",
                "tdpbssd tmm2, tmm4, tmm5",
                "tdpbssd tmm3, tmm4, tmm5",
                options(nostack, preserves_flags),
            );
        }
    }
    rounds as u64 * SUMS * OPERATIONS
}
