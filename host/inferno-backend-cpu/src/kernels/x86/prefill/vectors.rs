//! Products of prefill in vectors: 16 weight rows to a register, times four bytes or two bfloat16 of an activation row that all of
//! them share.
//!
//! Eight rows go through two panels at a time, so that what is loaded of a panel is used eight times and what is loaded of a
//! row twice, and 16 sums cover the latency of a product. Easily confused with `vnni`, which multiplies what is packed, and has
//! scales between its sums.

use std::{arch::x86_64::*, mem::transmute};

use super::{Panels, ROW, TILE_BYTES};
use crate::{
    isa::Isa,
    kernels::{
        TILE,
        packed::LINE,
        prefill::{Cells, Form},
    },
};

/// Activation rows that go through the panels together.
const ROWS: usize = 8;

/// Adds `T` tiles of activations times `P` unpacked panels to what stands at `from`, or to nothing, and writes the sums to
/// `to`. Sums of bytes are integers, in the place of numbers, and begin with nothing.
///
/// # Safety
/// Tiles and panels are so long, and as many tiles of cells may be read and written.
pub(in crate::kernels) unsafe fn multiply<const T: usize, const P: usize>(
    isa: Isa,
    tiles: [*const f32; T],
    panels: Panels,
    (from, to): (Option<Cells>, Cells),
) {
    for (t, tile) in tiles.into_iter().enumerate() {
        for lane in (0..TILE).step_by(ROWS) {
            let rows = |cells: Cells| -> [*mut f32; P] {
                std::array::from_fn(|p| cells.at[t][p].wrapping_add(lane * cells.stride))
            };
            let from = from.map(|cells| (rows(cells), cells.stride));
            let (to, x) = ((rows(to), to.stride), tile.cast::<u8>().wrapping_add(lane * ROW));
            // SAFETY: an `Isa` exists only where its features were detected; as the caller vouches.
            unsafe {
                match panels.form {
                    Form::Rounded => {
                        assert!(isa.has_bf16(), "nothing is rounded elsewhere");
                        numbers::<P>(x, panels, (from, to));
                    }
                    Form::Turned => {
                        assert!(isa.has_avx512() && from.is_none(), "sums of bytes are no numbers yet");
                        bytes::<P>(x, panels, to);
                    }
                }
            }
        }
    }
}

/// Cells of rows of some panels: the first of each, and how many cells rows are apart.
type Rows<const P: usize> = ([*mut f32; P], usize);

/// # Safety
/// As for [`multiply`], and the processor has the features named.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn numbers<const P: usize>(x: *const u8, panels: Panels, (from, to): (Option<Rows<P>>, Rows<P>)) {
    let mut sums = [[_mm512_setzero_ps(); ROWS]; P];
    // SAFETY: as the caller vouches.
    unsafe {
        if let Some((at, stride)) = from {
            for p in 0..P {
                for i in 0..ROWS {
                    sums[p][i] = _mm512_loadu_ps(at[p].add(i * stride));
                }
            }
        }
        products::<P>(x, panels, |p, i, weights, four| {
            let (weights, two) =
                (transmute::<__m512i, __m512bh>(weights), transmute::<__m512i, __m512bh>(four));
            sums[p][i] = _mm512_dpbf16_ps(sums[p][i], weights, two);
        });
        put(sums, to);
    }
}

/// # Safety
/// As for [`multiply`], and the processor has the features named.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn bytes<const P: usize>(x: *const u8, panels: Panels, to: Rows<P>) {
    let Panels { at, stride, blocks, .. } = panels;
    let mut sums = [[_mm512_setzero_si512(); ROWS]; P];
    // SAFETY: as the caller vouches; what sums begin with stands behind the last block.
    unsafe {
        for p in 0..P {
            sums[p] = [_mm512_loadu_si512(at.add(p * stride + blocks * TILE_BYTES).cast()); ROWS];
        }
        products::<P>(x, panels, |p, i, weights, four| {
            sums[p][i] = _mm512_dpbusd_epi32(sums[p][i], four, weights);
        });
        put(sums.map(|sums| sums.map(|sum| _mm512_castsi512_ps(sum))), to);
    }
}

/// Gives `add` the next columns of each panel and row, in order.
#[inline(always)]
unsafe fn products<const P: usize>(
    x: *const u8,
    Panels { at, stride, blocks, .. }: Panels,
    mut add: impl FnMut(usize, usize, __m512i, __m512i),
) {
    // SAFETY: the caller vouches for the lengths, and for AVX-512.
    unsafe {
        for block in 0..blocks {
            let (x, at) = (x.add(block * TILE_BYTES), at.add(block * TILE_BYTES));
            for line in 0..TILE_BYTES / LINE {
                let weights: [__m512i; P] =
                    std::array::from_fn(|p| _mm512_loadu_si512(at.add(p * stride + line * LINE).cast()));
                for i in 0..ROWS {
                    let four = _mm512_set1_epi32(x.add(i * ROW + line * 4).cast::<i32>().read_unaligned());
                    for p in 0..P {
                        add(p, i, weights[p], four);
                    }
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn put<const P: usize>(sums: [[__m512; ROWS]; P], (to, stride): Rows<P>) {
    for p in 0..P {
        for i in 0..ROWS {
            // SAFETY: the caller vouches for the cells, and for AVX-512.
            unsafe { _mm512_storeu_ps(to[p].add(i * stride), sums[p][i]) };
        }
    }
}
