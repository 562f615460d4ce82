//! Steps whose items threads share out: products with matrices, and attention.

use std::{ops::ControlFlow, sync::Arc};

use super::{
    Lead, Out,
    attend::Attention,
    batch::FlatBatch,
    clock::Clock,
    home::Taken,
    memory::Bases,
    product::{self, Input, Part, Written},
    split::Splits,
};
use crate::{
    isa::Isa,
    kernels::{Products, attention, float::FloatTile, matmul::PANELS, prefill::Room},
    kv::KvCache,
    weights::Matrix,
};

/// What every step of a batch reads.
pub(crate) struct Run<'a> {
    pub(crate) isa: Isa,
    /// Which of the threads this is.
    pub(crate) member: usize,
    pub(crate) threads: usize,
    pub(crate) batch: &'a FlatBatch,
    pub(crate) bases: &'a Bases,
    pub(crate) kv: &'a KvCache,
    pub(crate) splits: &'a Splits,
    /// Of a batch that is computed bit by bit.
    pub(crate) clock: Option<&'a Clock>,
}

impl Run<'_> {
    /// Whether there is one token, of which each thread computes all rows for itself.
    pub(crate) fn alone(&self) -> bool {
        self.batch.tokens.len() == 1
    }

    /// How many rows a step with this lead has.
    pub(crate) fn count(&self, lead: Lead) -> usize {
        match lead {
            Lead::Tokens => self.batch.tokens.len(),
            Lead::Rows => self.batch.rows.len(),
        }
    }

    /// How many of them, the first, are computed as in decode. What becomes logits always is.
    pub(crate) fn decoded(&self, lead: Lead) -> usize {
        match lead {
            Lead::Tokens => self.batch.decode,
            Lead::Rows => self.batch.rows.len(),
        }
    }
}

/// What a thread keeps from item to item.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(super) tile: FloatTile,
    /// For unpacked panels.
    pub(super) room: Room,
    /// What panels of two matrices give for a tile of decode.
    pub(super) products: [[Products; PANELS]; 2],
    /// Of attention: queries side by side, and what comes of them.
    pub(super) queries: Vec<f32>,
    pub(super) answers: Vec<f32>,
    pub(super) attention: attention::Scratch,
}

pub(crate) enum WorkOp {
    MatMul { input: Input, parts: Vec<Part>, to: Written },
    Gated { input: Input, gate: Arc<Matrix>, up: Arc<Matrix>, out: Out },
    Attention(Attention),
}

impl WorkOp {
    /// Runs items until none is left, or until the time is over. Breaks when some may be left.
    ///
    /// # Safety
    /// What it reads was written before a barrier, and only this step, on any thread, touches what it writes.
    pub(crate) unsafe fn run(
        &self,
        run: &Run<'_>,
        lead: Lead,
        taken: &Taken,
        scratch: &mut Scratch,
    ) -> ControlFlow<()> {
        let rows = run.count(lead);
        if rows == 0 {
            return ControlFlow::Continue(());
        }
        // SAFETY: as the caller vouches.
        unsafe {
            match self {
                Self::MatMul { input, parts, to } => {
                    product::products(run, *input, parts, lead, *to, taken, scratch)
                }
                Self::Gated { input, gate, up, out } => {
                    product::gated_products(run, *input, [gate, up], lead, *out, taken, scratch)
                }
                Self::Attention(op) => op.run(run, rows, taken, scratch),
            }
        }
    }
}

/// How items are shared out.
pub(super) struct Shares {
    pub(super) items: usize,
    /// How many each thread has from the start, without asking: the counter of what is taken lies in another core's
    /// cache each time, which for small items is a good part of their cost.
    pub(super) own: usize,
    /// How many of the others are taken at a time.
    pub(super) chunk: usize,
}

impl Shares {
    /// Runs this thread's own items, then some of the others until none is left, or until the time is over, but one of them in
    /// any case.
    pub(super) fn take(self, run: &Run<'_>, taken: &Taken, mut each: impl FnMut(usize)) -> ControlFlow<()> {
        let Self { items, chunk, .. } = self;
        // What nobody counts would be run again by who goes on with it.
        let own = if run.clock.is_none() { self.own } else { 0 };
        (run.member * own..(run.member + 1) * own).for_each(&mut each);
        loop {
            let first = run.threads * own + taken.take(0, chunk);
            if first >= items {
                return ControlFlow::Continue(());
            }
            (first..(first + chunk).min(items)).for_each(&mut each);
            if run.clock.is_some_and(|clock| clock.is_over(run.member)) {
                return ControlFlow::Break(());
            }
        }
    }
}

/// Runs items of what belongs to this thread, then of what belongs to the others, until none is left, or until the time is over, but
/// one in any case. `items` says how many belong to one.
pub(super) fn take_at_home(
    run: &Run<'_>,
    taken: &Taken,
    items: impl Fn(usize) -> usize,
    mut each: impl FnMut(usize, usize),
) -> ControlFlow<()> {
    for home in (0..run.threads).map(|further| (run.member + further) % run.threads) {
        let items = items(home);
        loop {
            let item = taken.take(home, 1);
            if item >= items {
                break;
            }
            each(home, item);
            if run.clock.is_some_and(|clock| clock.is_over(run.member)) {
                return ControlFlow::Break(());
            }
        }
    }
    ControlFlow::Continue(())
}
