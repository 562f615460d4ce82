//! How matrices are kept.

use super::*;
use crate::kernels::half::f32_to_f16;

/// Rows of 64 numbers, of which more than one part is read, and the last panel is not full.
const ROWS: usize = 1_500;
const COLS: usize = 64;

struct One(Weight);

impl WeightSource for One {
    fn get(&self, _: &WeightName) -> Result<Weight, WeightError> {
        Ok(self.0.clone())
    }
}

/// Packs numbers, given by their bits, and takes them out again.
fn check(dtype: DType, bits: impl Fn(usize, usize) -> u16, wanted: Layout) {
    let (rows, cols) = (ROWS, COLS);
    let bytes: Vec<u8> = (0..rows * cols).flat_map(|i| bits(i / cols, i % cols).to_le_bytes()).collect();
    let source = One(Weight::new(dtype, rows, cols, Arc::new(bytes)));
    let decl = WeightDecl { name: "w".into(), dtype, rows: rows as u32, cols: cols as u32 };
    for isa in Isa::available() {
        let matrix = Matrix::pack(isa, Stored { decl: &decl, source: &source }, &Pages::default());
        let matrix = matrix.expect("it can be read, and there is memory");
        // Portable code looks nothing up.
        let wanted = if isa.fuses() { wanted } else { Layout::Stored(dtype) };
        assert_eq!(matrix.layout, wanted, "{isa:?}");
        let table = Table::Packed(Arc::new(matrix));
        for row in 0..rows {
            let (mut found, mut exact) = (vec![f32::NAN; cols], vec![f32::NAN; cols]);
            table.decode(isa, row, &mut found);
            dequantize_row(dtype, source.0.as_ref().row(row), &mut exact);
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
    let number = |row, column| match row {
        0..1_400 => bf16(row, column),
        // Of any size, but no NaN.
        _ => ((row * 64 + column) as u16).wrapping_mul(997) & 0xbfff,
    };
    check(DType::Bf16, number, Layout::Stored(DType::Bf16));
}
