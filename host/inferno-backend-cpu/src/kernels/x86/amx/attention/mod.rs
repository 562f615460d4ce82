//! Attention over the cache by tile products: `prompt` for prompts, 32 queries at a time; for what is generated, eight at a
//! time, `pairs` where the cache is kept in bfloat16 and `bytes` where it is kept in Q8_0, which for prompts is `unpacked`
//! first.
//!
//! The three passes are those of `kernels::attention`: scores, softmax, weighted sum; a chunk is 16 positions. Each row of a
//! tile is computed by itself: what a query gets does not depend on the others. Tiles keep their contents from one `asm!`
//! block to the next, since nothing else in this program uses them.

mod bytes;
mod pairs;
mod prompt;

use inferno_backend::KvType;

use super::{ROW, Shapes};
use crate::kernels::{
    attention::{Blocks, Partial, Task},
    x86::attention::{Answers, CHUNK, unpacked, whole::MOST_POSITIONS},
};

/// Queries, or positions, in a tile.
const TILE: usize = CHUNK;
/// Bytes of a row of weights of 16 positions, in bfloat16.
const WEIGHTS_ROW: usize = TILE * 2;
/// Elements of the answers that are summed up at a time, in the wider of the two.
const ELEMENTS: usize = 64;

/// Whether tiles read a cache of this shape.
pub(in crate::kernels) const fn fits(head_dim: usize, block_len: usize) -> bool {
    head_dim.is_multiple_of(ELEMENTS) && block_len.is_multiple_of(TILE) && block_len <= MOST_POSITIONS
}

/// Memory that is kept from call to call.
#[derive(Default)]
pub(in crate::kernels) struct Scratch {
    pairs: pairs::Scratch,
    bytes: bytes::Scratch,
    prompt: prompt::Scratch,
    unpacked: unpacked::Scratch,
}

/// Computes `task`, of which positions from `start` to `end` are seen by some query, into `partial`.
///
/// # Safety
/// [`fits`], at most 32 queries, a cache of bfloat16 or of bytes; tiles may be used, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(in crate::kernels) unsafe fn attend(
    task: Task<'_>,
    range: (usize, usize),
    cache: &impl Blocks,
    scratch: &mut Scratch,
    partial: &mut Partial,
) {
    let Scratch { pairs, bytes, prompt, unpacked } = scratch;
    let Task { head_dim, block_len, rounded, .. } = task;
    // SAFETY: as the caller vouches; there are no more queries than rows for them.
    unsafe {
        match (cache.kind(), rounded) {
            (KvType::Q8_0, true) => {
                let blocks = range.0 / block_len..range.1.div_ceil(block_len);
                let cache = unpacked::Unpacked::new(cache, (head_dim, block_len), blocks, unpacked);
                prompt::attend(task, range, &cache, prompt, partial.answers());
            }
            (_, true) => prompt::attend(task, range, cache, prompt, partial.answers()),
            (kind, false) => in_halves(task, partial.answers(), |task, answers| match kind {
                KvType::Q8_0 => bytes::attend(task, range, cache, bytes, answers),
                _ => pairs::attend(task, range, cache, pairs, answers),
            }),
        }
    }
}

/// Calls `attend` for as many queries at a time as have two rows of a tile each.
fn in_halves(
    task: Task<'_>,
    Answers { out, largest, sums }: Answers<'_>,
    mut attend: impl FnMut(Task<'_>, Answers<'_>),
) {
    const TOGETHER: usize = TILE / 2;
    let width = TOGETHER * task.head_dim;
    let each = task.q.chunks(width).zip(task.seen.chunks(TOGETHER));
    let answers = out.chunks_mut(width).zip(largest.chunks_mut(TOGETHER).zip(sums.chunks_mut(TOGETHER)));
    for ((q, seen), (out, (largest, sums))) in each.zip(answers) {
        attend(Task { q, seen, ..task }, Answers { out, largest, sums });
    }
}

/// Shapes by the rows of queries, which are so many bytes, for so many rows of keys or values.
const fn by_rows(row: usize, depth: usize) -> [Shapes; TILE + 1] {
    let mut all = [shapes(TILE, row, depth); TILE + 1];
    let mut rows = 1;
    while rows < TILE {
        all[rows] = shapes(rows, row, depth);
        rows += 1;
    }
    all
}

/// Registers 0 to 3 for sums, 4 and 5 for rows of `row` bytes of queries, 6 and 7 for `depth` rows of keys or values.
const fn shapes(rows: usize, row: usize, depth: usize) -> Shapes {
    let (rows, row) = (rows as u8, row as u16);
    let (sums, cells) = ((rows, ROW as u16), (depth as u8, ROW as u16));
    Shapes::new([sums, sums, sums, sums, (rows, row), (rows, row), cells, cells])
}
