//! A position into a block in pairs, or into one in bytes: of keys a pair of elements, or four, goes to every row, of values an
//! element to every pair, or to every four.

use std::arch::x86_64::*;

use super::{CHUNK, to_bf16};
use crate::kernels::{attention::Part, quantize::BLOCK, x86::activations::round};

/// Writes the elements `x` of a position of a head, rounded, into its block, which begins at `cells`.
///
/// # Safety
/// Nothing else touches the cells of this position, blocks have this shape and a head 32 elements or a multiple of them; the
/// processor has the features named.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(in crate::kernels) unsafe fn pairs(part: Part, position: usize, x: &[f32], cells: *mut u16) {
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

/// Quantizes the elements `x` of a position of a head into its block, whose codes begin at `codes` and whose scales at `scales`, as
/// [`q8::quantize`](crate::kernels::attention::q8::quantize) says, to the bit.
///
/// # Safety
/// Nothing else touches the cells of this position, and blocks have this shape; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn bytes(
    part: Part,
    position: usize,
    x: &[f32],
    codes: *mut i8,
    scales: *mut u16,
) {
    let (Part::Keys { head_dim, block_len } | Part::Values { head_dim, block_len }) = part;
    assert!(x.len() == head_dim && head_dim.is_multiple_of(BLOCK) && position < block_len);
    let zero = _mm512_setzero_ps();
    let rows =
        _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(block_len as i32));
    for (group, x) in x.as_chunks::<BLOCK>().0.iter().enumerate() {
        // SAFETY: a group is two registers; as the caller vouches, places are those of elements of this position.
        unsafe {
            let halves = [0, CHUNK].map(|at| _mm512_loadu_ps(x.as_ptr().add(at)));
            // The first operand loses to the second where it is NaN: those count as nothing.
            let [first, second] = halves.map(|half| _mm512_max_ps(_mm512_abs_ps(half), zero));
            let exact = _mm512_reduce_max_ps(_mm512_max_ps(first, second)) / 127.0;
            let inverse = _mm512_set1_ps(if exact == 0.0 { 0.0 } else { 1.0 / exact });
            let [first, second] =
                halves.map(|half| _mm512_cvtepi32_epi8(round(_mm512_mul_ps(half, inverse))));
            let half = _mm_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm_set_ss(exact));
            scales.add(group * block_len + position).write(_mm_extract_epi16::<0>(half) as u16);
            let first_code = group * BLOCK;
            match part {
                Part::Keys { .. } => {
                    let to = codes.add(part.in_fours(first_code, position));
                    _mm256_i32scatter_epi32::<4>(to.cast(), rows, _mm256_set_m128i(second, first));
                }
                Part::Values { .. } => {
                    let which = position % 4;
                    let (mask, shift) = (0x1111_1111_1111_1111 << which, _mm_cvtsi32_si128(8 * which as i32));
                    for (i, half) in [first, second].into_iter().enumerate() {
                        let words = _mm512_sll_epi32(_mm512_cvtepu8_epi32(half), shift);
                        // The first cell of each four, whichever is written.
                        let to = codes.add(part.in_fours(first_code + i * CHUNK, position - which));
                        _mm512_mask_storeu_epi8(to, mask, words);
                    }
                }
            }
        }
    }
}
