//! Rows of decode: quantized, or as they are, as their matrix takes them.

use std::ops::Range;

use super::{Input, Part};
use crate::{
    kernels::{
        PANEL, Products, TILE, elementwise,
        float::FloatTile,
        matmul::{self, Panels, Room, Rows, Tiles},
        quantize::Tile,
    },
    plan::{
        Place,
        work::{Run, Scratch},
    },
    weights::Matrix,
};

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

pub(super) unsafe fn product(
    run: &Run<'_>,
    input: Input,
    part: &Part,
    panels: Range<usize>,
    rows: Range<usize>,
    out: Place,
    scratch: &mut Scratch,
) {
    if rows.is_empty() {
        return;
    }
    let matrix = &*part.matrix;
    let Scratch { tile, rooms: [room, _], products: [products, _], .. } = scratch;
    let weights = ready(run, matrix, &panels, (input, rows.len()), room);
    let mut tiles = Tiles::default();
    // SAFETY: as the caller vouches.
    unsafe {
        groups(run, input, &[matrix], rows, tile, weights.group(), |[x, _], rows| {
            let lanes = (rows.start % TILE, rows.len());
            matmul::multiply(run.isa, matrix.dtype, weights, x, lanes, &mut tiles, products);
            for (panel, products) in panels.clone().zip(&*products) {
                let first = panel * PANEL;
                let columns = PANEL.min(matrix.rows - first);
                for (row, products) in rows.clone().zip(products) {
                    let mut products = *products;
                    part.bias(first, &mut products);
                    run.bases.put(out, row, part.column + first, &products, columns);
                }
            }
        });
    }
}

pub(super) unsafe fn gated(
    run: &Run<'_>,
    input: Input,
    [gate, up]: [&Matrix; 2],
    panels: Range<usize>,
    rows: Range<usize>,
    out: Place,
    scratch: &mut Scratch,
) {
    if rows.is_empty() {
        return;
    }
    let Scratch { tile, rooms: [room_gate, room_up], products: [gates, ups], .. } = scratch;
    let size = (input, rows.len());
    let weights_gate = ready(run, gate, &panels, size, room_gate);
    let weights_up = ready(run, up, &panels, size, room_up);
    let group = weights_gate.group().min(weights_up.group());
    let mut products: Products = [[0.0; PANEL]; TILE];
    let mut tiles = Tiles::default();
    // SAFETY: as the caller vouches.
    unsafe {
        groups(run, input, &[gate, up], rows, tile, group, |[x_gate, x_up], rows| {
            let lanes = (rows.start % TILE, rows.len());
            matmul::multiply(run.isa, gate.dtype, weights_gate, x_gate, lanes, &mut tiles, gates);
            matmul::multiply(run.isa, up.dtype, weights_up, x_up, lanes, &mut tiles, ups);
            for (panel, (gate_products, up_products)) in panels.clone().zip(gates.iter().zip(&*ups)) {
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
