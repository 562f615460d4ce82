//! AVX-512 for matrices of floats: 16 rows of a panel to a register, one fused multiply-add per column and row of
//! activations.

use std::arch::x86_64::*;

use super::{AHEAD, narrow};
use crate::kernels::{
    PANEL, Products,
    float::{Kept, Kind, ROW, TILE_CELLS},
    narrow::{BLOCK, BLOCK_BYTES, FOUR, head_bytes},
    packed::LINE,
};

/// A panel times rows `lane..lane + N` of a float tile, `cols` columns. Every other column is added to a second sum: an addition waits
/// for the one before it, which would take longer than reading the panel.
///
/// # Safety
/// The panel and the tile have `cols` columns, `lane + N ≤ 16`, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn multiply<K: Kept, const N: usize>(
    panel: *const u8,
    cols: usize,
    tile: *const f32,
    lane: usize,
    out: &mut Products,
) {
    // SAFETY: as the caller vouches.
    unsafe {
        let mut acc = [[_mm512_setzero_ps(); N]; 2];
        let panel = Panel::new::<K>(panel, cols);
        let rows = tile.add(lane * ROW);
        let whole = cols - cols % BLOCK;
        for first in (0..whole).step_by(BLOCK) {
            panel.ask::<K>(first);
            let rows = rows.add(first / ROW * TILE_CELLS + first % ROW);
            for half in 0..2 {
                let w = panel.columns::<K>(first, half);
                for column in 0..FOUR {
                    for i in 0..N {
                        let x = _mm512_set1_ps(*rows.add(i * ROW + half * FOUR + column));
                        acc[column % 2][i] = _mm512_fmadd_ps(w[column], x, acc[column % 2][i]);
                    }
                }
            }
        }
        for column in whole..cols {
            let w = panel.column::<K>(column);
            let rows = rows.add(column / ROW * TILE_CELLS + column % ROW);
            for i in 0..N {
                acc[0][i] = _mm512_fmadd_ps(w, _mm512_set1_ps(*rows.add(i * ROW)), acc[0][i]);
            }
        }
        for i in 0..N {
            _mm512_storeu_ps(out[i].as_mut_ptr(), _mm512_add_ps(acc[0][i], acc[1][i]));
        }
    }
}

/// A panel that is read column by column.
#[derive(Clone, Copy)]
struct Panel {
    /// Its first column.
    at: *const u8,
    /// The upper bytes of its codes, if it has any.
    upper: __m512i,
}

impl Panel {
    #[inline(always)]
    unsafe fn new<K: Kept>(at: *const u8, cols: usize) -> Self {
        // SAFETY: the caller vouches for the panel and AVX-512.
        unsafe {
            match K::KIND {
                Kind::Narrow => Self { at: at.add(head_bytes(cols)), upper: narrow::upper(at) },
                _ => Self { at, upper: _mm512_setzero_si512() },
            }
        }
    }

    /// Asks for what comes behind a block of columns.
    #[inline(always)]
    fn ask<K: Kept>(self, first: usize) {
        let bytes = if matches!(K::KIND, Kind::Narrow) { BLOCK_BYTES } else { BLOCK * PANEL * K::BYTES };
        for line in 0..bytes / LINE {
            let ahead = self.at.wrapping_add(AHEAD + first / BLOCK * bytes + line * LINE);
            // SAFETY: a hint reads nothing, wherever it points.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead.cast()) };
        }
    }

    /// Half a block of columns, which begins at `first`.
    #[inline(always)]
    unsafe fn columns<K: Kept>(self, first: usize, half: usize) -> [__m512; FOUR] {
        // SAFETY: the caller vouches for the columns and AVX-512.
        unsafe {
            match K::KIND {
                Kind::Narrow => narrow::columns(self.upper, self.at.add(first / BLOCK * BLOCK_BYTES), half),
                _ => [0, 1, 2, 3].map(|i| self.column::<K>(first + half * FOUR + i)),
            }
        }
    }

    /// A column, where columns lie by themselves.
    #[inline(always)]
    unsafe fn column<K: Kept>(self, column: usize) -> __m512 {
        // SAFETY: the caller vouches for the column and AVX-512.
        unsafe {
            let at = self.at.add(column * PANEL * K::BYTES);
            match K::KIND {
                Kind::Narrow => unreachable!("they are four columns each"),
                Kind::F32 => _mm512_loadu_ps(at.cast()),
                Kind::F16 => _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())),
                Kind::Bf16 => {
                    let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(at.cast()));
                    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(wide))
                }
            }
        }
    }
}
