//! Rows of prefill, where they are computed differently.

use std::ops::Range;

use super::{Input, Part};
use crate::{
    isa::Isa,
    kernels::{
        PANEL, TILE, packed, prefetch,
        prefill::{
            Form, PAIR, Panels, Room, Sums, Tiles,
            rounded::{self, DEPTH, TILE_CELLS},
        },
    },
    plan::{
        Lead, Out, Place,
        work::{Run, Scratch},
    },
    weights::Matrix,
};

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

/// The panels that this thread is likely to unpack next, asked for bit by bit: threads take items in turn, so nobody else sees
/// that memory is read in order.
struct Ahead<'a> {
    left: &'a [u8],
    /// How much each time.
    part: usize,
}

impl<'a> Ahead<'a> {
    fn new(run: &Run<'_>, matrix: &'a Matrix, panels: &Range<usize>, rows: &Range<usize>) -> Self {
        let left = matrix.panels_from(panels.start + panels.len() * run.threads, panels.len());
        let times = rows.len().div_ceil(PAIR * TILE);
        Self { left, part: left.len().div_ceil(times).next_multiple_of(packed::LINE) }
    }

    fn ask(&mut self) {
        let (part, left) = self.left.split_at(self.part.min(self.left.len()));
        self.left = left;
        prefetch(part);
    }
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
    let mut next = Ahead::new(run, matrix, &panels, &rows);
    let (mut sums, mut registers) = (Sums::default(), Tiles::default());
    // SAFETY: as the caller vouches.
    unsafe {
        tiles(run, place, rows, |tiles, rows| {
            next.ask();
            weights.multiply(tiles, &mut registers, &mut sums);
            for ((tile, sums), row) in tiles.iter().zip(&sums.0).zip(rows.clone().step_by(TILE)) {
                let count = TILE.min(rows.end - row);
                for (panel, sums) in sums.iter().enumerate().take(panels.len()) {
                    let first = (panels.start + panel) * PANEL;
                    let bias = part.bias.as_ref().map(|bias| &bias[first..]);
                    let columns = PANEL.min(matrix.rows - first);
                    let to = run.bases.cell_mut(out, before + row, part.column + first);
                    weights.put(tile, (panel, sums), bias, (count, columns), (to, out.stride));
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
    let mut next = [gate, up].map(|matrix| Ahead::new(run, matrix, &panels, &rows));
    let (mut of_gate, mut of_up, mut registers) = (Sums::default(), Sums::default(), Tiles::default());
    let mut products = [[[0.0; PANEL]; TILE]; PAIR];
    // SAFETY: as the caller vouches.
    unsafe {
        tiles(run, place, rows, |tiles, rows| {
            next.iter_mut().for_each(Ahead::ask);
            gates.multiply(tiles, &mut registers, &mut of_gate);
            ups.multiply(tiles, &mut registers, &mut of_up);
            for (t, first_row) in rows.clone().step_by(TILE).enumerate() {
                let rows = first_row..rows.end.min(first_row + TILE);
                for (p, products) in products.iter_mut().enumerate().take(panels.len()) {
                    gates.gate(&ups, tiles[t], p, [&of_gate.0[t][p], &of_up.0[t][p]], products);
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
