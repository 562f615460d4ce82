//! Products of prefill: two tiles of 16 weight rows with two of 16 activation rows at a time, so that four products share four
//! loads. What they compute is said in `kernels::prefill`; `x86::prefill` makes their factors and takes what comes.

use std::arch::asm;

use super::{ROW, Registers, Shapes};
use crate::kernels::{
    TILE,
    prefill::{Cells, Form},
    x86::prefill::{Panels, TILE_BYTES},
};

/// One register of sums, from where it lies or to it.
macro_rules! sum {
    (load, $sum:literal, $cell:ident, $row:ident) => {
        asm!(
            concat!("tileloadd ", $sum, ", [{cell} + {row}]"),
            cell = in(reg) $cell,
            row = in(reg) $row,
            options(nostack, readonly, preserves_flags),
        )
    };
    (store, $sum:literal, $cell:ident, $row:ident) => {
        asm!(
            concat!("tilestored [{cell} + {row}], ", $sum),
            cell = in(reg) $cell,
            row = in(reg) $row,
            options(nostack, preserves_flags),
        )
    };
}

/// All registers of sums.
macro_rules! sums {
    ($way:ident, $cells:ident, $tiles:ident, $panels:ident) => {{
        let Cells { at: [[c0, c1], [c2, c3]], stride } = $cells;
        let row = stride * size_of::<f32>();
        sum!($way, "tmm0", c0, row);
        if $panels > 1 {
            sum!($way, "tmm1", c1, row);
        }
        if $tiles > 1 {
            sum!($way, "tmm2", c2, row);
            if $panels > 1 {
                sum!($way, "tmm3", c3, row);
            }
        }
    }};
}

/// Adds `T` tiles of activations times `P` unpacked panels to what stands at `from`, or to nothing, and writes the sums to
/// `to`. Sums of bytes are integers, in the place of numbers.
///
/// # Safety
/// Tiles and panels are so long, as many tiles of cells may be read and written, the system lets us use tiles, and the processor has the features named.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn multiply<const T: usize, const P: usize>(
    tiles: [*const f32; T],
    Panels { form, at: panels, stride, blocks }: Panels,
    registers: &mut Registers,
    (from, to): (Option<Cells>, Cells),
) {
    // SAFETY: as the caller vouches; the registers are declared, and zeroed before they are added to.
    unsafe {
        registers.declare(const { &Shapes::new([(TILE as u8, ROW as u16); 8]) });
        match from {
            None => {
                asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack))
            }
            Some(from) => sums!(load, from, T, P),
        }
        for block in 0..blocks {
            let (a, b) =
                (tiles.map(|tile| tile.cast::<u8>().add(block * TILE_BYTES)), panels.add(block * TILE_BYTES));
            macro_rules! block {
                ($($instruction:expr,)*) => {
                    asm!(
                        $($instruction,)*
                        a0 = in(reg) a[0],
                        a1 = in(reg) a[T - 1],
                        b0 = in(reg) b,
                        b1 = in(reg) b.wrapping_add(stride),
                        row = in(reg) ROW,
                        options(nostack, readonly, preserves_flags),
                    )
                };
            }
            macro_rules! blocks {
                ($product:literal) => {
                    match (T, P) {
                        (1, 1) => block!(
                            "/* {a1} {b1} */",
                            "tileloadd tmm4, [{a0} + {row}]",
                            "tileloadd tmm6, [{b0} + {row}]",
                            concat!($product, " tmm0, tmm4, tmm6"),
                        ),
                        (1, _) => block!(
                            "/* {a1} */",
                            "tileloadd tmm4, [{a0} + {row}]",
                            "tileloadd tmm6, [{b0} + {row}]",
                            "tileloadd tmm7, [{b1} + {row}]",
                            concat!($product, " tmm0, tmm4, tmm6"),
                            concat!($product, " tmm1, tmm4, tmm7"),
                        ),
                        (_, 1) => block!(
                            "/* {b1} */",
                            "tileloadd tmm6, [{b0} + {row}]",
                            "tileloadd tmm4, [{a0} + {row}]",
                            "tileloadd tmm5, [{a1} + {row}]",
                            concat!($product, " tmm0, tmm4, tmm6"),
                            concat!($product, " tmm2, tmm5, tmm6"),
                        ),
                        _ => block!(
                            "tileloadd tmm6, [{b0} + {row}]",
                            "tileloadd tmm4, [{a0} + {row}]",
                            "tileloadd tmm7, [{b1} + {row}]",
                            "tileloadd tmm5, [{a1} + {row}]",
                            concat!($product, " tmm0, tmm4, tmm6"),
                            concat!($product, " tmm1, tmm4, tmm7"),
                            concat!($product, " tmm2, tmm5, tmm6"),
                            concat!($product, " tmm3, tmm5, tmm7"),
                        ),
                    }
                };
            }
            match form {
                Form::Rounded => blocks!("tdpbf16ps"),
                Form::Turned => blocks!("tdpbssd"),
            }
        }
        sums!(store, to, T, P);
    }
}
