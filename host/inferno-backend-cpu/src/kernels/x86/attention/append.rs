//! A position into a block in pairs: of keys a pair of elements goes to every row, of values an element to every pair.

use std::arch::x86_64::*;

use super::{CHUNK, to_bf16};
use crate::kernels::attention::Part;

/// Writes the elements `x` of a position of a head, rounded, into its block, which begins at `cells`.
///
/// # Safety
/// Nothing else touches the cells of this position, blocks have this shape and a head 32 elements or a multiple of them; the
/// processor has the features named.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(in crate::kernels) unsafe fn append(part: Part, position: usize, x: &[f32], cells: *mut u16) {
    let (Part::Keys { head_dim, block_len } | Part::Values { head_dim, block_len }) = part;
    assert!(x.len() == head_dim && head_dim.is_multiple_of(2 * CHUNK) && position < block_len);
    // SAFETY: as the caller vouches; places are those of elements of this position.
    unsafe {
        let number = |element: usize| _mm512_loadu_ps(x.as_ptr().add(element));
        match part {
            Part::Keys { .. } => {
                let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                let rows = _mm512_mullo_epi32(lanes, _mm512_set1_epi32(block_len as i32));
                for element in (0..head_dim).step_by(2 * CHUNK) {
                    let halves = _mm512_cvtne2ps_pbh(number(element + CHUNK), number(element));
                    let pairs = std::mem::transmute::<__m512bh, __m512i>(halves);
                    let to = cells.add(part.paired(element, position));
                    _mm512_i32scatter_epi32::<4>(to.cast(), rows, pairs);
                }
            }
            Part::Values { .. } => {
                let odd = position % 2;
                let (mask, shift) = (0x5555_5555 << odd, _mm_cvtsi32_si128(16 * odd as i32));
                for element in (0..head_dim).step_by(CHUNK) {
                    let words = _mm512_cvtepu16_epi32(to_bf16(number(element)));
                    // The pair's first cell, whichever of the two is written.
                    let to = cells.add(part.paired(element, position - odd));
                    _mm512_mask_storeu_epi16(to.cast(), mask, _mm512_sll_epi32(words, shift));
                }
            }
        }
    }
}
