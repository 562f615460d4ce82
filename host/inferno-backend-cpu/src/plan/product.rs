//! Products with matrices: some panels of a matrix at a time, with all rows of a tile.
//!
//! An item is a few panels and up to 128 rows of activations: the panels stay in the nearest cache while rows pass
//! by, and a long prompt leaves no thread without work at the end.

use std::{ops::Range, sync::Arc, sync::atomic::AtomicUsize};

use super::{
    Place,
    work::{Run, Scratch, take},
};
use crate::{
    kernels::{
        PANEL, Products, TILE, elementwise,
        float::{FloatTile, PANELS},
        matmul::{self, Panels, Room, Rows, Tiles},
        quantize::Tile,
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
    pub(crate) matrix: Arc<Matrix>,
    pub(crate) bias: Option<Vec<f32>>,
    pub(crate) column: usize,
}

/// How a product is cut into items.
struct Cut {
    /// Panels of an item.
    panels: usize,
    /// Rows of an item, whole tiles.
    rows: usize,
    /// Ranges of rows.
    ranges: usize,
}

impl Cut {
    fn new(panels: usize, rows: usize, threads: usize, most: usize) -> Self {
        let rows_each = rows.min(8 * TILE);
        let ranges = rows.div_ceil(rows_each);
        Self { panels: (panels * ranges / (threads * 8)).clamp(1, most), rows: rows_each, ranges }
    }

    /// Items of a matrix of `panels` panels.
    fn items(&self, panels: usize) -> usize {
        panels.div_ceil(self.panels) * self.ranges
    }

    /// Panels and rows of one of them.
    fn item(&self, item: usize, panels: usize, rows: usize) -> (Range<usize>, Range<usize>) {
        let (panel, row) = (item / self.ranges * self.panels, item % self.ranges * self.rows);
        (panel..(panel + self.panels).min(panels), row..(row + self.rows).min(rows))
    }
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
    let panels = parts.iter().map(|p| p.matrix.panels()).sum();
    let cut = Cut::new(panels, rows, run.threads, PANELS);
    let items = parts.iter().map(|p| cut.items(p.matrix.panels())).sum();
    take(next, items, 1, |mut item| {
        for part in parts {
            let panels = part.matrix.panels();
            if item < cut.items(panels) {
                let (panels, rows) = cut.item(item, panels, rows);
                // SAFETY: these columns of these rows belong to this thread alone.
                unsafe { product(run, input, part, panels, rows, out, scratch) };
                return;
            }
            item -= cut.items(panels);
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
    let panels = gate.panels();
    // Two matrices at once: half as many panels of each.
    let cut = Cut::new(panels * 2, rows, run.threads, PANELS / 2);
    take(next, cut.items(panels), 1, |item| {
        let (panels, rows) = cut.item(item, panels, rows);
        // SAFETY: these columns of these rows belong to this thread alone.
        unsafe { gated(run, input, [gate, up], panels, rows, out, scratch) };
    });
}

/// Calls `each` with the activations of each group of rows, and which rows these are.
///
/// # Safety
/// The activations were written before a barrier.
unsafe fn groups(
    run: &Run<'_>,
    input: Input,
    matrices: &[&Matrix],
    rows: Range<usize>,
    floats: &mut FloatTile,
    group: usize,
    mut each: impl FnMut([Rows<'_>; 2], Range<usize>),
) {
    for first in rows.clone().step_by(TILE) {
        let tile = first..(first + TILE).min(rows.end);
        if matrices.iter().any(|m| !matmul::takes_q8(m.dtype)) {
            floats.reset(input.x.width);
            for row in tile.clone() {
                // SAFETY: as the caller vouches.
                floats.set(row % TILE, unsafe { run.bases.row(input.x, row) });
            }
        }
        // SAFETY: as above; rows of a buffer are rounded up to whole tiles.
        let quantized = input.q8.map(|q8| Tile::new(unsafe { run.bases.tile(q8, first) }, input.x.width));
        let rows_for = |matrix: &Matrix| match quantized {
            Some(tile) if matmul::takes_q8(matrix.dtype) => Rows::Quantized(tile),
            _ => Rows::Floats(floats),
        };
        let forms = [rows_for(matrices[0]), rows_for(matrices[matrices.len() - 1])];
        for first in tile.clone().step_by(group) {
            each(forms, first..(first + group).min(tile.end));
        }
    }
}

/// Some panels of a matrix, ready for so many rows of the input.
fn ready<'a>(
    run: &Run<'_>,
    matrix: &'a Matrix,
    panels: &Range<usize>,
    (input, rows): (Input, usize),
    room: &'a mut Room,
) -> Panels<'a> {
    let packed = matrix.panel(panels.clone());
    Panels::ready(run.isa, matrix.dtype, packed, (input.x.width, rows), room)
}

unsafe fn product(
    run: &Run<'_>,
    input: Input,
    part: &Part,
    panels: Range<usize>,
    rows: Range<usize>,
    out: Place,
    scratch: &mut Scratch,
) {
    let matrix = &*part.matrix;
    let Scratch { tile, rooms: [room, _], .. } = scratch;
    let weights = ready(run, matrix, &panels, (input, rows.len()), room);
    let mut products = [[[0.0; PANEL]; TILE]; PANELS];
    let mut tiles = Tiles::default();
    // SAFETY: as the caller vouches.
    unsafe {
        groups(run, input, &[matrix], rows, tile, weights.group(), |[x, _], rows| {
            let lanes = (rows.start % TILE, rows.len());
            matmul::multiply(run.isa, matrix.dtype, weights, x, lanes, &mut tiles, &mut products);
            for (panel, products) in panels.clone().zip(&products) {
                let first = panel * PANEL;
                let columns = PANEL.min(matrix.rows - first);
                for (row, products) in rows.clone().zip(products) {
                    let mut products = *products;
                    if let Some(bias) = &part.bias {
                        products.iter_mut().zip(&bias[first..]).for_each(|(y, b)| *y += b);
                    }
                    run.bases.put(out, row, part.column + first, &products, columns);
                }
            }
        });
    }
}

unsafe fn gated(
    run: &Run<'_>,
    input: Input,
    [gate, up]: [&Matrix; 2],
    panels: Range<usize>,
    rows: Range<usize>,
    out: Place,
    scratch: &mut Scratch,
) {
    let Scratch { tile, rooms: [room_gate, room_up], .. } = scratch;
    let size = (input, rows.len());
    let weights_gate = ready(run, gate, &panels, size, room_gate);
    let weights_up = ready(run, up, &panels, size, room_up);
    let group = weights_gate.group().min(weights_up.group());
    let mut gates: [Products; PANELS] = [[[0.0; PANEL]; TILE]; PANELS];
    let mut ups = gates;
    let mut products: Products = [[0.0; PANEL]; TILE];
    let mut tiles = Tiles::default();
    // SAFETY: as the caller vouches.
    unsafe {
        groups(run, input, &[gate, up], rows, tile, group, |[x_gate, x_up], rows| {
            let lanes = (rows.start % TILE, rows.len());
            matmul::multiply(run.isa, gate.dtype, weights_gate, x_gate, lanes, &mut tiles, &mut gates);
            matmul::multiply(run.isa, up.dtype, weights_up, x_up, lanes, &mut tiles, &mut ups);
            for (panel, (gate_products, up_products)) in panels.clone().zip(gates.iter().zip(&ups)) {
                let first = panel * PANEL;
                let columns = PANEL.min(gate.rows - first);
                let used = rows.len();
                let (gates, ups) = (gate_products[..used].as_flattened(), up_products[..used].as_flattened());
                elementwise::silu_mul(run.isa, gates, ups, products[..used].as_flattened_mut());
                for (row, products) in rows.clone().zip(&products) {
                    run.bases.put(out, row, first, products, columns);
                }
            }
        });
    }
}
