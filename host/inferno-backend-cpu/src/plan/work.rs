//! Steps whose items threads share out: products with matrices, and attention.

use std::sync::atomic::{AtomicUsize, Ordering};

use inferno_graph::WeightRef;

use super::{Lead, Place, batch::FlatBatch, memory::Bases};
use crate::{
    isa::Isa,
    kernels::{
        GROUP, PANEL,
        attention::{self, Task},
        elementwise,
        matmul::{self, Products},
        panel::Panel,
        quantize::Q8Row,
    },
    kv::KvCache,
    weights::Matrix,
};

/// What every step of a batch reads.
pub(crate) struct Run<'a> {
    pub(crate) isa: Isa,
    pub(crate) threads: usize,
    pub(crate) batch: &'a FlatBatch,
    pub(crate) bases: &'a Bases,
    pub(crate) kv: &'a KvCache,
}

impl Run<'_> {
    /// How many rows a step with this lead has.
    pub(crate) fn count(&self, lead: Lead) -> usize {
        match lead {
            Lead::Tokens => self.batch.tokens.len(),
            Lead::Rows => self.batch.rows.len(),
        }
    }
}

/// What a thread keeps from item to item.
#[derive(Default)]
pub(crate) struct Scratch {
    panels: [Panel; 2],
    floats: Vec<f32>,
}

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

pub(crate) enum WorkOp {
    MatMul { input: Input, parts: Vec<Part>, out: Place },
    Gated { input: Input, gate: Matrix, up: Matrix, out: Place },
    Attention(Attention),
}

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

impl WorkOp {
    /// Runs items until none is left; `next` is the first that nobody took.
    ///
    /// # Safety
    /// What it reads was written before a barrier, and only this step, on any thread, touches what it writes.
    pub(crate) unsafe fn run(&self, run: &Run<'_>, lead: Lead, next: &AtomicUsize, scratch: &mut Scratch) {
        let rows = run.count(lead);
        if rows == 0 {
            return;
        }
        let panels = |matrix: &Matrix| matrix.get().rows.div_ceil(PANEL);
        match self {
            Self::MatMul { input, parts, out } => {
                let items = parts.iter().map(|p| panels(&p.matrix)).sum();
                take(next, items, chunk(items, rows, run.threads), |mut item| {
                    for part in parts {
                        if item < panels(&part.matrix) {
                            // SAFETY: this item's columns belong to this thread alone.
                            unsafe { product(run, *input, part, item * PANEL, rows, *out, scratch) };
                            return;
                        }
                        item -= panels(&part.matrix);
                    }
                });
            }
            Self::Gated { input, gate, up, out } => {
                let items = panels(gate);
                take(next, items, chunk(items, rows, run.threads), |item| {
                    // SAFETY: this item's columns belong to this thread alone.
                    unsafe { gated(run, *input, [gate, up], item * PANEL, rows, *out, scratch) };
                });
            }
            Self::Attention(op) => {
                let group = op.heads / op.kv_heads;
                // Heads that share keys go together, unless that would leave threads without work.
                let crowded = run.threads == 1 || rows * op.kv_heads >= 4 * run.threads;
                let tile = if crowded { group.min(attention::HEADS) } else { 1 };
                let tiles = group.div_ceil(tile);
                let items = rows * op.kv_heads * tiles;
                take(next, items, (items / (run.threads * 8)).max(1), |item| {
                    let (row, kv_head, at) =
                        (item / tiles / op.kv_heads, item / tiles % op.kv_heads, item % tiles);
                    let first = kv_head * group + at * tile;
                    let last = (first + tile).min((kv_head + 1) * group);
                    // SAFETY: these heads of this row belong to this thread alone.
                    unsafe { attend(run, op, row, kv_head, first..last, scratch) };
                });
            }
        }
    }
}

/// Takes chunks of items from `next`.
fn take(next: &AtomicUsize, items: usize, chunk: usize, mut run: impl FnMut(usize)) {
    loop {
        let first = next.fetch_add(chunk, Ordering::Relaxed);
        if first >= items {
            return;
        }
        (first..(first + chunk).min(items)).for_each(&mut run);
    }
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
