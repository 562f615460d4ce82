//! Quantized matrices times tiles of 16 rows of activations in decode, by `tdpbssd`.
//!
//! A panel is unpacked once for all activation rows of an item, see [`unpack`]; then a tile instruction gives the
//! 16 × 16 sums of products of a block, which go through memory to the vector registers, where they are scaled and
//! added up. The sums are integers and the scaling has the order of operations of `vnni`, so both give the same bits.
//!
//! The scaling is what limits: of each block it takes 64 vector instructions to one tile product. So tiles run ahead
//! by a phase of four blocks, and two panels share what is loaded of the activations.

use std::{
    arch::{asm, x86_64::*},
    marker::PhantomData,
    mem::MaybeUninit,
};

use super::{ROW, Registers, Shapes};
use crate::kernels::{
    PANEL, Products, TILE,
    format::Format,
    packed,
    quantize::{self, BLOCK, BLOCK_BYTES, ROW_BYTES, Tile},
    x86::vnni,
};

/// Products that a block is cut into, each with scales of its own.
const fn parts<F: Format>() -> usize {
    if F::HALVES { 2 } else { 1 }
}

/// Bytes of an unpacked sub-block: its codes, then the scales of each part, then minima if there are any.
const fn sub_bytes<F: Format>() -> usize {
    (8 + parts::<F>() + F::HAS_MIN as usize) * ROW
}

/// Bytes of an unpacked panel of `subs` sub-blocks.
pub(in crate::kernels) const fn panel_bytes<F: Format>(subs: usize) -> usize {
    subs * sub_bytes::<F>()
}

/// Unpacks a panel into signed codes and `f32` scales.
///
/// # Safety
/// `panel` has `subs` sub-blocks, `out` is [`panel_bytes`] long, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn unpack<F: Format>(panel: *const u8, subs: usize, out: *mut u8) {
    // SAFETY: a panel holds codes and scales of every sub-block, and there is room for each.
    unsafe {
        let offset = _mm512_set1_epi8(F::OFFSET as i8);
        let (mut lines, mut out) = (panel, out);
        let mut scales = panel.add(subs * packed::code_bytes::<F>());
        for _ in 0..subs / F::SUBS {
            for sub in 0..F::SUBS {
                for (g, codes) in vnni::unpack::<F>(lines).into_iter().enumerate() {
                    let codes = if F::OFFSET == 0 { codes } else { _mm512_sub_epi8(codes, offset) };
                    _mm512_storeu_si512(out.add(g * ROW).cast(), codes);
                }
                let vnni::Scales { d, m } = vnni::load_scales::<F>(scales, sub);
                for (part, d) in d.into_iter().enumerate().take(parts::<F>()) {
                    _mm512_storeu_ps(out.add((8 + part) * ROW).cast(), d);
                }
                if F::HAS_MIN {
                    _mm512_storeu_ps(out.add((8 + parts::<F>()) * ROW).cast(), m);
                }
                lines = lines.add(packed::code_bytes::<F>());
                out = out.add(sub_bytes::<F>());
            }
            scales = scales.add(packed::scale_bytes::<F>());
        }
    }
}

/// Parts that are multiplied before their sums are added up: so many scales of two panels stay in registers.
const PHASE: usize = 4;
/// Panels that share what is loaded of the activations.
const PAIR: usize = 2;
/// Pieces that a phase is cut into, so that tiles multiply one while vectors add up the one before.
const PIECES: usize = 2;

/// Sums of products of each part of a phase, for each panel.
#[repr(C, align(64))]
struct Sums([[[[i32; PANEL]; TILE]; PAIR]; PHASE]);

/// Unpacked panels times rows `lane..lane + ROWS` of a tile.
///
/// # Safety
/// `lane + ROWS ≤ 16`; the panels come from [`unpack`] and are as wide as the tile; the system lets us use tiles, and
/// the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn multiply<F: Format, const ROWS: usize>(
    panels: &[u8],
    tile: Tile<'_>,
    lane: usize,
    registers: &mut Registers,
    out: &mut [Products],
) {
    let bytes = panel_bytes::<F>(tile.blocks());
    let count = panels.len() / bytes;
    let paired = count / PAIR * PAIR;
    // SAFETY: as the caller vouches; these are as many panels as there are.
    unsafe {
        let shapes = const {
            let (k, rows) = ((BLOCK / parts::<F>()) as u16, ROWS as u8);
            let [c, a, b] = [(rows, ROW as u16), (rows, k), ((k / 4) as u8, ROW as u16)];
            Shapes::new([c, c, c, c, a, a, b, b])
        };
        registers.declare(&shapes);
        let (panels, format) = (panels.as_ptr(), PhantomData);
        Work::<F, ROWS, PAIR> { panels, tile, lane, format }.run(&mut out[..paired]);
        let panels = panels.add(paired * bytes);
        Work::<F, ROWS, 1> { panels, tile, lane, format }.run(&mut out[paired..count]);
    }
}

/// Panels, `P` at a time, times some rows of a tile.
struct Work<'a, F, const ROWS: usize, const P: usize> {
    panels: *const u8,
    tile: Tile<'a>,
    lane: usize,
    format: PhantomData<F>,
}

impl<F: Format, const ROWS: usize, const P: usize> Work<'_, F, ROWS, P> {
    /// The block of a part, and which of its parts it is.
    const fn place(part: usize) -> (usize, usize) {
        (part / parts::<F>(), part % parts::<F>())
    }

    /// Multiplies all panels, of which `out` has as many; phases follow each other without a stop in between.
    #[inline(always)]
    unsafe fn run(&self, out: &mut [Products]) {
        let count = self.tile.blocks() * parts::<F>();
        let phases = count.div_ceil(PHASE);
        let all = out.len() / P * phases;
        for out in &mut *out {
            out[..ROWS].fill([0.0; PANEL]);
        }
        let mut sums = [const { MaybeUninit::<Sums>::uninit() }; 2];
        let [a, b] = &mut sums;
        let sums = [a.as_mut_ptr(), b.as_mut_ptr()];
        let ahead = PHASE / PIECES;
        // The parts of a phase that are there, and the first panel it is about.
        let phase = |phase: usize| {
            let first = phase % phases * PHASE;
            (first..(first + PHASE).min(count), phase / phases * P)
        };
        for turn in 0..if all == 0 { 0 } else { all + 1 } {
            let (now, before) = (sums[turn % 2], sums[(turn + 1) % 2]);
            for piece in 0..PIECES {
                if turn < all {
                    let (parts, panel) = phase(turn);
                    for i in (piece * ahead..(piece + 1) * ahead).take_while(|i| *i < parts.len()) {
                        // SAFETY: the part lies within panels and tile; the registers were declared for it.
                        unsafe { self.multiply(panel, parts.start + i, &raw mut (*now).0[i]) };
                    }
                }
                if turn > 0 {
                    let (parts, panel) = phase(turn - 1);
                    let (rows, out) = (piece * ROWS / PIECES, &mut out[panel..panel + P]);
                    // SAFETY: the sums of these parts were stored in the turn before.
                    unsafe {
                        let before = (&raw const (*before).0).cast();
                        if parts.len() == PHASE {
                            self.add::<PHASE>(before, panel, parts.start, rows, out);
                        } else {
                            for (i, part) in parts.enumerate() {
                                self.add::<1>(before.add(i), panel, part, rows, out);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Where block `block` of the first row is.
    #[inline(always)]
    unsafe fn row(&self, block: usize) -> *const u8 {
        // SAFETY: the caller vouches for the block, and for the lane in it.
        unsafe { self.tile.as_ptr().add(block * BLOCK_BYTES + self.lane * ROW_BYTES) }
    }

    /// Where sub-block `block` of a panel is.
    #[inline(always)]
    unsafe fn sub(&self, panel: usize, block: usize) -> *const u8 {
        // SAFETY: the caller vouches for the panel and the block.
        unsafe { self.panels.add(panel * panel_bytes::<F>(self.tile.blocks()) + block * sub_bytes::<F>()) }
    }

    /// Multiplies a part of each panel from `panel` on.
    #[inline(always)]
    unsafe fn multiply(&self, panel: usize, part: usize, sums: *mut [[[i32; PANEL]; TILE]; PAIR]) {
        let (block, half) = Self::place(part);
        // SAFETY: the caller vouches for the part, the sums and the registers.
        unsafe {
            let a = self.row(block).add(half * (BLOCK / 2));
            let b: [*const u8; P] = std::array::from_fn(|p| self.sub(panel + p, block).add(half * 4 * ROW));
            let sums: [*mut i32; PAIR] = std::array::from_fn(|p| (&raw mut (*sums)[p]).cast());
            if P == 1 {
                asm!(
                    "tilezero tmm0",
                    "tileloadd tmm4, [{a} + {a_row}]",
                    "tileloadd tmm6, [{b} + {row}]",
                    "tdpbssd tmm0, tmm4, tmm6",
                    "tilestored [{c} + {row}], tmm0",
                    a = in(reg) a,
                    b = in(reg) b[0],
                    c = in(reg) sums[0],
                    a_row = in(reg) ROW_BYTES,
                    row = in(reg) ROW,
                    options(nostack, preserves_flags),
                );
                return;
            }
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "tileloadd tmm4, [{a} + {a_row}]",
                "tileloadd tmm6, [{b0} + {row}]",
                "tileloadd tmm7, [{b1} + {row}]",
                "tdpbssd tmm0, tmm4, tmm6",
                "tdpbssd tmm1, tmm4, tmm7",
                "tilestored [{c0} + {row}], tmm0",
                "tilestored [{c1} + {row}], tmm1",
                a = in(reg) a,
                b0 = in(reg) b[0],
                b1 = in(reg) b[P - 1],
                c0 = in(reg) sums[0],
                c1 = in(reg) sums[1],
                a_row = in(reg) ROW_BYTES,
                row = in(reg) ROW,
                options(nostack, preserves_flags),
            );
        }
    }

    /// Scales the sums of `U` parts from `first` on and adds them to a piece of the rows.
    #[inline(always)]
    unsafe fn add<const U: usize>(
        &self,
        sums: *const [[[i32; PANEL]; TILE]; PAIR],
        panel: usize,
        first: usize,
        rows: usize,
        out: &mut [Products],
    ) {
        // SAFETY: scales stand behind the codes of their block, and there are sums of each row.
        unsafe {
            let mut d = [[_mm512_setzero_ps(); P]; U];
            let mut m = d;
            let mut floats = [std::ptr::null::<u8>(); U];
            for u in 0..U {
                let (block, half) = Self::place(first + u);
                floats[u] = self.row(block);
                for p in 0..P {
                    let sub = self.sub(panel + p, block);
                    d[u][p] = _mm512_loadu_ps(sub.add((8 + half) * ROW).cast());
                    if F::HAS_MIN {
                        m[u][p] = _mm512_loadu_ps(sub.add(9 * ROW).cast());
                    }
                }
            }
            for i in rows..rows + ROWS / PIECES {
                let mut acc = [_mm512_setzero_ps(); P];
                for p in 0..P {
                    acc[p] = _mm512_loadu_ps(out[p][i].as_ptr());
                }
                for u in 0..U {
                    let lane = |at: usize| _mm512_set1_ps(*floats[u].add(i * ROW_BYTES + at).cast());
                    let scale = lane(quantize::SCALE);
                    for p in 0..P {
                        let sum = _mm512_loadu_si512((&raw const (*sums.add(u))[p][i]).cast());
                        acc[p] =
                            _mm512_fmadd_ps(_mm512_mul_ps(d[u][p], scale), _mm512_cvtepi32_ps(sum), acc[p]);
                    }
                    if F::HAS_MIN {
                        let scaled_sum = lane(quantize::SCALED_SUM);
                        for p in 0..P {
                            acc[p] = _mm512_fmadd_ps(m[u][p], scaled_sum, acc[p]);
                        }
                    }
                }
                for p in 0..P {
                    _mm512_storeu_ps(out[p][i].as_mut_ptr(), acc[p]);
                }
            }
        }
    }
}
