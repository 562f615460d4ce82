//! Rows of prefill, where they are computed differently.

use std::ops::Range;

use super::{Input, Part, Written, alike, at_home};
use crate::{
    kernels::{
        PANEL, TILE, hints, packed,
        prefill::{
            Cells, Form, PAIR, Packed, Panels, Room, Sums, Tiles,
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

/// The panels that this thread is likely to unpack next, asked for bit by bit: where threads take items in turn, nobody else
/// sees that memory is read in order.
struct Ahead<'a> {
    left: &'a [u8],
    /// How much each time.
    part: usize,
}

impl<'a> Ahead<'a> {
    fn new(
        (run, input, lead): (&Run<'_>, Input, Lead),
        matrix: &'a Matrix,
        panels: &Range<usize>,
        rows: &Range<usize>,
    ) -> Self {
        let in_order = alike(run, lead) || at_home(run, lead, matrix, input);
        let items = if in_order { 1 } else { run.threads };
        let left = matrix.panels_from(panels.start + panels.len() * items, panels.len());
        let times = rows.len().div_ceil(PAIR * TILE);
        Self { left, part: left.len().div_ceil(times.max(1)).next_multiple_of(packed::LINE) }
    }

    fn ask(&mut self) {
        let (part, left) = self.left.split_at(self.part.min(self.left.len()));
        self.left = left;
        hints::farther(part.as_ptr(), part.len());
    }
}

/// Unpacks panels of matrices that read the same rows.
fn unpack<'a, 'b>(
    run: &Run<'_>,
    form: Form,
    panels: impl ExactSizeIterator<Item = (&'b Matrix, usize)>,
    (cols, room): (usize, &'a mut Room),
) -> Panels<'a> {
    let packed = panels.map(|(matrix, at)| Packed {
        layout: matrix.layout,
        panel: matrix.panel(at..at + 1),
        scales: if form == Form::Turned { *matrix.scales(run.isa, at) } else { [0.0; PANEL] },
    });
    Panels::unpack(run.isa, form, cols, packed, room)
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
    Written { out, residual }: Written,
    scratch: &mut Scratch,
) {
    if rows.is_empty() {
        return;
    }
    let matrix = &*part.matrix;
    let (form, place) = form(run, input, matrix);
    let panels_of = panels.clone().map(|panel| (matrix, panel));
    let weights = unpack(run, form, panels_of, (input.x.width, &mut scratch.room));
    let to = Target { run, part, panels, before: run.decoded(lead), out, residual };
    assert!(form == Form::Rounded || residual.is_none(), "sums of bytes are no numbers yet");
    // A bias is added where sums are put.
    let direct =
        form == Form::Rounded && part.bias.is_none() && to.columns().len() == to.panels.len() * PANEL;
    let mut next = Ahead::new((run, input, lead), matrix, &to.panels, &rows);
    let (mut sums, mut registers) = (Sums::default(), Tiles::default());
    let end = rows.end;
    // SAFETY: as the caller vouches; cells of whole tiles are written where they are.
    unsafe {
        tiles(run, place, rows, |tiles, rows| {
            next.ask();
            to.ask(rows.end..end.min(rows.end + rows.len()));
            if direct && rows.len() == tiles.len() * TILE {
                let onto = residual.map(|residual| to.cells(residual, rows.start));
                weights.multiply(tiles, &mut registers, (onto, to.cells(out, rows.start)));
                return;
            }
            let onto = to.begin(&mut sums, rows.clone()).then(|| sums.cells());
            weights.multiply(tiles, &mut registers, (onto, sums.cells()));
            for ((tile, sums), row) in tiles.iter().zip(&sums.0).zip(rows.clone().step_by(TILE)) {
                let count = TILE.min(rows.end - row);
                for (panel, sums) in sums.iter().enumerate().take(to.panels.len()) {
                    let first = (to.panels.start + panel) * PANEL;
                    let bias = part.bias.as_ref().map(|bias| &bias[first..]);
                    let columns = PANEL.min(matrix.rows - first);
                    let cell = to.cell(out, row, panel);
                    weights.put(tile, (panel, sums), bias, (count, columns), (cell, out.stride));
                }
            }
        });
    }
}

/// Where the columns of some panels go, and what they are added to.
struct Target<'a> {
    run: &'a Run<'a>,
    part: &'a Part,
    panels: Range<usize>,
    /// Rows before those of prefill.
    before: usize,
    out: Place,
    residual: Option<Place>,
}

impl Target<'_> {
    /// The columns, of the part.
    fn columns(&self) -> Range<usize> {
        self.panels.start * PANEL..(self.panels.end * PANEL).min(self.part.matrix.rows)
    }

    /// The first cell of a row of a panel.
    fn cell(&self, place: Place, row: usize, panel: usize) -> *mut f32 {
        let column = self.part.column + (self.panels.start + panel) * PANEL;
        self.run.bases.cell_mut(place, self.before + row, column)
    }

    /// The cells of two tiles of rows and two panels. Where there is but one, the other is not used.
    fn cells(&self, place: Place, row: usize) -> Cells {
        let first = self.cell(place, row, 0);
        let at = |tile: usize, panel: usize| first.wrapping_add(tile * TILE * place.stride + panel * PANEL);
        Cells { at: [[at(0, 0), at(0, 1)], [at(1, 0), at(1, 1)]], stride: place.stride }
    }

    /// Asks for the cells of `rows`: they were last written by another thread, or long ago.
    fn ask(&self, rows: Range<usize>) {
        for row in rows {
            for panel in 0..self.panels.len() {
                hints::to_write(self.cell(self.out, row, panel));
            }
        }
    }

    /// Lets sums of `rows` begin with the residual, if there is one.
    ///
    /// # Safety
    /// It was written before a barrier.
    unsafe fn begin(&self, Sums(sums): &mut Sums, rows: Range<usize>) -> bool {
        let Some(residual) = self.residual else { return false };
        let columns = self.columns();
        for (at, row) in rows.enumerate() {
            // SAFETY: as the caller vouches.
            let cells = unsafe { self.run.bases.row(residual, self.before + row) };
            let cells = &cells[self.part.column..][columns.clone()];
            for (panel, cells) in cells.chunks(PANEL).enumerate() {
                sums[at / TILE][panel][at % TILE][..cells.len()].copy_from_slice(cells);
            }
        }
        true
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
    let (form, place) = form(run, input, gate);
    let before = run.decoded(lead);
    let mut next = [gate, up].map(|matrix| Ahead::new((run, input, lead), matrix, &panels, &rows));
    let (mut sums, mut registers) = (Sums::default(), Tiles::default());
    let mut products = [[0.0; PANEL]; TILE];
    // A panel of each together: two pairs at once would not fit the nearest cache.
    for panel in panels {
        let pair = [(gate, panel), (up, panel)].into_iter();
        let weights = unpack(run, form, pair, (input.x.width, &mut scratch.room));
        let first = panel * PANEL;
        // SAFETY: as the caller vouches.
        unsafe {
            tiles(run, place, rows.clone(), |tiles, rows| {
                next.iter_mut().for_each(Ahead::ask);
                weights.multiply(tiles, &mut registers, (None, sums.cells()));
                for ((tile, sums), row) in tiles.iter().zip(&sums.0).zip(rows.clone().step_by(TILE)) {
                    weights.gate(tile, sums, &mut products);
                    let rows = row..rows.end.min(row + TILE);
                    if let Some(place) = out.bf16 {
                        let line = first / DEPTH * TILE_CELLS + first % DEPTH / 2;
                        let to = run.bases.tile_mut(place, row).add(line);
                        rounded::round_columns(run.isa, &products, rows.len(), to);
                        continue;
                    }
                    let columns = PANEL.min(gate.rows - first);
                    for (row, products) in rows.zip(&products) {
                        run.bases.put(out.x, before + row, first, products, columns);
                    }
                }
            });
        }
    }
}
