//! Quantized matrices times tiles of 16 rows of activations, by `tdpbssd`.
//!
//! A panel is unpacked once for all activation rows of an item, see [`unpack`]; then a tile instruction gives the 16 × 16 sums
//! of products of a block, which go through memory to the vector registers, where they are scaled and added up. The
//! sums are integers and the scaling has the order of operations of `vnni`, so both give the same bits.

use std::{
    arch::{asm, x86_64::*},
    mem::MaybeUninit,
};

use super::{ROW, Shapes};
use crate::kernels::{
    PANEL, Products, TILE,
    format::Format,
    packed,
    quantize::{self, BLOCK, BLOCK_BYTES, Tile},
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

/// Sums of products of two parts of blocks.
#[repr(C, align(64))]
struct Sums([[[i32; PANEL]; TILE]; 2]);

/// Unpacked panels times rows `lane..lane + ROWS` of a tile.
///
/// # Safety
/// `lane + ROWS ≤ 16`; the panels come from [`unpack`] and are as wide as the tile; the system lets us use tiles, and the processor has
/// the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(in crate::kernels) unsafe fn multiply<F: Format, const ROWS: usize>(
    panels: &[u8],
    tile: Tile<'_>,
    lane: usize,
    out: &mut [Products],
) {
    // SAFETY: as the caller vouches.
    unsafe {
        let shapes = const {
            let (k, rows) = ((BLOCK / parts::<F>()) as u16, ROWS as u8);
            let [c, a, b] = [(rows, ROW as u16), (rows, k), ((k / 4) as u8, ROW as u16)];
            Shapes::new([c, a, b, c, a, b])
        };
        let _declared = shapes.declare();
        for (panel, out) in panels.chunks_exact(panel_bytes::<F>(tile.blocks())).zip(out) {
            panel_times_tile::<F, ROWS>(panel.as_ptr(), tile, lane, out);
        }
    }
}

/// What is multiplied at once: two blocks, or two halves of one.
struct Pair {
    a: [*const u8; 2],
    b: [*const u8; 2],
}

#[inline(always)]
unsafe fn panel_times_tile<F: Format, const ROWS: usize>(
    panel: *const u8,
    tile: Tile<'_>,
    lane: usize,
    out: &mut Products,
) {
    let parts = const { parts::<F>() };
    let count = tile.blocks() * parts;
    // SAFETY: every part lies within its panel or tile.
    unsafe {
        let pair = |first: usize| {
            // An odd last part is multiplied twice, and used once.
            let at = |part: usize| {
                let part = part.min(count - 1);
                let (block, half) = (part / parts, part % parts);
                let a = tile.as_ptr().add(block * BLOCK_BYTES + lane * BLOCK + half * (BLOCK / 2));
                (a, panel.add(block * sub_bytes::<F>() + half * 4 * ROW))
            };
            let [(a0, b0), (a1, b1)] = [at(first), at(first + 1)];
            Pair { a: [a0, a1], b: [b0, b1] }
        };
        let mut sums = [const { MaybeUninit::<Sums>::uninit() }; 2];
        let mut acc = [_mm512_setzero_ps(); ROWS];
        dots(&pair(0), sums[0].as_mut_ptr());
        for first in (0..count).step_by(2) {
            // The tiles of the next pair are busy while vectors add up this one.
            let current = first / 2 % 2;
            dots(&pair((first + 2).min(count - 1)), sums[1 - current].as_mut_ptr());
            for part in first..(first + 2).min(count) {
                let (block, half) = (part / parts, part % parts);
                add::<F, ROWS>(
                    (&raw const (*sums[current].as_ptr()).0[part - first]).cast(),
                    panel.add(block * sub_bytes::<F>()),
                    half,
                    tile.as_ptr().add(block * BLOCK_BYTES + lane * 4),
                    &mut acc,
                );
            }
        }
        for (out, acc) in out.iter_mut().zip(acc) {
            _mm512_storeu_ps(out.as_mut_ptr(), acc);
        }
    }
}

/// Multiplies both parts of a pair.
#[inline(always)]
unsafe fn dots(pair: &Pair, sums: *mut Sums) {
    // SAFETY: the registers have the shapes of these tiles, which the caller vouches for.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tileloadd tmm1, [{a0} + {a_row}]",
            "tileloadd tmm2, [{b0} + {row}]",
            "tilezero tmm3",
            "tileloadd tmm4, [{a1} + {a_row}]",
            "tileloadd tmm5, [{b1} + {row}]",
            "tdpbssd tmm0, tmm1, tmm2",
            "tdpbssd tmm3, tmm4, tmm5",
            "tilestored [{c0} + {row}], tmm0",
            "tilestored [{c1} + {row}], tmm3",
            a0 = in(reg) pair.a[0],
            a1 = in(reg) pair.a[1],
            b0 = in(reg) pair.b[0],
            b1 = in(reg) pair.b[1],
            c0 = in(reg) &raw mut (*sums).0[0],
            c1 = in(reg) &raw mut (*sums).0[1],
            a_row = in(reg) BLOCK,
            row = in(reg) ROW,
            options(nostack, preserves_flags),
        );
    }
}

/// Scales the sums of a part and adds them up.
#[inline(always)]
unsafe fn add<F: Format, const ROWS: usize>(
    sums: *const i32,
    sub: *const u8,
    half: usize,
    block: *const u8,
    acc: &mut [__m512; ROWS],
) {
    // SAFETY: scales stand behind the codes of their block.
    unsafe {
        let d = _mm512_loadu_ps(sub.add((8 + half) * ROW).cast());
        let m = if F::HAS_MIN { _mm512_loadu_ps(sub.add(9 * ROW).cast()) } else { _mm512_setzero_ps() };
        for i in 0..ROWS {
            let lane = |at: usize| _mm512_set1_ps(*block.add(at + i * 4).cast());
            let sum = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums.add(i * PANEL).cast()));
            acc[i] = _mm512_fmadd_ps(_mm512_mul_ps(d, lane(quantize::SCALES)), sum, acc[i]);
            if F::HAS_MIN {
                acc[i] = _mm512_fmadd_ps(m, lane(quantize::SCALED_SUMS), acc[i]);
            }
        }
    }
}
