//! What a backend is: something that turns a graph and weights into an executor, and runs batches on it.
//!
//! Owns: the [`Backend`] and [`Executor`] traits, the shape of a [`Batch`], the errors, and the conformance suite
//! that holds every backend against the reference interpreter. Refuses: scheduling (`inferno-engine` decides what
//! is in a batch) and kernels (`inferno-backend-*`).

mod batch;
#[cfg(feature = "test-support")]
pub mod conformance;
mod error;
mod kv;
mod profile;

use std::{sync::Arc, time::Duration};

pub use batch::{Batch, Phases, SequenceSpan};
pub use error::BackendError;
use inferno_graph::{Graph, Target, WeightSource};
pub use kv::{BlockId, KvLayout, KvType};
pub use profile::OpProfile;

/// A device that can run graphs.
pub trait Backend: Send + Sync {
    /// What it runs on.
    fn target(&self) -> &Target;

    /// The kind of cache that it computes with best, of those that take half the memory.
    fn kv_type(&self) -> KvType {
        KvType::F16
    }

    /// Lowers `graph` to a plan with its own KV cache of the given layout. A backend that keeps
    /// weights in a form of its own makes it once for all its executors, and lets go of the stored one.
    ///
    /// # Errors
    /// When a weight is missing, an op is not supported, or memory runs out.
    fn prepare(
        &self,
        graph: &Graph,
        weights: Arc<dyn WeightSource>,
        kv: KvLayout,
    ) -> Result<Box<dyn Executor>, BackendError>;
}

/// How far a batch is that is computed bit by bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// This part of it is done, from 0 to 1.
    Begun(f64),
    /// All of it; the logits are there.
    Done,
}

/// A graph ready to run. Owns the KV cache; the engine owns the knowledge of which block belongs to whom.
pub trait Executor: Send {
    /// The layout of its KV cache.
    fn kv_layout(&self) -> KvLayout;

    /// The most positions a sequence may have.
    fn context_length(&self) -> u32;

    /// Logits per row.
    fn vocabulary(&self) -> usize;

    /// Whether it computes prompts as it computes answers.
    fn phases(&self) -> Phases {
        Phases::Alike
    }

    /// Runs one batch: appends keys and values of all its tokens to the cache and replaces `logits` by
    /// `batch.rows().len() × vocabulary` values, row after row. Blocks on the calling thread until done.
    ///
    /// # Errors
    /// When the batch names blocks that do not exist; the cache is then unchanged. A device fault leaves the
    /// executor unusable.
    fn execute(&mut self, batch: &Batch, logits: &mut Vec<f32>) -> Result<(), BackendError>;

    /// Begins a batch that is computed bit by bit by [`advance`](Self::advance), with others in between that write to
    /// none of its blocks but those of spans that are [forgotten](Self::forget). What was begun before and is not done is
    /// given up: its blocks hold nothing of use.
    ///
    /// # Errors
    /// As [`execute`](Self::execute); nothing is begun then.
    fn begin(&mut self, batch: &Batch) -> Result<(), BackendError>;

    /// Goes on with what was begun for about `within`, and at least a little, so that it is done in the end. When it is,
    /// replaces `logits` as [`execute`](Self::execute) does.
    ///
    /// # Errors
    /// When nothing is begun. A device fault leaves the executor unusable.
    fn advance(&mut self, within: Duration, logits: &mut Vec<f32>) -> Result<Progress, BackendError>;

    /// Goes on without the span at `span` of what was begun: none of its blocks is written to any more, whoever they belong
    /// to by now, and its logits are left out. Without effect where there is no such span, or nothing is begun.
    fn forget(&mut self, span: usize);

    /// Copies all that block `from` of the cache holds into block `to`, so that a sequence can go on in a copy of a
    /// block that others read.
    ///
    /// # Errors
    /// When one of them does not exist; the cache is then unchanged.
    fn copy_block(&mut self, from: BlockId, to: BlockId) -> Result<(), BackendError>;

    /// What its time goes to, measured on the thread that calls [`execute`](Self::execute), or nothing where that is
    /// not known.
    fn profile(&self) -> Option<Arc<OpProfile>> {
        None
    }
}
