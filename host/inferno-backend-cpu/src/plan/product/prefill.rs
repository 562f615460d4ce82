//! Rows of prefill, where they are computed differently.

use std::ops::Range;

use super::{Input, Part};
use crate::{
    isa::Isa,
    kernels::{
        PANEL, Products, TILE, elementwise,
        prefill::{
            Form, PAIR, Panels, Room, Tiles,
            rounded::{self, DEPTH, TILE_CELLS},
        },
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
    place: Place,
    rows: Range<usize>,
    mut each: impl FnMut(&[&[f32]], Range<usize>),
) {
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

/// How rows of prefill are multiplied with a matrix, and where they lie so.
fn form(run: &Run<'_>, input: Input, matrix: &Matrix) -> (Form, Place) {
    input.prefill(run.isa, matrix).expect("there are rows of prefill, so it has a form")
}

/// Unpacks panels of a matrix.
fn unpack<'a>(
    isa: Isa,
    form: Form,
    (matrix, panels): (&Matrix, Range<usize>),
    room: &'a mut Room,
) -> Panels<'a> {
    let scales_of = |panel| *matrix.scales(isa, panels.start + panel);
    Panels::unpack(isa, form, matrix.dtype, matrix.panel(panels.clone()), matrix.cols, scales_of, room)
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
    let (form, place) = form(run, input, matrix);
    let weights = unpack(run.isa, form, (matrix, panels.clone()), &mut scratch.rooms[0]);
    let before = run.decoded(lead);
    let (mut block, mut registers) = (EMPTY, Tiles::default());
    // SAFETY: as the caller vouches.
    unsafe {
        tiles(run, place, rows, |tiles, rows| {
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
    let (form, place) = form(run, input, gate);
    let gates = unpack(run.isa, form, (gate, panels.clone()), room_gate);
    let ups = unpack(run.isa, form, (up, panels.clone()), room_up);
    let before = run.decoded(lead);
    let (mut block_gate, mut block_up, mut registers) = (EMPTY, EMPTY, Tiles::default());
    let mut products = [[[0.0; PANEL]; TILE]; PAIR];
    // SAFETY: as the caller vouches.
    unsafe {
        tiles(run, place, rows, |tiles, rows| {
            gates.multiply(tiles, &mut registers, &mut block_gate);
            ups.multiply(tiles, &mut registers, &mut block_up);
            for (t, first_row) in rows.clone().step_by(TILE).enumerate() {
                let rows = first_row..rows.end.min(first_row + TILE);
                for (p, products) in products.iter_mut().enumerate().take(panels.len()) {
                    let (gates, ups) = (block_gate[t][p].as_flattened(), block_up[t][p].as_flattened());
                    elementwise::silu_mul(run.isa, gates, ups, products.as_flattened_mut());
                }
                let first = panels.start * PANEL;
                if let Some(place) = out.bf16 {
                    // A line is as wide as two panels are, and there are as many of them as are rounded.
                    let block = run.bases.tile_mut(place, first_row).add(first / DEPTH * TILE_CELLS);
                    rounded::round_block(run.isa, &products, rows.len(), block);
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
