//! A plan: what a graph becomes on this machine.
//!
//! `lower` turns nodes into steps over buffers, `schedule` groups steps into stages with one barrier after each, `memory`
//! lets buffers that never live at once share memory, `lane` is what there is of a batch under way, `rows` and `work` run
//! the two kinds of step, with `product` and `attend` for the work and `split` for texts that several threads read, `home`
//! says whose rows are whose, `clock` tells them to leave off, `profile` says what took how long.

pub(crate) mod attend;
pub(crate) mod batch;
pub(crate) mod clock;
pub(crate) mod home;
pub(crate) mod lane;
pub(crate) mod lower;
pub(crate) mod memory;
pub(crate) mod product;
pub(crate) mod profile;
pub(crate) mod rows;
pub(crate) mod schedule;
pub(crate) mod split;
pub(crate) mod work;

use inferno_graph::Dim;

/// A buffer of rows of `f32`-sized cells, written by one step.
pub(crate) type BufferId = usize;

/// Rows of a buffer, or some of their columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) buffer: BufferId,
    /// The first column.
    pub(crate) offset: usize,
    /// How many columns.
    pub(crate) width: usize,
    /// Cells from row to row.
    pub(crate) stride: usize,
}

/// Where a value goes that products read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    pub(crate) x: Place,
    /// Where nothing but products of prefill reads the rows of prefill, they go here, rounded, from the first of them on, and
    /// not to `x`.
    pub(crate) bf16: Option<Place>,
}

impl Out {
    pub(crate) fn places(self) -> impl Iterator<Item = Place> {
        [Some(self.x), self.bf16].into_iter().flatten()
    }
}

/// How many rows something has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lead {
    /// One per token.
    Tokens,
    /// One per row that logits are wanted for.
    Rows,
}

impl Lead {
    pub(crate) fn of(dim: Dim) -> Self {
        match dim {
            Dim::Rows => Self::Rows,
            Dim::Tokens | Dim::Fixed(_) => Self::Tokens,
        }
    }
}

/// What a buffer must hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BufferSpec {
    pub(crate) lead: Lead,
    /// Cells in a row. Zero for a buffer that only orders steps.
    pub(crate) width: usize,
}

/// A step, what it waits for, and what waits for it.
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    pub(crate) lead: Lead,
    pub(crate) reads: Vec<BufferId>,
    pub(crate) writes: Vec<BufferId>,
    /// Whether it writes what there is one of, the cache or the logits, so that it must run once.
    pub(crate) once: bool,
}

/// How a step is shared out among threads. A batch of one token leaves nothing to share of a row: all threads compute
/// it, each into buffers of its own, which costs no more than to wait for one.
pub(crate) enum StepKind {
    /// Row `i` of what it writes needs row `i` of what it reads: each thread takes a range of rows and runs
    /// several such steps on it without waiting for anybody.
    Rows(rows::RowOp),
    /// Row by row too, but reading any row.
    Gather(rows::RowOp),
    /// Threads take items until none is left.
    Work(work::WorkOp),
}
