//! What becomes of the sums of tiles.

use std::arch::x86_64::*;

use crate::kernels::{PANEL, Products, TILE, x86::elementwise};

/// What sums of bytes are multiplied with: a scale for each row of activations, and for each row of weights.
pub(in crate::kernels) type Scales<'a> = (&'a [f32; TILE], &'a [f32; PANEL]);

/// Row `lane` of sums, as numbers.
#[inline(always)]
unsafe fn numbers(sums: &Products, scales: Option<Scales<'_>>, lane: usize) -> __m512 {
    // SAFETY: the caller vouches for AVX-512; a row of a panel is a register.
    unsafe {
        let sums = _mm512_loadu_ps(sums[lane].as_ptr());
        match scales {
            None => sums,
            Some((of_rows, of_weights)) => {
                let scale =
                    _mm512_mul_ps(_mm512_set1_ps(of_rows[lane]), _mm512_loadu_ps(of_weights.as_ptr()));
                _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_castps_si512(sums)), scale)
            }
        }
    }
}

/// Writes the first `rows` rows of sums, with a bias, to the first `columns` columns of rows that are `stride` cells apart.
///
/// # Safety
/// There are so many, and they may be written; the processor has the features named.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn put(
    sums: &Products,
    scales: Option<Scales<'_>>,
    bias: Option<&[f32]>,
    (rows, columns): (usize, usize),
    (to, stride): (*mut f32, usize),
) {
    let mask = u16::MAX >> (PANEL - columns);
    // SAFETY: as the caller vouches.
    unsafe {
        let bias =
            bias.map_or(_mm512_setzero_ps(), |bias| _mm512_maskz_loadu_ps(mask, bias[..columns].as_ptr()));
        for lane in 0..rows {
            let row = _mm512_add_ps(numbers(sums, scales, lane), bias);
            _mm512_mask_storeu_ps(to.add(lane * stride), mask, row);
        }
    }
}

/// What a gate lets through of a panel: `silu(gate) · up` of each row.
///
/// # Safety
/// The processor has the features named.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn gate(
    (gates, of_gates): (&Products, Option<Scales<'_>>),
    (ups, of_ups): (&Products, Option<Scales<'_>>),
    out: &mut Products,
) {
    for lane in 0..TILE {
        // SAFETY: as the caller vouches; a row of a panel is a register.
        unsafe {
            let (gate, up) = (numbers(gates, of_gates, lane), numbers(ups, of_ups, lane));
            _mm512_storeu_ps(out[lane].as_mut_ptr(), _mm512_mul_ps(elementwise::sigmoid_linear(gate), up));
        }
    }
}
