//! Attention over the paged cache, shared out by rows and heads.

use std::ops::{ControlFlow, Range};

use inferno_backend::{KvLayout, KvType};

use super::{
    Out, Place,
    home::Taken,
    work::{Run, Scratch, Shares},
};
use crate::kernels::attention::{self, Blocks, Cells, QUERIES, Task};

/// Positions from which on a text is read once for all heads that share its keys.
const DEEP: u32 = 256;

pub(crate) struct Attention {
    pub(crate) layer: usize,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) scale: f32,
    pub(crate) window: Option<u32>,
    pub(crate) q: Place,
    pub(crate) out: Out,
}

impl Attention {
    /// Runs items: some rows of some heads that share keys and values.
    ///
    /// # Safety
    /// As for [`WorkOp::run`](super::work::WorkOp::run).
    pub(super) unsafe fn run(
        &self,
        run: &Run<'_>,
        rows: usize,
        taken: &Taken,
        scratch: &mut Scratch,
    ) -> ControlFlow<()> {
        let group = self.heads / self.kv_heads;
        // Heads that share keys go together, unless that would leave threads without work: of a long text, reading it once for
        // all heads is worth more.
        let deep = run.batch.positions.iter().any(|position| *position >= DEEP);
        let crowded = deep || rows * self.kv_heads >= run.threads;
        let KvLayout { block_len, kind, .. } = run.kv.layout();
        let queries = attention::queries(run.isa, kind, self.head_dim, block_len as usize);
        let tile = if crowded { group.min(queries) } else { 1 };
        // So do rows, where there are enough.
        let each =
            if rows >= 4 * run.threads { (queries / tile).min(rows / (2 * run.threads)).max(1) } else { 1 };
        let (tiles, spans) = (group.div_ceil(tile), rows.div_ceil(each));
        let items = spans * self.kv_heads * tiles;
        let cuts = run.splits.cuts();
        if each == 1 && cuts > 1 && items < 4 * run.threads {
            // SAFETY: as the caller vouches.
            return unsafe { self.run_split(run, (rows, tiles, tile), cuts, taken, scratch) };
        }
        let shares = Shares { items, own: 0, chunk: (items / (run.threads * 16)).max(1) };
        shares.take(run, taken, |item| {
            // A head's keys and values stay near while they are read; what sees the most comes first, so that what is last,
            // when a thread may have to wait for another, is short.
            let (kv_head, at, span) = (item / spans / tiles, item / spans % tiles, spans - 1 - item % spans);
            let first = kv_head * group + at * tile;
            let heads = first..(first + tile).min((kv_head + 1) * group);
            let mut row = span * each;
            let end = (row + each).min(rows);
            while row < end {
                let alike = (row..end).take_while(|other| run.batch.alike(row, *other)).count();
                // SAFETY: these heads of these rows belong to this thread alone.
                unsafe { attend(run, self, row..row + alike, kv_head, heads.clone(), scratch) };
                row += alike;
            }
        })
    }
}

impl Attention {
    /// As [`run`](Self::run), a span of a text to an item; whoever computes the last of them makes them one.
    ///
    /// # Safety
    /// As there.
    unsafe fn run_split(
        &self,
        run: &Run<'_>,
        (rows, tiles, tile): (usize, usize, usize),
        cuts: usize,
        taken: &Taken,
        scratch: &mut Scratch,
    ) -> ControlFlow<()> {
        let group = self.heads / self.kv_heads;
        let shares = Shares { items: rows * self.kv_heads * tiles * cuts, own: 0, chunk: 1 };
        shares.take(run, taken, |item| {
            let (whole, span) = (item / cuts, item % cuts);
            let (row, kv_head, at) =
                (whole / tiles / self.kv_heads, whole / tiles % self.kv_heads, whole % tiles);
            let first = kv_head * group + at * tile;
            let heads = first..(first + tile).min((kv_head + 1) * group);
            let mut seen = [(0, 0); QUERIES];
            let Scratch { queries, answers, attention, .. } = scratch;
            // SAFETY: as the caller vouches.
            let task = unsafe { self.task(run, row..row + 1, heads.clone(), queries, &mut seen) };
            let cache = Cached { run, layer: self.layer, row, kv_head };
            run.splits.compute(whole, span, |partial| {
                attention::attend_span(run.isa, task, span, &cache, &mut attention.room, partial);
            });
            run.splits.finish(whole, self.head_dim, |all| {
                answers.resize(heads.len() * self.head_dim, 0.0);
                all.finish(run.isa, self.head_dim, answers);
                // SAFETY: whoever comes last has these heads of this row alone.
                unsafe { self.put(run, row, &heads, answers) };
            });
        })
    }

    /// Puts the answers to some heads of a row where products read them.
    ///
    /// # Safety
    /// Nothing else touches these heads of the row.
    unsafe fn put(&self, run: &Run<'_>, row: usize, heads: &Range<usize>, answers: &[f32]) {
        let first = heads.start * self.head_dim;
        // SAFETY: as the caller vouches.
        unsafe {
            match self.out.bf16.zip(row.checked_sub(run.batch.decode)) {
                Some((rounded, at)) => run.bases.round(run.isa, rounded, at, first, answers),
                None => run.bases.cells_mut(self.out.x, row, first, answers.len()).copy_from_slice(answers),
            }
        }
    }

    /// What some heads of some rows of a sequence ask.
    ///
    /// # Safety
    /// The queries were written before a barrier.
    unsafe fn task<'a>(
        &self,
        run: &Run<'_>,
        rows: Range<usize>,
        heads: Range<usize>,
        queries: &'a mut Vec<f32>,
        seen: &'a mut [(usize, usize); QUERIES],
    ) -> Task<'a> {
        queries.clear();
        let columns = heads.start * self.head_dim..heads.end * self.head_dim;
        let rounded = rows.start >= run.batch.decode;
        let count = rows.len() * heads.len();
        for (i, row) in rows.enumerate() {
            // SAFETY: as the caller vouches.
            queries.extend_from_slice(unsafe { &run.bases.row(self.q, row)[columns.clone()] });
            let end = run.batch.positions[row] as usize + 1;
            let start = self.window.map_or(0, |window| end.saturating_sub(window as usize));
            seen[i * heads.len()..(i + 1) * heads.len()].fill((start, end));
        }
        Task {
            q: queries,
            head_dim: self.head_dim,
            scale: self.scale,
            block_len: run.kv.layout().block_len as usize,
            rounded,
            seen: &seen[..count],
        }
    }
}

/// One KV head of the sequence that `row` belongs to.
struct Cached<'a> {
    run: &'a Run<'a>,
    layer: usize,
    row: usize,
    kv_head: usize,
}

impl Blocks for Cached<'_> {
    fn kind(&self) -> KvType {
        self.run.kv.layout().kind
    }

    fn keys(&self, index: usize) -> Cells<'_> {
        let block = self.run.batch.block(self.row, index);
        // SAFETY: what is in this layer of the cache was appended before a barrier, and is not written again in this
        // batch.
        unsafe { self.run.kv.keys(self.layer, block, self.kv_head) }
    }

    fn values(&self, index: usize) -> Cells<'_> {
        let block = self.run.batch.block(self.row, index);
        // SAFETY: as in `keys`.
        unsafe { self.run.kv.values(self.layer, block, self.kv_head) }
    }
}

/// Rows of one sequence, and heads of one KV head.
///
/// # Safety
/// Queries, keys and values were written before a barrier, and the output's cells belong to the caller.
unsafe fn attend(
    run: &Run<'_>,
    op: &Attention,
    rows: Range<usize>,
    kv_head: usize,
    heads: Range<usize>,
    scratch: &mut Scratch,
) {
    let width = heads.len() * op.head_dim;
    let Scratch { queries, answers, attention, .. } = scratch;
    answers.resize(rows.len() * width, 0.0);
    let mut seen = [(0, 0); QUERIES];
    // SAFETY: as the caller vouches.
    let task = unsafe { op.task(run, rows.clone(), heads.clone(), queries, &mut seen) };
    let cache = Cached { run, layer: op.layer, row: rows.start, kv_head };
    attention::attend(run.isa, task, &cache, attention, answers);
    for (row, answer) in rows.zip(answers.chunks_exact(width)) {
        // SAFETY: as the caller vouches.
        unsafe { op.put(run, row, &heads, answer) };
    }
}
