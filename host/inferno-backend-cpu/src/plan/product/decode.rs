//! Rows of decode: quantized, or as they are, as their matrix takes them.

use std::ops::Range;

use super::{Input, Part, Written};
use crate::{
    kernels::{
        GROUP, PANEL, Products, TILE, elementwise,
        float::FloatTile,
        matmul::{self, Rows},
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
    mut each: impl FnMut([Rows<'_>; 2], Range<usize>),
) {
    for first in rows.clone().step_by(TILE) {
        let tile = first..(first + TILE).min(rows.end);
        if matrices.iter().any(|m| !matmul::takes_q8(m.dtype())) {
            floats.reset(input.x.width);
            for row in tile.clone() {
                // SAFETY: as the caller vouches.
                floats.set(row % TILE, unsafe { run.bases.row(input.x, row) });
            }
        }
        // SAFETY: as above; rows of a buffer are rounded up to whole tiles.
        let quantized = input.q8.map(|q8| Tile::new(unsafe { run.bases.tile(q8, first) }, input.x.width));
        let rows_for = |matrix: &Matrix| match quantized {
            Some(tile) if matmul::takes_q8(matrix.dtype()) => Rows::Quantized(tile),
            _ => Rows::Floats(floats),
        };
        let forms = [rows_for(matrices[0]), rows_for(matrices[matrices.len() - 1])];
        for first in tile.clone().step_by(GROUP) {
            each(forms, first..(first + GROUP).min(tile.end));
        }
    }
}

pub(super) unsafe fn product(
    run: &Run<'_>,
    input: Input,
    part: &Part,
    panels: Range<usize>,
    rows: Range<usize>,
    Written { out, residual }: Written,
    scratch: &mut Scratch,
) {
    if rows.is_empty() {
        return;
    }
    let matrix = &*part.matrix;
    let Scratch { tile, products: [products, _], .. } = scratch;
    let weights = matrix.panel(panels.clone());
    // SAFETY: as the caller vouches.
    unsafe {
        groups(run, input, &[matrix], rows, tile, |[x, _], rows| {
            let lanes = (rows.start % TILE, rows.len());
            matmul::multiply(run.isa, matrix.layout, weights, x, lanes, products);
            for (panel, products) in panels.clone().zip(&*products) {
                let first = panel * PANEL;
                let columns = PANEL.min(matrix.rows - first);
                for (row, products) in rows.clone().zip(products) {
                    let mut products = *products;
                    part.bias(first, &mut products);
                    if let Some(residual) = residual {
                        let residual = &run.bases.row(residual, row)[part.column + first..];
                        products.iter_mut().zip(residual).for_each(|(y, x)| *y += x);
                    }
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
    let Scratch { tile, products: [gates, ups], .. } = scratch;
    let (weights_gate, weights_up) = (gate.panel(panels.clone()), up.panel(panels.clone()));
    let mut products: Products = [[0.0; PANEL]; TILE];
    // SAFETY: as the caller vouches.
    unsafe {
        groups(run, input, &[gate, up], rows, tile, |[x_gate, x_up], rows| {
            let lanes = (rows.start % TILE, rows.len());
            matmul::multiply(run.isa, gate.layout, weights_gate, x_gate, lanes, gates);
            matmul::multiply(run.isa, up.layout, weights_up, x_up, lanes, ups);
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
