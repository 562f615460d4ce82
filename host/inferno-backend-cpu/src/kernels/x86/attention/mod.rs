//! Attention in vectors: `plain` over cells as they are stored, of eight numbers or 16, `pairs` over a cache of bfloat16 and `bytes`
//! over one of Q8_0, of 16.
//!
//! What tiles do likewise lies here too: `append` writes the cache of bfloat16, `unpacked` makes one of Q8_0, `softmax` makes
//! weights of scores, `whole` makes them and queries whole numbers. A chunk is 16 positions. Easily confused with `amx::attention`, which multiplies whole tiles of them.

pub(in crate::kernels) mod append;
pub(in crate::kernels) mod bytes;
pub(in crate::kernels) mod pairs;
pub(in crate::kernels) mod plain;
pub(super) mod softmax;
pub(super) mod unpacked;
pub(super) mod whole;

use std::arch::x86_64::*;

use inferno_backend::KvType;

use crate::kernels::attention::{Blocks, Cells, Partial, Task};

/// Positions of a chunk.
pub(super) const CHUNK: usize = 16;

/// Memory that is kept from call to call.
#[derive(Default)]
pub(in crate::kernels) struct Scratch {
    pairs: pairs::Scratch,
    unpacked: unpacked::Scratch,
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into `partial`.
///
/// # Safety
/// [`pairs::fits`]; the cache is of bfloat16, or of bytes and the task rounded; the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(in crate::kernels) unsafe fn attend(
    task: Task<'_>,
    (start, end): (usize, usize),
    cache: &impl Blocks,
    Scratch { pairs, unpacked }: &mut Scratch,
    partial: &mut Partial,
) {
    let Task { head_dim, block_len, .. } = task;
    // SAFETY: as the caller vouches.
    unsafe {
        if cache.kind() == KvType::Q8_0 {
            let blocks = start / block_len..end.div_ceil(block_len);
            let cache = unpacked::Unpacked::new(cache, (head_dim, block_len), blocks, unpacked);
            pairs::attend(task, (start, end), &cache, pairs, partial);
        } else {
            pairs::attend(task, (start, end), cache, pairs, partial);
        }
    }
}

/// Makes room for so many cells, if there is less; what is in them is of no concern.
pub(super) fn at_least<T: Clone + Default>(room: &mut Vec<T>, len: usize) {
    if room.len() < len {
        room.resize(len, T::default());
    }
}

/// Where answers to some queries go: as in [`Partial`].
pub(super) struct Answers<'a> {
    pub(super) out: &'a mut [f32],
    pub(super) largest: &'a mut [f32],
    pub(super) sums: &'a mut [f32],
}

impl Partial {
    pub(super) fn answers(&mut self) -> Answers<'_> {
        Answers { out: &mut self.out, largest: &mut self.largest, sums: &mut self.sums }
    }
}

/// A block of a cache in pairs.
pub(super) fn cells(cells: Cells<'_>) -> &[u16] {
    match cells {
        Cells::Bf16(cells) => cells,
        Cells::F32(_) | Cells::F16(_) | Cells::Q8(_) => unreachable!("only a cache in pairs comes here"),
    }
}

/// The values of a block in pairs with zeros behind the first `used` positions: what stood there before could be no number,
/// and nothing times that is not nothing.
pub(super) fn without_rest<'a>(
    values: &[u16],
    head_dim: usize,
    used: usize,
    room: &'a mut Vec<u16>,
) -> &'a [u16] {
    let row = 2 * head_dim;
    room.clear();
    room.extend_from_slice(&values[..used.div_ceil(2) * row]);
    if !used.is_multiple_of(2) {
        room[used / 2 * row..].iter_mut().skip(1).step_by(2).for_each(|cell| *cell = 0);
    }
    room.resize(values.len(), 0);
    room
}

/// 16 numbers, each rounded to bfloat16.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
pub(super) fn to_bf16(x: __m512) -> __m256i {
    // SAFETY: both are 32 bytes of which every pattern is one.
    unsafe { std::mem::transmute(_mm512_cvtneps_pbh(x)) }
}

/// 16 numbers rounded to bfloat16, and what is lost of them rounded likewise.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
pub(super) fn split(x: __m512) -> [__m256i; 2] {
    let high = to_bf16(x);
    let rounded = _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(high)));
    [high, to_bf16(_mm512_sub_ps(x, rounded))]
}
