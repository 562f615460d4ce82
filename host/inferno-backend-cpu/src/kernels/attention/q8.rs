//! Keys and values as signed bytes, as GGML's Q8_0: 32 elements of a position share a scale.
//!
//! Of a block and head, the codes come first, in fours: so lies what is multiplied byte by byte, whose products are added
//! four at a time. The scales follow, in binary16, of 32 elements those of all positions side by side. The last elements of
//! a head of another size than a multiple of 32 are a group of their own, and what is no multiple of four is filled up.
//! Easily confused with `quantize`, which lays rows out for products.

use super::cells::Part;
use crate::{
    isa::Isa,
    kernels::{
        half::{f16_to_f32, f32_to_f16},
        quantize::{BLOCK, quantize_block},
        vectorized,
    },
};

/// Positions whose scales are widened together.
const LANES: usize = 16;

/// Codes of a block and head, and their scales.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<'a> {
    pub(crate) codes: &'a [i8],
    pub(crate) scales: &'a [u16],
}

/// How many codes, and how many scales.
pub(crate) fn counts(head_dim: usize, block_len: usize) -> Option<(usize, usize)> {
    let codes = head_dim.checked_next_multiple_of(4)?.checked_mul(block_len.checked_next_multiple_of(4)?)?;
    Some((codes, head_dim.div_ceil(BLOCK).checked_mul(block_len)?))
}

/// Quantizes one position; `codes` and `scale` write what they are given from a place on.
#[inline(always)]
pub(crate) fn quantize(
    x: &[f32],
    part: Part,
    position: usize,
    mut codes: impl FnMut(usize, &[i8]),
    mut scale: impl FnMut(usize, u16),
) {
    let (Part::Keys { block_len, .. } | Part::Values { block_len, .. }) = part;
    // Of each group, so many elements; it is worth knowing that these are mostly all.
    let mut put = |group: usize, x: &[f32; BLOCK], count: usize| {
        let block = quantize_block(x);
        scale(group * block_len + position, f32_to_f16(block.scale));
        for (i, four) in block.codes.as_chunks::<4>().0.iter().enumerate().take(count.div_ceil(4)) {
            let element = group * BLOCK + i * 4;
            match part {
                Part::Keys { .. } => codes(part.in_fours(element, position), four),
                Part::Values { .. } => {
                    for r in 0..(count - i * 4).min(4) {
                        codes(part.in_fours(element + r, position), &four[r..=r]);
                    }
                }
            }
        }
    };
    let (groups, rest) = x.as_chunks::<BLOCK>();
    for (group, x) in groups.iter().enumerate() {
        put(group, x, BLOCK);
    }
    if !rest.is_empty() {
        let mut filled = [0.0; BLOCK];
        filled[..rest.len()].copy_from_slice(rest);
        put(groups.len(), &filled, rest.len());
    }
}

impl Bytes<'_> {
    /// All numbers in plain order, into `room`.
    pub(super) fn widen(self, isa: Isa, part: Part, room: &mut Vec<f32>) {
        let (Part::Keys { head_dim, block_len } | Part::Values { head_dim, block_len }) = part;
        room.resize(head_dim * block_len, 0.0);
        let (bytes, out) = (self, &mut room[..]);
        vectorized!(isa, fn f(bytes: Bytes<'_>, part: Part, out: &mut [f32]), widen_body);
    }
}

#[inline(always)]
fn widen_body(Bytes { codes, scales }: Bytes<'_>, part: Part, out: &mut [f32]) {
    let fours = codes.as_chunks::<4>().0;
    match part {
        Part::Keys { head_dim, block_len } => {
            for first in (0..block_len).step_by(LANES) {
                let count = (block_len - first).min(LANES);
                for (group, scales) in scales.chunks_exact(block_len).enumerate() {
                    let mut wide = [0.0; LANES];
                    wide.iter_mut()
                        .zip(&scales[first..][..count])
                        .for_each(|(x, bits)| *x = f16_to_f32(*bits));
                    let elements = group * BLOCK..((group + 1) * BLOCK).min(head_dim);
                    for element in elements {
                        let fours = &fours[element / 4 * block_len + first..][..count];
                        let out = &mut out[element * block_len + first..][..count];
                        scaled(fours, element % 4, out.iter_mut().zip(&wide));
                    }
                }
            }
        }
        Part::Values { head_dim, block_len } => {
            for (position, out) in out.chunks_exact_mut(head_dim).enumerate() {
                let fours = &fours[position / 4 * head_dim..][..head_dim];
                for (group, (fours, out)) in fours.chunks(BLOCK).zip(out.chunks_mut(BLOCK)).enumerate() {
                    let scale = f16_to_f32(scales[group * block_len + position]);
                    scaled(fours, position % 4, out.iter_mut().map(|x| (x, &scale)));
                }
            }
        }
    }
}

/// Number `which` of each four times its scale. As a shift of whole words, which compilers make vectors of.
#[inline(always)]
fn scaled<'a>(fours: &[[i8; 4]], which: usize, out: impl Iterator<Item = (&'a mut f32, &'a f32)>) {
    for (four, (x, scale)) in fours.iter().zip(out) {
        let word = i32::from_le_bytes(four.map(|code| code as u8));
        *x = (word << (24 - 8 * which) >> 24) as f32 * scale;
    }
}
