//! How matrices are kept.

use super::*;
use crate::kernels::half::f32_to_f16;

/// Packs 40 rows of 64 numbers, given by their bits, and takes them out again.
fn check(dtype: DType, bits: impl Fn(usize, usize) -> u16, wanted: Layout) {
    let (rows, cols) = (40, 64);
    let bytes: Vec<u8> = (0..rows * cols).flat_map(|i| bits(i / cols, i % cols).to_le_bytes()).collect();
    let stored = WeightRef { dtype, rows, cols, bytes: &bytes };
    for isa in Isa::available() {
        let matrix = Matrix::pack(isa, stored, &Pages::default()).expect("there is memory");
        // Portable code looks nothing up.
        let wanted = if isa.fuses() { wanted } else { Layout::Stored(dtype) };
        assert_eq!(matrix.layout, wanted, "{isa:?}");
        let table = Table::Packed(Arc::new(matrix));
        for row in 0..rows {
            let (mut found, mut exact) = (vec![f32::NAN; cols], vec![f32::NAN; cols]);
            table.decode(isa, row, &mut found);
            dequantize_row(dtype, stored.row(row), &mut exact);
            let bits = |row: &[f32]| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&exact), "{isa:?}: row {row}");
        }
    }
}

fn number(row: usize, column: usize) -> f32 {
    ((row * 64 + column) % 255) as f32 - 127.0
}

fn bf16(row: usize, column: usize) -> u16 {
    (number(row, column).to_bits() >> 16) as u16
}

#[test]
fn bfloat16_is_kept_in_twelve_bits() {
    check(DType::Bf16, bf16, Layout::Narrow);
}

#[test]
fn so_is_binary16_that_is_bfloat16() {
    check(DType::F16, |row, column| f32_to_f16(number(row, column)), Layout::Narrow);
}

#[test]
fn binary16_that_is_not_is_kept_as_it_is_stored() {
    let number = |row, column| f32_to_f16(number(row, column) + 1.0 / 64.0);
    check(DType::F16, number, Layout::Stored(DType::F16));
}

/// It shows when the first panels were packed already.
#[test]
fn so_is_what_does_not_fit_further_down() {
    let number = |row, column| if row < 32 { bf16(row, column) } else { (row * 64 + column) as u16 * 997 };
    check(DType::Bf16, number, Layout::Stored(DType::Bf16));
}
