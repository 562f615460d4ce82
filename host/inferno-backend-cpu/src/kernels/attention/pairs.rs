//! Where a cell of a block lies when cells are kept in pairs: two elements of a position side by side in keys, two
//! positions of an element in values.
//!
//! So lies what is multiplied in pairs: bfloat16 products add two at a time. Easily confused with the plain order of
//! the other kinds, in which keys are `head_dim × block_len` and values `block_len × head_dim`. An odd dimension is
//! filled up.

/// Cells of the keys, or of the values, of a block.
pub(crate) fn cells(head_dim: usize, block_len: usize) -> Option<usize> {
    head_dim.checked_next_multiple_of(2)?.checked_mul(block_len.checked_next_multiple_of(2)?)
}

/// The cell of an element of a key.
#[inline(always)]
pub(crate) const fn key(block_len: usize, element: usize, position: usize) -> usize {
    (element / 2 * block_len + position) * 2 + element % 2
}

/// The cell of an element of a value.
#[inline(always)]
pub(crate) const fn value(head_dim: usize, element: usize, position: usize) -> usize {
    (position / 2 * head_dim + element) * 2 + position % 2
}
