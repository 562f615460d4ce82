//! Steps that work row by row.

use inferno_graph::{RopeStyle, rope::RopeAngles};

use super::{Lead, Out, Place, work::Run};
use crate::{
    kernels::{TILE, elementwise, norm, prefill::turned, quantize, rope},
    weights::Table,
};

/// What is computed for each row.
pub(crate) enum RowOp {
    Embed {
        table: Table,
        out: Place,
    },
    Norm {
        x: Place,
        weight: Vec<f32>,
        eps: f32,
        out: Out,
    },
    AddNorm {
        a: Place,
        b: Place,
        weight: Vec<f32>,
        eps: f32,
        sum: Place,
        out: Out,
    },
    /// Cosines and sines of each token's position, once per batch for all layers.
    Angles {
        angles: RopeAngles,
        out: Place,
    },
    Rope {
        x: Place,
        angles: Place,
        head_dim: usize,
        style: RopeStyle,
        out: Place,
    },
    /// Keys and values into the cache.
    Append {
        layer: usize,
        k: Place,
        v: Place,
    },
    /// Into the forms that products take: rows of decode quantized, those of prefill rounded to bfloat16 where they are not
    /// already.
    Quantize {
        x: Place,
        q8: Option<Place>,
        bf16: Option<Place>,
        /// Whether rows of prefill are taken rounded, and whether they are taken quantized too.
        apart: bool,
        both: bool,
        lead: Lead,
    },
    /// Rounded rows of prefill of `width` values into the form that quantized matrices take.
    Turn {
        rounded: Place,
        width: usize,
        out: Place,
    },
    Silu {
        x: Place,
        out: Place,
    },
    Mul {
        a: Place,
        b: Place,
        out: Place,
    },
    Add {
        a: Place,
        b: Place,
        out: Place,
    },
    Scale {
        x: Place,
        factor: f32,
        out: Place,
    },
    Copy {
        x: Place,
        out: Place,
    },
    /// Row `i` is row `rows[i]` of `x`.
    Select {
        x: Place,
        out: Place,
    },
}

impl RowOp {
    /// Computes row `row`; `first` is the first that this thread computes.
    ///
    /// # Safety
    /// What it reads was written before by this thread or before a barrier, and no other thread touches the row
    /// of what it writes.
    pub(crate) unsafe fn run(&self, run: &Run<'_>, row: usize, first: usize) {
        let (isa, cells) = (run.isa, run.bases);
        // SAFETY: as the caller vouches; buffers are distinct, since a step never reads what it writes.
        unsafe {
            match self {
                Self::Embed { table, out } => {
                    table.decode(isa, run.batch.tokens[row] as usize, cells.row_mut(*out, row));
                }
                Self::Norm { x, weight, eps, out } => {
                    let x = cells.row(*x, row);
                    put(run, *out, (row, first), |out| norm::rms_norm(isa, x, weight, *eps, out));
                }
                Self::AddNorm { a, b, weight, eps, sum, out } => {
                    let inputs = [cells.row(*a, row), cells.row(*b, row)];
                    let sum = cells.row_mut(*sum, row);
                    put(run, *out, (row, first), |out| {
                        norm::add_rms_norm(isa, inputs, weight, *eps, sum, out);
                    });
                }
                Self::Angles { angles, out } => {
                    rope::angles_at(angles, run.batch.positions[row], cells.row_mut(*out, row));
                }
                Self::Rope { x, angles, head_dim, style, out } => {
                    let (x, angles) = (cells.row(*x, row), cells.row(*angles, row));
                    rope::rotate(x, angles, *head_dim, *style, cells.row_mut(*out, row));
                }
                Self::Append { .. } if run.batch.is_forgotten(row) => {}
                Self::Append { layer, k, v } => {
                    let (position, len) = (run.batch.positions[row], run.kv.layout().block_len);
                    let block = run.batch.block(row, (position / len) as usize);
                    let (k, v) = (cells.row(*k, row), cells.row(*v, row));
                    run.kv.append(isa, *layer, (block, (position % len) as usize), k, v);
                }
                Self::Quantize { x, q8, bf16, apart, both, lead } => {
                    let prefill = row.checked_sub(run.decoded(*lead)).filter(|_| *apart);
                    if let (Some(at), Some(out)) = (prefill, bf16) {
                        run.bases.round(isa, *out, at, 0, cells.row(*x, row));
                    }
                    // Without any of these forms, matrices take rows as they are.
                    if let Some(out) = q8.filter(|_| *both || prefill.is_none()) {
                        let tile = cells.tile_mut(out, row);
                        quantize::quantize_row(isa, cells.row(*x, row), tile, row % TILE);
                    }
                }
                Self::Turn { rounded, width, out } => {
                    if let Some(at) = row.checked_sub(run.decoded(Lead::Tokens)) {
                        let (from, to) = (cells.tile_mut(*rounded, at), cells.tile_mut(*out, at));
                        turned::turn_row(isa, from, at % TILE, *width, to);
                    }
                }
                Self::Silu { x, out } => {
                    elementwise::silu(isa, cells.row(*x, row), cells.row_mut(*out, row));
                }
                Self::Mul { a, b, out } => {
                    elementwise::mul(cells.row(*a, row), cells.row(*b, row), cells.row_mut(*out, row));
                }
                Self::Add { a, b, out } => {
                    elementwise::add(cells.row(*a, row), cells.row(*b, row), cells.row_mut(*out, row));
                }
                Self::Scale { x, factor, out } => {
                    elementwise::scale(cells.row(*x, row), *factor, cells.row_mut(*out, row));
                }
                Self::Copy { x, out } => {
                    cells.row_mut(*out, row).copy_from_slice(cells.row(*x, row));
                }
                Self::Select { x, out } => {
                    let from = run.batch.rows[row] as usize;
                    cells.row_mut(*out, row).copy_from_slice(cells.row(*x, from));
                }
            }
        }
    }
}

/// Lets `write` write row `row` of a value; `first` is the first that this thread writes.
///
/// # Safety
/// No other thread touches these rows.
unsafe fn put(run: &Run<'_>, out: Out, (row, first): (usize, usize), write: impl FnOnce(&mut [f32])) {
    let decoded = run.decoded(Lead::Tokens);
    // SAFETY: as the caller vouches.
    unsafe {
        match out.bf16.zip(row.checked_sub(decoded)) {
            Some((rounded, at)) => {
                // All go through one row, which stays in the nearest cache.
                let cells = run.bases.row_mut(out.x, first.max(decoded));
                write(cells);
                run.bases.round(run.isa, rounded, at, 0, cells);
            }
            None => write(run.bases.row_mut(out.x, row)),
        }
    }
}
