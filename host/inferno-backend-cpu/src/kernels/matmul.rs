//! Rows of a matrix, 16 at a time, times rows of activations: the one place where a format and an instruction
//! set meet.

use inferno_graph::{DType, WeightRef};

use super::{GROUP, PANEL, float, format::with_format, panel::Panel, portable, quantize::Q8Row};
#[cfg(target_arch = "x86_64")]
use super::x86;
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
    assert_eq!(matrix.cols, x.blocks() * super::quantize::BLOCK, "activations fit the matrix");
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
    let blocks = matrix.cols / super::quantize::BLOCK;
    with_format!(matrix.dtype, |F| match isa.set() {
        Set::Portable => portable::pack::<F>(rows, panel),
        // SAFETY: an `Isa` exists only where its features were detected; a row has `cols` values.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { x86::avx2::pack::<F>(&rows.map(<[u8]>::as_ptr), blocks, panel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512Vnni => unsafe { x86::vnni::pack::<F>(&rows.map(<[u8]>::as_ptr), blocks, panel) },
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
