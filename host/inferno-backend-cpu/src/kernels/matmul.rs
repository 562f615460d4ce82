//! Rows of a matrix, 16 at a time, times rows of activations: the one place where a format and an instruction
//! set meet.

use inferno_graph::{DType, WeightRef};

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{
    GROUP, PANEL, float,
    format::with_format,
    panel::Panel,
    portable,
    quantize::{BLOCK, Q8Row},
};
use crate::isa::{Isa, Set};

/// What 16 rows of a matrix give for each activation row of a group.
pub(crate) type Products = [[f32; PANEL]; GROUP];

/// Whether activations are quantized for matrices of this type.
pub(crate) const fn takes_q8(dtype: DType) -> bool {
    !matches!(dtype, DType::F32 | DType::F16 | DType::Bf16)
}

/// The rows of a panel; lanes beyond the last row repeat it.
fn rows<'a>(matrix: WeightRef<'a>, first: usize) -> [&'a [u8]; PANEL] {
    std::array::from_fn(|i| matrix.row((first + i).min(matrix.rows - 1)))
}

/// Rows `first..first + 16` of a quantized matrix times one row of activations.
pub(crate) fn gemv(isa: Isa, matrix: WeightRef<'_>, first: usize, x: Q8Row<'_>) -> [f32; PANEL] {
    let rows = rows(matrix, first);
    assert_eq!(matrix.cols, x.blocks() * BLOCK, "activations fit the matrix");
    with_format!(matrix.dtype, |F| match isa.set() {
        Set::Portable => portable::gemv::<F>(rows, x),
        // SAFETY: an `Isa` exists only where its features were detected; the lengths were checked above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { x86::avx2::gemv::<F>(&rows.map(<[u8]>::as_ptr), x) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512Vnni => unsafe { x86::vnni::gemv::<F>(&rows.map(<[u8]>::as_ptr), x) },
    }, else unreachable!("float matrices are multiplied by `float`"))
}

/// Unpacks rows `first..first + 16` of a quantized matrix.
pub(crate) fn pack(isa: Isa, matrix: WeightRef<'_>, first: usize, panel: &mut Panel) {
    let rows = rows(matrix, first);
    with_format!(matrix.dtype, |F| match isa.set() {
        Set::Portable => portable::pack::<F>(rows, panel),
        // SAFETY: an `Isa` exists only where its features were detected; a row has `cols` values.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { x86::avx2::pack::<F>(&rows.map(<[u8]>::as_ptr), matrix.cols / BLOCK, panel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512Vnni => unsafe { x86::vnni::pack::<F>(&rows.map(<[u8]>::as_ptr), matrix.cols / BLOCK, panel) },
    }, else unreachable!("float matrices are multiplied by `float`"));
}

/// An unpacked panel of a matrix of `dtype` times up to eight rows of activations.
pub(crate) fn gemm(isa: Isa, dtype: DType, panel: &Panel, xs: &[Q8Row<'_>], out: &mut Products) {
    assert!(xs.iter().all(|x| x.blocks() == panel.blocks), "activations fit the panel");
    with_format!(dtype, |F| {
        assert_eq!(panel.format, Some(dtype), "the panel was unpacked from this format");
        match isa.set() {
            Set::Portable => portable::gemm::<F>(panel, xs, out),
            // SAFETY: an `Isa` exists only where its features were detected.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { x86::avx2::gemm::<F>(panel, xs, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512Vnni => unsafe { x86::vnni::gemm::<F>(panel, xs, out) },
        }
    }, else unreachable!("float matrices are multiplied by `float`"));
}

/// Rows `first..first + 16` of a float matrix times up to eight rows of activations.
pub(crate) fn floats(
    isa: Isa,
    matrix: WeightRef<'_>,
    first: usize,
    xs: &[&[f32]],
    scratch: &mut Vec<f32>,
    out: &mut Products,
) {
    float::panel(isa, matrix.dtype, &rows(matrix, first), xs, scratch, out);
}

#[cfg(test)]
mod tests {
    use inferno_graph::quant::{dequantize_row, quantize_row};
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::quantize;

    /// Multiplies in every way there is; the first is portable and one row at a time.
    fn products(matrix: WeightRef<'_>, first: usize, x: &[f32]) -> Vec<(Isa, [f32; PANEL])> {
        let mut cells = vec![0.0; quantize::row_len(x.len())];
        let mut found = Vec::new();
        for isa in Isa::available().into_iter().rev() {
            quantize::quantize_row(isa, x, &mut cells);
            let q8 = Q8Row::new(&cells, x.len());
            found.push((isa, gemv(isa, matrix, first, q8)));
            let mut panel = Panel::default();
            pack(isa, matrix, first, &mut panel);
            for rows in 1..=GROUP {
                let mut out = [[f32::NAN; PANEL]; GROUP];
                gemm(isa, matrix.dtype, &panel, &[q8; GROUP][..rows], &mut out);
                found.extend(out[..rows].iter().map(|out| (isa, *out)));
            }
        }
        found
    }

    fn check(dtype: DType, blocks: usize, rows: usize, values: &[f32], x: &[f32]) {
        let cols = blocks * dtype.block_len();
        let decode = |values: &[f32]| -> Vec<f32> { values.iter().copied().cycle().take(cols).collect() };
        let x = decode(x);
        let stored: Vec<u8> =
            (0..rows).flat_map(|r| quantize_row(dtype, &decode(&values[r % values.len()..]))).collect();
        let matrix = WeightRef { dtype, rows, cols, bytes: &stored };
        for first in (0..rows).step_by(PANEL) {
            let all = products(matrix, first, &x);
            for (isa, found) in &all {
                let bits = |lanes: &[f32; PANEL]| lanes.map(f32::to_bits);
                assert_eq!(bits(found), bits(&all[0].1), "{dtype}, {isa:?}");
            }
            for (lane, found) in all[0].1.iter().enumerate().take(rows - first) {
                let mut row = vec![0.0; cols];
                dequantize_row(dtype, matrix.row(first + lane), &mut row);
                let exact: f64 = row.iter().zip(&x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
                let size = |v: &[f32]| v.iter().fold(0_f64, |a, v| a + f64::from(*v).powi(2)).sqrt();
                let error = (f64::from(*found) - exact).abs();
                // Half a step of an 8-bit code for every element, and scales rounded to binary16.
                let step = x.iter().fold(0_f64, |a, x| a.max(f64::from(x.abs()))) / 250.0;
                let limit = size(&row) * (step * (cols as f64).sqrt() + size(&x) / 500.0) + 1e-6;
                assert!(error <= limit, "{dtype}: {found} for {exact}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_way_to_multiply_agrees_to_the_bit(
            values in prop::collection::vec(-2_f32..2.0, 40..90),
            x in prop::collection::vec(-30_f32..30.0, 33..70),
            blocks in 1_usize..4,
            rows in 1_usize..40,
        ) {
            for dtype in DType::ALL.into_iter().filter(|d| takes_q8(*d)) {
                check(dtype, blocks, rows, &values, &x);
            }
        }
    }

    #[test]
    fn extreme_codes_do_not_overflow() {
        for dtype in DType::ALL.into_iter().filter(|d| takes_q8(*d)) {
            check(dtype, 2, 17, &[-1.0, -1.0, 1.0, -1.0], &[1.0, 1.0, -1.0]);
            check(dtype, 2, 17, &[-1.0], &[-1.0]);
        }
    }
}
