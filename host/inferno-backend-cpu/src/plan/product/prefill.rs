//! Rows of prefill, where they are computed differently: rounded to bfloat16.

use std::ops::Range;

use super::{Input, Part};
use crate::{
    kernels::{
        PANEL, Products, TILE,
        bf16::{PAIR, Panels, Tiles},
        elementwise,
    },
    plan::{
        Lead, Place,
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
    out: Place,
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
    let mut products: Products = [[0.0; PANEL]; TILE];
    // SAFETY: as the caller vouches.
    unsafe {
        tiles(run, input, rows, |tiles, rows| {
            gates.multiply(tiles, &mut registers, &mut block_gate);
            ups.multiply(tiles, &mut registers, &mut block_up);
            for (t, first_row) in rows.clone().step_by(TILE).enumerate() {
                for (p, panel) in panels.clone().enumerate() {
                    let (gates, ups) = (block_gate[t][p].as_flattened(), block_up[t][p].as_flattened());
                    elementwise::silu_mul(run.isa, gates, ups, products.as_flattened_mut());
                    let first = panel * PANEL;
                    let columns = PANEL.min(gate.rows - first);
                    for (row, products) in (first_row..rows.end).zip(&products) {
                        run.bases.put(out, before + row, first, products, columns);
                    }
                }
            }
        });
    }
}
