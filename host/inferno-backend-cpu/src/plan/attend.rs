//! Attention over the paged cache, shared out by rows and heads.

use std::sync::atomic::AtomicUsize;

use super::{
    Place,
    work::{Run, Scratch, take},
};
use crate::kernels::attention::{self, Task};

pub(crate) struct Attention {
    pub(crate) layer: usize,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) scale: f32,
    pub(crate) window: Option<u32>,
    pub(crate) q: Place,
    pub(crate) out: Place,
}

impl Attention {
    /// Runs items until none is left.
    ///
    /// # Safety
    /// As for [`WorkOp::run`](super::work::WorkOp::run).
    pub(super) unsafe fn run(&self, run: &Run<'_>, rows: usize, next: &AtomicUsize, scratch: &mut Scratch) {
        let group = self.heads / self.kv_heads;
        // Heads that share keys go together, unless that would leave threads without work.
        let crowded = run.threads == 1 || rows * self.kv_heads >= 4 * run.threads;
        let tile = if crowded { group.min(attention::HEADS) } else { 1 };
        let tiles = group.div_ceil(tile);
        let items = rows * self.kv_heads * tiles;
        take(next, items, (items / (run.threads * 8)).max(1), |item| {
            let (row, kv_head, at) =
                (item / tiles / self.kv_heads, item / tiles % self.kv_heads, item % tiles);
            let first = kv_head * group + at * tile;
            let last = (first + tile).min((kv_head + 1) * group);
            // SAFETY: these heads of this row belong to this thread alone.
            unsafe { attend(run, self, row, kv_head, first..last, scratch) };
        });
    }
}

unsafe fn attend(
    run: &Run<'_>,
    op: &Attention,
    row: usize,
    kv_head: usize,
    heads: std::ops::Range<usize>,
    scratch: &mut Scratch,
) {
    let end = run.batch.positions[row] as usize + 1;
    let start = op.window.map_or(0, |window| end.saturating_sub(window as usize));
    let columns = heads.start * op.head_dim..heads.end * op.head_dim;
    // SAFETY: keys and values of this layer were appended before a barrier and are not written again in this
    // batch; the query too, and the output's columns belong to the caller.
    unsafe {
        let task = Task {
            q: &run.bases.row(op.q, row)[columns.clone()],
            head_dim: op.head_dim,
            scale: op.scale,
            block_len: run.kv.layout().block_len as usize,
            seen: (start, end),
        };
        let keys = |index: usize| run.kv.keys(op.layer, run.batch.block(row, index), kv_head);
        let values = |index: usize| run.kv.values(op.layer, run.batch.block(row, index), kv_head);
        let out = run.bases.cells_mut(op.out, row, columns.start, columns.len());
        attention::attend(run.isa, task, &keys, &values, &mut scratch.floats, out);
    }
}
