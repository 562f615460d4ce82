//! Matrices of floats: as many rows of a panel as a register has lanes, one fused multiply-add per column and row of activations.
//!
//! What comes is the same to the bit whatever the register is.

use super::{AHEAD, Lanes};
use crate::kernels::{
    PANEL,
    float::{Kept, Kind, ROW, TILE_CELLS},
    hints,
    narrow::{BLOCK, BLOCK_BYTES, FOUR, head_bytes},
    packed::LINE,
};

/// A panel times rows `lane..lane + rows` of a float tile, at most 8, in registers of eight lanes, where there are 16 registers of them:
/// up to two rows go through the panel once, and four twice.
///
/// # Safety
/// The panel and the tile have `cols` columns, the tile has the next power of two of rows, and the processor has the instructions of
/// `V`.
#[inline(always)]
pub(in crate::kernels) unsafe fn eights<V: Lanes, K: Kept>(
    panel: *const u8,
    cols: usize,
    tile: *const f32,
    (lane, rows): (usize, usize),
    out: &mut [[f32; PANEL]],
) {
    // SAFETY: as the caller vouches.
    unsafe {
        match rows {
            1 => few::<V, K, 1, 2>((panel, 0), cols, (tile, lane), out),
            2 => few::<V, K, 2, 2>((panel, 0), cols, (tile, lane), out),
            _ => {
                for done in (0..rows).step_by(4) {
                    let (x, out) = ((tile, lane + done), &mut out[done..]);
                    few::<V, K, 4, 1>((panel, 0), cols, x, out);
                    few::<V, K, 4, 1>((panel, V::LANES), cols, x, out);
                }
            }
        }
    }
}

/// The same in registers of sixteen lanes, of which there are 32: all rows go through the panel once.
///
/// # Safety
/// As for [`eights`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(in crate::kernels) unsafe fn sixteens<V: Lanes, K: Kept>(
    panel: *const u8,
    cols: usize,
    tile: *const f32,
    (lane, rows): (usize, usize),
    out: &mut [[f32; PANEL]],
) {
    let (panel, x) = ((panel, 0), (tile, lane));
    // SAFETY: as the caller vouches.
    unsafe {
        match rows {
            1 => few::<V, K, 1, 1>(panel, cols, x, out),
            2 => few::<V, K, 2, 1>(panel, cols, x, out),
            3..=4 => few::<V, K, 4, 1>(panel, cols, x, out),
            _ => few::<V, K, 8, 1>(panel, cols, x, out),
        }
    }
}

/// `H` registers of rows of a panel, from `row` on, times `N` rows of activations. Every other column is added to a second sum: an
/// addition waits for the one before it, which would take longer than reading the panel.
///
/// # Safety
/// The panel and the tile have `cols` columns, `lane + N ≤ 16`, and the processor has the instructions of `V`.
#[inline(always)]
unsafe fn few<V: Lanes, K: Kept, const N: usize, const H: usize>(
    (panel, row): (*const u8, usize),
    cols: usize,
    (tile, lane): (*const f32, usize),
    out: &mut [[f32; PANEL]],
) {
    assert!(out.len() >= N && row + H * V::LANES <= PANEL, "rows that there are");
    // SAFETY: as the caller vouches.
    unsafe {
        let mut acc = [[[V::zero(); N]; H]; 2];
        let panel = Panel::<V>::new::<K>(panel, cols, row);
        let rows = tile.add(lane * ROW);
        let whole = cols - cols % BLOCK;
        for first in (0..whole).step_by(BLOCK) {
            panel.ask::<K>(first);
            let rows = rows.add(first / ROW * TILE_CELLS + first % ROW);
            for half in 0..2 {
                let mut w = [[V::zero(); FOUR]; H];
                for h in 0..H {
                    w[h] = panel.columns::<K>(h, first, half);
                }
                for column in 0..FOUR {
                    for i in 0..N {
                        let x = V::splat(*rows.add(i * ROW + half * FOUR + column));
                        for h in 0..H {
                            let acc = &mut acc[column % 2][h][i];
                            *acc = w[h][column].fma(x, *acc);
                        }
                    }
                }
            }
        }
        for column in whole..cols {
            let rows = rows.add(column / ROW * TILE_CELLS + column % ROW);
            for h in 0..H {
                let w = panel.column::<K>(h, column);
                for i in 0..N {
                    acc[0][h][i] = w.fma(V::splat(*rows.add(i * ROW)), acc[0][h][i]);
                }
            }
        }
        for i in 0..N {
            for h in 0..H {
                acc[0][h][i].add(acc[1][h][i]).store(out[i].as_mut_ptr().add(row + h * V::LANES));
            }
        }
    }
}

/// Rows of a panel that are read column by column.
#[derive(Clone, Copy)]
struct Panel<V: Lanes> {
    /// Its first column.
    at: *const u8,
    /// The first of the rows.
    row: usize,
    /// The upper bytes of its codes, if it has any.
    upper: Option<V::Upper>,
}

impl<V: Lanes> Panel<V> {
    #[inline(always)]
    unsafe fn new<K: Kept>(at: *const u8, cols: usize, row: usize) -> Self {
        // SAFETY: the caller vouches for the panel and the instructions.
        unsafe {
            match K::KIND {
                Kind::Narrow => Self { at: at.add(head_bytes(cols)), row, upper: Some(V::upper(at)) },
                _ => Self { at, row, upper: None },
            }
        }
    }

    /// Asks for what comes behind a block of columns.
    #[inline(always)]
    fn ask<K: Kept>(self, first: usize) {
        let bytes = if matches!(K::KIND, Kind::Narrow) { BLOCK_BYTES } else { BLOCK * PANEL * K::BYTES };
        for line in 0..bytes / LINE {
            hints::near(self.at.wrapping_add(AHEAD + first / BLOCK * bytes + line * LINE));
        }
    }

    /// Half a block of columns, which begins at `first`, of register `h`.
    #[inline(always)]
    unsafe fn columns<K: Kept>(self, h: usize, first: usize, half: usize) -> [V; FOUR] {
        // SAFETY: the caller vouches for the columns and the instructions.
        unsafe {
            match self.upper {
                Some(upper) => {
                    let block = self.at.add(first / BLOCK * BLOCK_BYTES);
                    V::narrow(upper, block, half, self.row + h * V::LANES)
                }
                None => {
                    let mut columns = [V::zero(); FOUR];
                    for i in 0..FOUR {
                        columns[i] = self.column::<K>(h, first + half * FOUR + i);
                    }
                    columns
                }
            }
        }
    }

    /// A column of register `h`, where columns lie by themselves.
    #[inline(always)]
    unsafe fn column<K: Kept>(self, h: usize, column: usize) -> V {
        // SAFETY: the caller vouches for the column and the instructions.
        unsafe {
            let at = self.at.add((column * PANEL + self.row + h * V::LANES) * K::BYTES);
            match K::KIND {
                Kind::Narrow => unreachable!("they are four columns each"),
                Kind::F32 => V::load(at.cast()),
                Kind::F16 => V::load_f16(at.cast()),
                Kind::Bf16 => V::load_bf16(at.cast()),
            }
        }
    }
}
