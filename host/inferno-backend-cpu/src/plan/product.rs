//! Products with matrices, 16 rows of a matrix at a time.

use std::sync::atomic::AtomicUsize;

use inferno_graph::WeightRef;

use super::{
    Place,
    work::{Run, Scratch, take},
};
use crate::{
    kernels::{
        GROUP, PANEL, elementwise,
        matmul::{self, Products},
        panel::Panel,
        quantize::Q8Row,
    },
    weights::Matrix,
};

/// The activations a product reads: as they are, quantized, or both when its matrices differ in kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input {
    pub(crate) x: Place,
    pub(crate) q8: Option<Place>,
}

/// One matrix of a product, and where its columns go.
pub(crate) struct Part {
    pub(crate) matrix: Matrix,
    pub(crate) bias: Option<Vec<f32>>,
    pub(crate) column: usize,
}

fn panels(matrix: &Matrix) -> usize {
    matrix.get().rows.div_ceil(PANEL)
}

/// Runs items of a product with several matrices until none is left.
///
/// # Safety
/// As for [`WorkOp::run`](super::work::WorkOp::run).
pub(super) unsafe fn products(
    run: &Run<'_>,
    input: Input,
    parts: &[Part],
    rows: usize,
    out: Place,
    next: &AtomicUsize,
    scratch: &mut Scratch,
) {
    let items = parts.iter().map(|p| panels(&p.matrix)).sum();
    take(next, items, chunk(items, rows, run.threads), |mut item| {
        for part in parts {
            if item < panels(&part.matrix) {
                // SAFETY: this item's columns belong to this thread alone.
                unsafe { product(run, input, part, item * PANEL, rows, out, scratch) };
                return;
            }
            item -= panels(&part.matrix);
        }
    });
}

/// Runs items of a gated product until none is left.
///
/// # Safety
/// As for [`WorkOp::run`](super::work::WorkOp::run).
pub(super) unsafe fn gated_products(
    run: &Run<'_>,
    input: Input,
    [gate, up]: [&Matrix; 2],
    rows: usize,
    out: Place,
    next: &AtomicUsize,
    scratch: &mut Scratch,
) {
    let items = panels(gate);
    take(next, items, chunk(items, rows, run.threads), |item| {
        // SAFETY: this item's columns belong to this thread alone.
        unsafe { gated(run, input, [gate, up], item * PANEL, rows, out, scratch) };
    });
}

/// Panels taken at once: enough that taking costs nothing, few enough that threads finish together.
fn chunk(items: usize, rows: usize, threads: usize) -> usize {
    (items / (threads * 8)).min(64_usize.div_ceil(rows)).max(1)
}

/// Multiplies rows `first..first + 16` of `matrix` with a group of activation rows.
unsafe fn multiply(
    run: &Run<'_>,
    input: Input,
    matrix: WeightRef<'_>,
    first: usize,
    group: std::ops::Range<usize>,
    (panel, floats): (&Panel, &mut Vec<f32>),
    out: &mut Products,
) {
    let rows = group.len();
    match input.q8 {
        Some(place) if matmul::takes_q8(matrix.dtype) => {
            // SAFETY: activations were written before a barrier; a group that is short repeats its last row.
            let xs: [Q8Row<'_>; GROUP] = std::array::from_fn(|i| unsafe {
                Q8Row::new(run.bases.row(place, (group.start + i).min(group.end - 1)), matrix.cols)
            });
            // A single row is not worth unpacking for.
            if panel.blocks == 0 {
                out[0] = matmul::gemv(run.isa, matrix, first, xs[0]);
            } else {
                matmul::gemm(run.isa, matrix.dtype, panel, &xs[..rows], out);
            }
        }
        _ => {
            // SAFETY: as above.
            let xs: [&[f32]; GROUP] = std::array::from_fn(|i| unsafe {
                run.bases.row(input.x, (group.start + i).min(group.end - 1))
            });
            matmul::floats(run.isa, matrix, first, &xs[..rows], floats, out);
        }
    }
}

/// Groups of activation rows.
fn groups(rows: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..rows).step_by(GROUP).map(move |first| first..(first + GROUP).min(rows))
}

/// Unpacks a panel when it will be used more than once; marks it empty otherwise.
fn unpack(run: &Run<'_>, matrix: WeightRef<'_>, first: usize, rows: usize, panel: &mut Panel) {
    if rows > 1 && matmul::takes_q8(matrix.dtype) {
        matmul::pack(run.isa, matrix, first, panel);
    } else {
        panel.blocks = 0;
    }
}

unsafe fn product(
    run: &Run<'_>,
    input: Input,
    part: &Part,
    first: usize,
    rows: usize,
    out: Place,
    scratch: &mut Scratch,
) {
    let matrix = part.matrix.get();
    let columns = PANEL.min(matrix.rows - first);
    let Scratch { panels: [panel, _], floats } = scratch;
    unpack(run, matrix, first, rows, panel);
    let mut products = [[0.0; PANEL]; GROUP];
    for group in groups(rows) {
        // SAFETY: as the caller vouches.
        unsafe { multiply(run, input, matrix, first, group.clone(), (panel, floats), &mut products) };
        for (row, products) in group.zip(&products) {
            // SAFETY: as the caller vouches.
            let cells = unsafe { run.bases.cells_mut(out, row, part.column + first, columns) };
            cells.copy_from_slice(&products[..columns]);
            if let Some(bias) = &part.bias {
                for (y, b) in cells.iter_mut().zip(&bias[first..]) {
                    *y += b;
                }
            }
        }
    }
}

unsafe fn gated(
    run: &Run<'_>,
    input: Input,
    [gate, up]: [&Matrix; 2],
    first: usize,
    rows: usize,
    out: Place,
    scratch: &mut Scratch,
) {
    let (gate, up) = (gate.get(), up.get());
    let columns = PANEL.min(gate.rows - first);
    let Scratch { panels: [gate_panel, up_panel], floats } = scratch;
    unpack(run, gate, first, rows, gate_panel);
    unpack(run, up, first, rows, up_panel);
    let mut gates = [[0.0; PANEL]; GROUP];
    let mut ups = [[0.0; PANEL]; GROUP];
    for group in groups(rows) {
        // SAFETY: as the caller vouches.
        unsafe {
            multiply(run, input, gate, first, group.clone(), (gate_panel, floats), &mut gates);
            multiply(run, input, up, first, group.clone(), (up_panel, floats), &mut ups);
        }
        for (row, (gate, up)) in group.zip(gates.iter().zip(&ups)) {
            // SAFETY: as the caller vouches.
            let cells = unsafe { run.bases.cells_mut(out, row, first, columns) };
            elementwise::silu_mul(run.isa, &gate[..columns], &up[..columns], cells);
        }
    }
}
