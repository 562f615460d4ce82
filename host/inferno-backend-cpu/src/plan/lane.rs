//! A batch under way: the batch, what is computed of it so far, and how far its items are taken.
//!
//! There is one for batches that are computed at once and one for those that are computed bit by bit, so that neither
//! touches what the other keeps from one stage to the next.

use inferno_backend::{BackendError, Batch};

use super::{
    batch::{Bounds, FlatBatch},
    home::Taken,
    memory::{Arena, MemoryPlan},
    split::Splits,
};
use crate::kernels::attention::spans;

/// A batch, and what is computed of it.
pub(crate) struct Lane {
    pub(crate) batch: FlatBatch,
    pub(crate) arena: Arena,
    pub(crate) logits: Vec<f32>,
    /// Of each step.
    pub(crate) taken: Vec<Taken>,
    /// Answers to parts of long texts.
    pub(crate) splits: Splits,
}

impl Lane {
    pub(crate) fn new(memory: MemoryPlan, threads: usize, steps: usize) -> Self {
        Self {
            batch: FlatBatch::default(),
            arena: Arena::new(memory, threads),
            logits: Vec::new(),
            taken: (0..steps).map(|_| Taken::new(threads)).collect(),
            splits: Splits::default(),
        }
    }

    /// Takes a batch, of which nothing is computed yet.
    pub(crate) fn fill(
        &mut self,
        batch: &Batch,
        bounds: &Bounds,
        (vocabulary, threads): (usize, usize),
    ) -> Result<(), BackendError> {
        self.batch.fill(batch, bounds)?;
        let cells = batch.rows().len().saturating_mul(vocabulary);
        self.logits.clear();
        self.logits
            .try_reserve(cells)
            .map_err(|_| BackendError::OutOfMemory { what: "logits", bytes: cells.saturating_mul(4) })?;
        self.logits.resize(cells, 0.0);
        self.taken.iter_mut().for_each(Taken::reset);
        let seen = self.batch.positions.iter().max().map_or(0, |last| *last as usize + 1);
        self.splits.reserve(4 * threads, spans((0, seen), bounds.kv.block_len as usize).len());
        Ok(())
    }
}
