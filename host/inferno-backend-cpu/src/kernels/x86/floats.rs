//! AVX-512 for matrices of floats: 16 rows of a panel to a register, one fused multiply-add per column and row of
//! activations.

use std::arch::x86_64::*;

use crate::kernels::{
    PANEL, Products,
    float::{ROW, Stored, TILE_CELLS},
};

/// `P` panels that lie `panel_bytes` apart times rows `lane..lane + N` of a float tile, `cols` columns.
///
/// # Safety
/// The panels and the tile have `cols` columns, `lane + N ≤ 16`, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
pub(in crate::kernels) unsafe fn multiply<S: Stored, const P: usize, const N: usize>(
    panels: *const u8,
    panel_bytes: usize,
    cols: usize,
    tile: *const f32,
    lane: usize,
    out: &mut [Products],
) {
    // SAFETY: as the caller vouches.
    unsafe {
        let mut acc = [[_mm512_setzero_ps(); N]; P];
        let mut weights = panels;
        let mut rows = tile.add(lane * ROW);
        let mut left = cols;
        while left > 0 {
            let columns = left.min(ROW);
            for c in 0..columns {
                let mut w = [_mm512_setzero_ps(); P];
                for p in 0..P {
                    w[p] = load::<S>(weights.add(p * panel_bytes));
                }
                for i in 0..N {
                    let x = _mm512_set1_ps(*rows.add(i * ROW + c));
                    for p in 0..P {
                        acc[p][i] = _mm512_fmadd_ps(w[p], x, acc[p][i]);
                    }
                }
                weights = weights.add(PANEL * S::BYTES);
            }
            rows = rows.add(TILE_CELLS);
            left -= columns;
        }
        for p in 0..P {
            for i in 0..N {
                _mm512_storeu_ps(out[p][i].as_mut_ptr(), acc[p][i]);
            }
        }
    }
}

/// One column of a panel.
#[inline(always)]
unsafe fn load<S: Stored>(column: *const u8) -> __m512 {
    // SAFETY: the caller vouches for 16 values and AVX-512.
    unsafe {
        match S::KIND {
            crate::kernels::float::Kind::F32 => _mm512_loadu_ps(column.cast()),
            crate::kernels::float::Kind::F16 => _mm512_cvtph_ps(_mm256_loadu_si256(column.cast())),
            crate::kernels::float::Kind::Bf16 => {
                let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(column.cast()));
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(wide))
            }
        }
    }
}
