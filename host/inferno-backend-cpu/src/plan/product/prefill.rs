//! Rows of prefill, where they are computed differently: rounded to bfloat16.

use std::ops::Range;

use super::{Input, Part};
use crate::{
    kernels::{
        PANEL, Products, TILE,
        bf16::{self, DEPTH, PAIR, Panels, TILE_CELLS, Tiles},
        elementwise,
    },
    plan::{
        Lead, Out, Place,
        work::{Run, Scratch},
    },
    weights::Matrix,
};

/// What panels give for tiles, and room for them.
type Block = [[Products; PAIR]; PAIR];
const EMPTY: Block = [[[[0.0; PANEL]; TILE]; PAIR]; PAIR];

/// Calls `each` with one or two tiles of activations at a time, and which rows these are.
///
/// # Safety
/// The activations were written before a barrier.
unsafe fn tiles(
    run: &Run<'_>,
    input: Input,
    rows: Range<usize>,
    mut each: impl FnMut(&[&[f32]], Range<usize>),
) {
    let place = input.bf16.expect("`lower` made it for matrices that take it");
    for first in rows.clone().step_by(PAIR * TILE) {
        let end = (first + PAIR * TILE).min(rows.end);
        // SAFETY: as the caller vouches; rows of a buffer are rounded up to whole tiles.
        let tile = |row: usize| unsafe { run.bases.tile(place, row) };
        if end - first > TILE {
            each(&[tile(first), tile(first + TILE)], first..end);
        } else {
            each(&[tile(first)], first..end);
        }
    }
}

/// Multiplies `rows`, counted from the first of prefill.
///
/// # Safety
/// As for [`WorkOp::run`](crate::plan::work::WorkOp::run), for these columns of these rows.
pub(super) unsafe fn product(
    run: &Run<'_>,
    (input, lead): (Input, Lead),
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
    let packed = matrix.panel(panels.clone());
    let weights = Panels::unpack(run.isa, matrix.dtype, packed, input.x.width, &mut scratch.rooms[0]);
    let before = run.decoded(lead);
    let (mut block, mut registers) = (EMPTY, Tiles::default());
    // SAFETY: as the caller vouches.
    unsafe {
        tiles(run, input, rows, |tiles, rows| {
            weights.multiply(tiles, &mut registers, &mut block);
            for (i, row) in rows.enumerate() {
                for (p, panel) in panels.clone().enumerate() {
                    let (first, products) = (panel * PANEL, &mut block[i / TILE][p][i % TILE]);
                    part.bias(first, products);
                    let columns = PANEL.min(matrix.rows - first);
                    run.bases.put(out, before + row, part.column + first, products, columns);
                }
            }
        });
    }
}

/// As [`product`], for a gate and what passes it.
///
/// # Safety
/// As there.
pub(super) unsafe fn gated(
    run: &Run<'_>,
    (input, lead): (Input, Lead),
    [gate, up]: [&Matrix; 2],
    panels: Range<usize>,
    rows: Range<usize>,
    out: Out,
    scratch: &mut Scratch,
) {
    if rows.is_empty() {
        return;
    }
    let [room_gate, room_up] = &mut scratch.rooms;
    let unpack = |matrix: &Matrix, room| {
        Panels::unpack(run.isa, matrix.dtype, matrix.panel(panels.clone()), input.x.width, room)
    };
    let (gates, ups) = (unpack(gate, room_gate), unpack(up, room_up));
    let before = run.decoded(lead);
    let (mut block_gate, mut block_up, mut registers) = (EMPTY, EMPTY, Tiles::default());
    let mut products = [[[0.0; PANEL]; TILE]; PAIR];
    // SAFETY: as the caller vouches.
    unsafe {
        tiles(run, input, rows, |tiles, rows| {
            gates.multiply(tiles, &mut registers, &mut block_gate);
            ups.multiply(tiles, &mut registers, &mut block_up);
            for (t, first_row) in rows.clone().step_by(TILE).enumerate() {
                let rows = first_row..rows.end.min(first_row + TILE);
                for (p, products) in products.iter_mut().enumerate().take(panels.len()) {
                    let (gates, ups) = (block_gate[t][p].as_flattened(), block_up[t][p].as_flattened());
                    elementwise::silu_mul(run.isa, gates, ups, products.as_flattened_mut());
                }
                let first = panels.start * PANEL;
                if let Some(rounded) = out.bf16 {
                    // A line is as wide as two panels are, and there are as many of them as are rounded.
                    let block = run.bases.tile_mut(rounded, first_row).add(first / DEPTH * TILE_CELLS);
                    bf16::round_block(run.isa, &products, rows.len(), block);
                    continue;
                }
                for (p, products) in products.iter().enumerate().take(panels.len()) {
                    let first = first + p * PANEL;
                    let columns = PANEL.min(gate.rows - first);
                    for (row, products) in rows.clone().zip(products) {
                        run.bases.put(out.x, before + row, first, products, columns);
                    }
                }
            }
        });
    }
}
