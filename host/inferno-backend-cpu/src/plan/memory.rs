//! Memory for buffers: those that never live at once share a slot, and slots grow with the largest batch seen.
//!
//! All slots lie in one mapping, in huge pages where the system has them: a product writes a few columns of each row, and
//! rows of a long batch are further apart than a small page is long.

use inferno_backend::BackendError;

use super::{BufferId, BufferSpec, Lead, Place, Step};
use crate::{
    isa::Isa,
    kernels::{
        PANEL, TILE,
        prefill::rounded::{self, DEPTH, TILE_CELLS},
    },
    pages::Slab,
};

/// A cache line of cells.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; PANEL]);

/// Where a buffer lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    Slot(usize),
    /// The caller's vector of logits.
    Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    lead: Lead,
    width: usize,
}

/// The first and the last stage in which a buffer is used.
pub(crate) type Life = (usize, usize);

/// Which buffer lives where.
#[derive(Clone)]
pub(crate) struct MemoryPlan {
    homes: Vec<Home>,
    slots: Vec<Slot>,
    /// Buffers that each thread may have for itself.
    repeated: Vec<bool>,
}

impl MemoryPlan {
    /// Gives every buffer but `output` a slot that no other buffer uses in the stages of its life.
    pub(crate) fn new(specs: &[BufferSpec], lives: &[Life], output: BufferId) -> Self {
        let mut by_birth: Vec<BufferId> = (0..specs.len()).filter(|b| *b != output).collect();
        by_birth.sort_by_key(|b| lives[*b].0);
        let mut homes = vec![Home::Output; specs.len()];
        let mut slots: Vec<(Slot, usize)> = Vec::new();
        for buffer in by_birth {
            let (BufferSpec { lead, width }, (birth, death)) = (specs[buffer], lives[buffer]);
            // The free slot that has to change least.
            let free = (0..slots.len())
                .filter(|i| slots[*i].0.lead == lead && slots[*i].1 < birth)
                .min_by_key(|i| slots[*i].0.width.abs_diff(width));
            let slot = free.unwrap_or_else(|| {
                slots.push((Slot { lead, width: 0 }, 0));
                slots.len() - 1
            });
            slots[slot].0.width = slots[slot].0.width.max(width);
            slots[slot].1 = death;
            homes[buffer] = Home::Slot(slot);
        }
        let repeated = vec![false; specs.len()];
        Self { homes, slots: slots.into_iter().map(|s| s.0).collect(), repeated }
    }

    /// Lets each thread have what steps write that may be repeated.
    pub(crate) fn repeating(mut self, steps: &[Step]) -> Self {
        for step in steps.iter().filter(|step| !step.once) {
            step.writes.iter().for_each(|buffer| self.repeated[*buffer] = true);
        }
        self
    }

    /// Cells per token that all slots take together.
    #[cfg(test)]
    pub(crate) fn cells_per_row(&self) -> usize {
        self.slots.iter().map(|s| s.width).sum()
    }
}

/// The memory of a [`MemoryPlan`].
pub(crate) struct Arena {
    plan: MemoryPlan,
    /// Where slots are.
    room: Option<Slab>,
    /// Lines of each slot.
    slots: Vec<usize>,
    /// Of each thread but the first, for one row.
    own: Vec<Vec<Box<[Line]>>>,
    /// Of each thread.
    bases: Vec<Bases>,
}

/// Where each buffer begins, for the duration of one batch.
pub(crate) struct Bases(Vec<*mut f32>);

// SAFETY: pointers into the arena and the logits; who may touch which cells is the contract of `cells` and
// `cells_mut`.
unsafe impl Send for Bases {}
// SAFETY: as above.
unsafe impl Sync for Bases {}

impl Arena {
    pub(crate) fn new(plan: MemoryPlan, threads: usize) -> Self {
        let slots = vec![0; plan.slots.len()];
        let bases = (0..threads).map(|_| Bases(Vec::new())).collect();
        Self { plan, room: None, slots, own: Vec::new(), bases }
    }

    /// Makes room for a batch, and points the output buffer at `logits`. Returns where buffers are for each thread: the
    /// same for all, except that of a batch of one token each has a copy of what all compute.
    pub(crate) fn bind(
        &mut self,
        tokens: usize,
        rows: usize,
        logits: &mut [f32],
    ) -> Result<&[Bases], BackendError> {
        let start = self.room(tokens, rows)?;
        let starts: Vec<*mut f32> = self
            .slots
            .iter()
            .scan(start.cast::<Line>(), |at, lines| {
                let start = at.cast();
                *at = at.wrapping_add(*lines);
                Some(start)
            })
            .collect();
        let Self { plan, own, bases, .. } = self;
        if tokens == 1 && own.is_empty() {
            own.extend((1..bases.len()).map(|_| plan.slots.iter().map(one_row).collect()));
        }
        for (thread, bases) in bases.iter_mut().enumerate() {
            bases.0.clear();
            for (home, repeated) in plan.homes.iter().zip(&plan.repeated) {
                bases.0.push(match home {
                    Home::Slot(slot) if tokens == 1 && thread > 0 && *repeated => {
                        own[thread - 1][*slot].as_mut_ptr().cast()
                    }
                    Home::Slot(slot) => starts[*slot],
                    Home::Output => logits.as_mut_ptr(),
                });
            }
        }
        Ok(bases)
    }

    /// Makes room for a batch, of which the first line is returned.
    fn room(&mut self, tokens: usize, rows: usize) -> Result<*mut u8, BackendError> {
        let mut grown = self.room.is_none();
        for (slot, lines) in self.plan.slots.iter().zip(&mut self.slots) {
            let count = match slot.lead {
                Lead::Tokens => tokens,
                Lead::Rows => rows,
            };
            // Whole tiles, see `Bases::tile`.
            let wanted = count.next_multiple_of(TILE).saturating_mul(slot.width).div_ceil(PANEL);
            grown |= *lines < wanted;
            *lines = (*lines).max(wanted);
        }
        if grown {
            let lines = self.slots.iter().fold(0, |all: usize, lines| all.saturating_add(*lines));
            let bytes = lines.saturating_mul(size_of::<Line>());
            // Nothing in it is worth copying to a larger place.
            self.room = None;
            self.room = Slab::room(bytes);
            if self.room.is_none() {
                self.slots.fill(0);
                return Err(BackendError::OutOfMemory { what: "activations", bytes });
            }
        }
        let room = self.room.as_ref().expect("made just now, or before");
        Ok(room.start().as_ptr())
    }
}

/// Room for one row: a tile, of which the system hands out what is used.
fn one_row(slot: &Slot) -> Box<[Line]> {
    let room = Box::new_zeroed_slice((TILE * slot.width).div_ceil(PANEL));
    // SAFETY: a line is floats, for which zeros are a value.
    unsafe { room.assume_init() }
}

impl Bases {
    /// Columns of one row of a place.
    ///
    /// # Safety
    /// The row exists in this batch, it has been written, and nothing writes those cells while the slice lives.
    pub(crate) unsafe fn row(&self, place: Place, row: usize) -> &[f32] {
        // SAFETY: a place lies within its buffer's rows, by `lower`; `bind` made room for the batch's rows.
        unsafe {
            let start = self.0[place.buffer].add(row * place.stride + place.offset);
            std::slice::from_raw_parts(start, place.width)
        }
    }

    /// Columns `first..first + len` of one row of a place, to be written.
    ///
    /// # Safety
    /// The row exists in this batch, and nothing else touches those cells while the slice lives.
    #[expect(clippy::mut_from_ref, reason = "disjoint cells are handed out to different threads; see Safety")]
    pub(crate) unsafe fn cells_mut(&self, place: Place, row: usize, first: usize, len: usize) -> &mut [f32] {
        assert!(first + len <= place.width, "cells lie within the row");
        // SAFETY: as in `row`; cells are initialized when a slot is made.
        unsafe {
            let start = self.0[place.buffer].add(row * place.stride + place.offset + first);
            std::slice::from_raw_parts_mut(start, len)
        }
    }

    /// One cell of a place, to be written together with those beside and below it.
    pub(crate) fn cell_mut(&self, place: Place, row: usize, column: usize) -> *mut f32 {
        assert!(column < place.width, "the cell lies within the row");
        self.0[place.buffer].wrapping_add(row * place.stride + place.offset + column)
    }

    /// Writes the first `columns` of `values` to cells from `first` on of one row of a place.
    ///
    /// # Safety
    /// As [`cells_mut`](Self::cells_mut), for those cells.
    #[inline(always)]
    pub(crate) unsafe fn put(
        &self,
        place: Place,
        row: usize,
        first: usize,
        values: &[f32; PANEL],
        columns: usize,
    ) {
        // SAFETY: as the caller vouches.
        let cells = unsafe { self.cells_mut(place, row, first, columns) };
        match cells.first_chunk_mut::<PANEL>() {
            // A length known here is two moves; any other is a call.
            Some(cells) if columns == PANEL => *cells = *values,
            _ => cells.copy_from_slice(&values[..columns]),
        }
    }

    /// The rows of a quantized place that share a tile with row `row`, in the order of `quantize`.
    ///
    /// # Safety
    /// As [`row`](Self::row) for all rows of the batch among them. What the others hold is without meaning.
    pub(crate) unsafe fn tile(&self, place: Place, row: usize) -> &[f32] {
        // SAFETY: as in `row`; `bind` made room for whole tiles, and cells are initialized when a slot is made.
        unsafe { std::slice::from_raw_parts(self.tile_mut(place, row), TILE * place.stride) }
    }

    /// As [`tile`](Self::tile), to be written lane by lane.
    pub(crate) fn tile_mut(&self, place: Place, row: usize) -> *mut f32 {
        // SAFETY: within the buffer, as in `tile`.
        unsafe { self.0[place.buffer].add(row / TILE * TILE * place.stride) }
    }

    /// Rounds columns from `first` on, whole lines, of row `row` of a place of rows of prefill.
    ///
    /// # Safety
    /// The row is one of prefill, and nothing else touches those columns of it meanwhile.
    pub(crate) unsafe fn round(&self, isa: Isa, place: Place, row: usize, first: usize, values: &[f32]) {
        let tile = self.tile_mut(place, row);
        // SAFETY: `bind` made room for whole tiles; as the caller vouches.
        unsafe { rounded::round_row(isa, values, tile.add(first / DEPTH * TILE_CELLS), row % TILE) };
    }

    /// One row of a place, to be written.
    ///
    /// # Safety
    /// As [`cells_mut`](Self::cells_mut).
    #[expect(clippy::mut_from_ref, reason = "as for `cells_mut`")]
    pub(crate) unsafe fn row_mut(&self, place: Place, row: usize) -> &mut [f32] {
        // SAFETY: as the caller vouches.
        unsafe { self.cells_mut(place, row, 0, place.width) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_share_a_slot_only_when_their_lives_do_not_touch() {
        let spec = |width| BufferSpec { lead: Lead::Tokens, width };
        let specs = [spec(8), spec(16), spec(8), spec(8), spec(99)];
        let lives = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 4)];
        let plan = MemoryPlan::new(&specs, &lives, 4);
        assert_eq!(plan.homes[0], plan.homes[2]);
        assert_eq!(plan.homes[1], plan.homes[3]);
        assert_ne!(plan.homes[0], plan.homes[1]);
        assert_eq!((plan.homes[4], plan.cells_per_row()), (Home::Output, 24));
    }
}
