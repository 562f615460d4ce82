//! Blocks of Q8_0 as pairs of bfloat16, for prompts: many queries read a block, and each would have its weights rounded for
//! every scale.
//!
//! A number is its code times its scale, rounded to eight bits, as everything of a prompt is. Easily confused with `bytes`, which
//! uses codes as they are stored.

use std::{arch::x86_64::*, ops::Range};

use inferno_backend::KvType;

use super::{CHUNK, at_least};
use crate::kernels::{
    attention::{Ahead, Blocks, Cells, Part, q8},
    quantize::BLOCK,
};

/// Where the numbers of a pair come from: the first from the lower half of a register, the second from the upper.
static PAIRED: [u16; 2 * CHUNK] = {
    let mut from = [0; 2 * CHUNK];
    let mut at = 0;
    while at < 2 * CHUNK {
        from[at] = (at / 2 + at % 2 * CHUNK) as u16;
        at += 1;
    }
    from
};

/// Memory that is kept from call to call.
#[derive(Default)]
pub(in crate::kernels) struct Scratch([Vec<u16>; 2]);

/// Some blocks of a cache, unpacked.
pub(in crate::kernels) struct Unpacked<'a> {
    /// Keys and values.
    parts: [&'a [u16]; 2],
    first: usize,
    /// Cells of a block.
    block: usize,
}

impl<'a> Unpacked<'a> {
    /// Unpacks `blocks`.
    ///
    /// # Safety
    /// The cache is in bytes, its heads are a multiple of 32 elements and its blocks of 16 positions, and the processor has
    /// the features named.
    #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    pub(in crate::kernels) unsafe fn new(
        cache: &impl Blocks,
        (head_dim, block_len): (usize, usize),
        blocks: Range<usize>,
        Scratch(room): &'a mut Scratch,
    ) -> Self {
        let block = head_dim * block_len;
        for part in &mut *room {
            at_least(part, blocks.len() * block);
        }
        let ahead = Ahead::whole(cache, blocks.clone());
        for (at, out) in blocks.clone().zip(room[0].chunks_exact_mut(block)) {
            ahead.keys(at);
            // SAFETY: as the caller vouches.
            unsafe { unpack(cache.keys(at), Part::Keys { head_dim, block_len }, out) };
        }
        for (at, out) in blocks.clone().zip(room[1].chunks_exact_mut(block)) {
            ahead.values(at);
            // SAFETY: as above.
            unsafe { unpack(cache.values(at), Part::Values { head_dim, block_len }, out) };
        }
        Self { parts: [&room[0], &room[1]], first: blocks.start, block }
    }

    fn part(&self, part: usize, index: usize) -> Cells<'_> {
        Cells::Bf16(&self.parts[part][(index - self.first) * self.block..][..self.block])
    }
}

impl Blocks for Unpacked<'_> {
    fn kind(&self) -> KvType {
        KvType::Bf16
    }

    fn keys(&self, index: usize) -> Cells<'_> {
        self.part(0, index)
    }

    fn values(&self, index: usize) -> Cells<'_> {
        self.part(1, index)
    }
}

/// Unpacks the keys, or the values, of a block into `out`.
///
/// # Safety
/// As for [`Unpacked::new`].
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn unpack(cells: Cells<'_>, part: Part, out: &mut [u16]) {
    let Cells::Q8(q8::Bytes { codes, scales }) = cells else {
        unreachable!("only a cache in bytes comes here")
    };
    let (Part::Keys { head_dim, block_len } | Part::Values { head_dim, block_len }) = part;
    assert!(head_dim.is_multiple_of(BLOCK) && block_len.is_multiple_of(CHUNK));
    assert!(codes.len() == head_dim * block_len && out.len() == codes.len());
    assert!(scales.len() == head_dim / BLOCK * block_len);
    let (codes, scales, out) = (codes.as_ptr(), scales.as_ptr(), out.as_mut_ptr());
    // SAFETY: all places lie within the lengths just checked.
    unsafe {
        match part {
            Part::Keys { .. } => {
                for four in 0..head_dim / 4 {
                    for chunk in (0..block_len).step_by(CHUNK) {
                        let scales = scales.add(four * 4 / BLOCK * block_len + chunk);
                        let scale = _mm512_cvtph_ps(_mm256_loadu_si256(scales.cast()));
                        let pairs = unpack_four(codes.add((four * block_len + chunk) * 4), [scale; 4]);
                        for (i, pair) in pairs.into_iter().enumerate() {
                            let at = ((four * 2 + i) * block_len + chunk) * 2;
                            _mm512_storeu_si512(out.add(at).cast(), pair);
                        }
                    }
                }
            }
            Part::Values { .. } => {
                for four in 0..block_len / 4 {
                    for element in (0..head_dim).step_by(CHUNK) {
                        let scales = scales.add(element / BLOCK * block_len + four * 4);
                        let scale = |i| _mm512_cvtph_ps(_mm256_set1_epi16(*scales.add(i) as i16));
                        let scales = [scale(0), scale(1), scale(2), scale(3)];
                        let pairs = unpack_four(codes.add((four * head_dim + element) * 4), scales);
                        for (i, pair) in pairs.into_iter().enumerate() {
                            let at = ((four * 2 + i) * head_dim + element) * 2;
                            _mm512_storeu_si512(out.add(at).cast(), pair);
                        }
                    }
                }
            }
        }
    }
}

/// 16 fours of codes as 16 pairs of their first two, and of the others.
///
/// # Safety
/// The codes can be read, and the processor has the features named.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn unpack_four(codes: *const i8, scales: [__m512; 4]) -> [__m512i; 2] {
    // SAFETY: as the caller vouches.
    let words = unsafe { _mm512_loadu_si512(codes.cast()) };
    let [a, b, c, d] = [
        _mm512_srai_epi32::<24>(_mm512_slli_epi32::<24>(words)),
        _mm512_srai_epi32::<24>(_mm512_slli_epi32::<16>(words)),
        _mm512_srai_epi32::<24>(_mm512_slli_epi32::<8>(words)),
        _mm512_srai_epi32::<24>(words),
    ];
    let number = |code, i: usize| _mm512_mul_ps(_mm512_cvtepi32_ps(code), scales[i]);
    [[number(a, 0), number(b, 1)], [number(c, 2), number(d, 3)]].map(|[first, second]| {
        // SAFETY: both are 64 bytes of which every pattern is one.
        let halves: __m512i = unsafe { std::mem::transmute(_mm512_cvtne2ps_pbh(second, first)) };
        // SAFETY: the order is a register.
        let order = unsafe { _mm512_loadu_si512(PAIRED.as_ptr().cast()) };
        _mm512_permutexvar_epi16(order, halves)
    })
}
