//! Every way to multiply against every other, and against the exact product of what is stored.

use inferno_graph::quant::{dequantize_row, quantize_row};
use proptest::prelude::*;

use super::*;
use crate::kernels::{PANEL, like_weights, quantize, tolerance};

/// A matrix packed with `isa`, as bytes that begin a cache line.
struct Packed {
    layout: Layout,
    lines: Vec<[u8; 64]>,
    panel_bytes: usize,
}

impl Packed {
    fn new(layout: Layout, isa: Isa, matrix: WeightRef<'_>) -> Self {
        let panel_bytes = layout.panel_bytes(matrix.cols);
        let panels = matrix.rows.div_ceil(PANEL);
        let mut lines = vec![[0; 64]; panels * panel_bytes / 64];
        for (at, panel) in lines.as_flattened_mut().chunks_exact_mut(panel_bytes).enumerate() {
            assert!(layout.pack(isa, matrix, at * PANEL, panel), "{layout:?}: it can be kept so");
        }
        Self { layout, lines, panel_bytes }
    }

    fn bytes(&self) -> &[u8] {
        self.lines.as_flattened()
    }
}

/// Multiplies rows of activations with all panels, `step` rows and `panels` panels at a time: by row, then column.
fn products(
    isa: Isa,
    matrix: WeightRef<'_>,
    packed: &Packed,
    xs: &[Vec<f32>],
    (step, panels): (usize, usize),
) -> Vec<Vec<f32>> {
    let mut cells = vec![0.0; TILE * quantize::row_len(matrix.cols)];
    let mut floats = FloatTile::default();
    floats.reset(matrix.cols);
    for (lane, x) in xs.iter().enumerate() {
        if takes_q8(matrix.dtype) {
            // SAFETY: the cells of a whole tile, and nobody else has them.
            unsafe { quantize::quantize_row(isa, x, cells.as_mut_ptr(), lane) };
        } else {
            floats.set(lane, x);
        }
    }
    let rows = if takes_q8(matrix.dtype) {
        Rows::Quantized(Tile::new(&cells, matrix.cols))
    } else {
        Rows::Floats(&floats)
    };
    let mut found = vec![Vec::new(); xs.len()];
    for group in packed.bytes().chunks(packed.panel_bytes * panels) {
        let mut lane = 0;
        while lane < xs.len() {
            // Lanes are taken as a product does: a power of two that fits.
            let count = step.min(xs.len() - lane);
            let mut out = [[[f32::NAN; PANEL]; TILE]; PANELS];
            multiply(isa, packed.layout, group, rows, (lane, count), &mut out);
            for panel in &out[..group.len() / packed.panel_bytes] {
                for (found, row) in found[lane..].iter_mut().zip(&panel[..count]) {
                    found.extend(row);
                }
            }
            lane += count;
        }
    }
    found.iter_mut().for_each(|row| row.truncate(matrix.rows));
    found
}

/// No less than the sum of the sizes of all that is added, which is what rounding is measured against: scaled codes
/// and minima can each be larger than the weight they make.
fn magnitude(row: &[f32], x: &[f32]) -> f64 {
    let largest = row.iter().fold(0_f64, |a, w| a.max(f64::from(w.abs())));
    4.0 * largest * x.iter().map(|x| f64::from(x.abs())).sum::<f64>()
}

fn check(dtype: DType, cols: usize, rows: usize, values: &[f32], x: &[f32]) {
    for layout in Layout::of(dtype) {
        let block = if layout == Layout::Narrow { narrow::BLOCK } else { dtype.block_len() };
        check_layout(layout, dtype, (rows, cols.next_multiple_of(block)), values, x);
    }
}

fn check_layout(layout: Layout, dtype: DType, (rows, cols): (usize, usize), values: &[f32], x: &[f32]) {
    let decode = |values: &[f32]| -> Vec<f32> { values.iter().copied().cycle().take(cols).collect() };
    let xs: Vec<Vec<f32>> = (0..TILE).map(|i| decode(&x[i % x.len()..])).collect();
    let row = |r: usize| {
        let mut row = decode(&values[r % values.len()..]);
        // One in a panel is of another size than what is kept in twelve bits, and large enough to be missed in a sum.
        if dtype == DType::Bf16 && r % PANEL == 5 {
            row[cols / 2] = 3e4;
        }
        quantize_row(dtype, &row)
    };
    let stored: Vec<u8> = (0..rows).flat_map(row).collect();
    let matrix = WeightRef { dtype, rows, cols, bytes: &stored };
    let exact: Vec<Vec<f32>> = (0..rows)
        .map(|r| {
            let mut row = vec![0.0; cols];
            dequantize_row(dtype, matrix.row(r), &mut row);
            row
        })
        .collect();
    let reference = Packed::new(layout, Isa::available()[Isa::available().len() - 1], matrix);
    let bits = |rows: &[Vec<f32>]| rows.concat().into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let mut portable: Option<Vec<Vec<f32>>> = None;
    // Of the narrowest vectors.
    let mut vectors: Option<Vec<u32>> = None;
    for isa in Isa::available().into_iter().rev() {
        let packed = Packed::new(layout, isa, matrix);
        assert!(packed.bytes() == reference.bytes(), "{layout:?}, {isa:?}: packed alike");
        for (r, exact) in exact.iter().enumerate() {
            let mut row = vec![f32::NAN; cols];
            let panel = &packed.bytes()[r / PANEL * packed.panel_bytes..][..packed.panel_bytes];
            layout.unpack_row(isa, panel, r % PANEL, &mut row);
            assert_eq!(&row, exact, "{layout:?}, {isa:?}: row {r} comes back");
        }
        let one = products(isa, matrix, &packed, &xs, (1, 1));
        for ways in [(8, 1), (8, 2), (8, 4), (4, 4), (3, 3), (2, 4), (1, 4)] {
            let found = products(isa, matrix, &packed, &xs, ways);
            assert!(bits(&found) == bits(&one), "{layout:?}, {isa:?}: {ways:?} rows and panels at a time");
        }
        if isa.fuses() && !takes_q8(dtype) {
            let vectors = vectors.get_or_insert_with(|| bits(&one));
            assert!(bits(&one) == *vectors, "{layout:?}, {isa:?}: the same at every width");
        }
        let portable = portable.get_or_insert_with(|| one.clone());
        for (i, (found, portable)) in one.iter().zip(portable).enumerate() {
            for (r, row) in exact.iter().enumerate() {
                let size = magnitude(row, &xs[i]);
                let difference = f64::from((found[r] - portable[r]).abs());
                assert!(
                    difference <= tolerance(cols) * size + 1e-30,
                    "{layout:?}, {isa:?}: {} and {} differ by more than rounding",
                    found[r],
                    portable[r]
                );
                within_quantization(dtype, row, &xs[i], found[r]);
            }
        }
    }
}

/// Holds a product to what is lost by giving activations 8-bit codes, if they get them.
fn within_quantization(dtype: DType, row: &[f32], x: &[f32], found: f32) {
    let exact: f64 = row.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
    let error = (f64::from(found) - exact).abs();
    let limit = if takes_q8(dtype) {
        let size = |v: &[f32]| v.iter().fold(0_f64, |a, v| a + f64::from(*v).powi(2)).sqrt();
        // Half a step of an 8-bit code for every element, and scales rounded to binary16.
        let step = x.iter().fold(0_f64, |a, x| a.max(f64::from(x.abs()))) / 250.0;
        size(row) * (step * (x.len() as f64).sqrt() + size(x) / 500.0) + 1e-6
    } else {
        tolerance(x.len()) * magnitude(row, x) + 1e-30
    };
    assert!(error <= limit, "{dtype}: {found} for {exact}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn every_way_to_multiply_agrees(
        values in prop::collection::vec(like_weights(), 40..90),
        x in prop::collection::vec(-30_f32..30.0, 33..70),
        cols in 1_usize..80,
        rows in 1_usize..80,
    ) {
        for dtype in DType::ALL {
            check(dtype, cols, rows, &values, &x);
        }
    }
}

#[test]
fn extreme_codes_do_not_overflow() {
    for dtype in DType::ALL {
        check(dtype, 64, 17, &[-1.0, -1.0, 1.0, -1.0], &[1.0, 1.0, -1.0]);
        check(dtype, 64, 17, &[-1.0], &[-1.0]);
        check(dtype, 64, 17, &[1.0], &[1.0]);
    }
}
