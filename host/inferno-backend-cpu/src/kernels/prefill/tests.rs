//! Products of prefill against exact ones, and against themselves in other company.

use inferno_graph::{
    WeightRef,
    quant::{dequantize_row, quantize_row},
};
use proptest::prelude::*;

use super::{rounded::DEPTH, *};
use crate::kernels::{
    PANEL,
    half::{bf16_to_f32, f32_to_bf16},
    like_weights,
};

/// Panels of 16 rows of a matrix, as bytes that begin a cache line.
fn packed(layout: Layout, isa: Isa, matrix: WeightRef<'_>) -> Vec<[u8; 64]> {
    let bytes = layout.panel_bytes(matrix.cols);
    let mut lines = vec![[0; 64]; matrix.rows.div_ceil(PANEL) * bytes / 64];
    for (at, panel) in lines.as_flattened_mut().chunks_exact_mut(bytes).enumerate() {
        assert!(layout.pack(isa, matrix, at * PANEL, panel), "{layout:?}: it can be kept so");
    }
    lines
}

/// What a form makes of activations and weights, beside what they are.
struct Case<'a> {
    form: Form,
    layout: Layout,
    matrix: WeightRef<'a>,
    xs: &'a [Vec<f32>],
}

fn check(dtype: DType, cols: usize, values: &[f32], x: &[f32]) {
    let cols = cols.next_multiple_of(dtype.block_len()).next_multiple_of(rounded::DEPTH);
    for cols in [cols, cols.next_multiple_of(turned::DEPTH)] {
        let row = |values: &[f32], from: usize| -> Vec<f32> {
            values.iter().copied().cycle().skip(from).take(cols).collect()
        };
        let weights = |r: usize| {
            let mut row = row(values, r);
            // One in a panel is of another size than what is kept in twelve bits, and large enough to be missed in a sum.
            if dtype == DType::Bf16 && r % PANEL == 5 {
                row[cols / 2] = 3e4;
            }
            quantize_row(dtype, &row)
        };
        let stored: Vec<u8> = (0..2 * PANEL).flat_map(weights).collect();
        let matrix = WeightRef { dtype, rows: 2 * PANEL, cols, bytes: &stored };
        let xs: Vec<Vec<f32>> = (0..2 * TILE).map(|i| row(x, 3 * i)).collect();
        for isa in Isa::available() {
            let forms = [false, true].map(|gate| Form::of(isa, dtype, cols, gate));
            for form in forms.into_iter().flatten() {
                for layout in Layout::of(dtype) {
                    let case = Case { form, layout, matrix, xs: &xs };
                    check_products(&case, &multiply_all(isa, &case));
                }
            }
        }
    }
}

/// Activations in the form of a case, tile after tile.
fn activations(isa: Isa, case: &Case<'_>) -> Vec<[f32; 16]> {
    let cols = case.matrix.cols;
    let room = |form: Form| vec![[0.0_f32; 16]; 2 * form.row_len(cols)];
    let (mut rounded, mut turned) = (room(Form::Rounded), room(Form::Turned));
    for (i, x) in case.xs.iter().enumerate() {
        let (tile, lane) = (i / TILE, i % TILE);
        let from = &mut rounded[tile * Form::Rounded.row_len(cols)..];
        // SAFETY: the cells of a whole tile, and nobody else has them.
        unsafe { rounded::round_row(isa, x, from.as_flattened_mut().as_mut_ptr(), lane) };
        for (c, x) in x.iter().enumerate() {
            let cell = from[c / DEPTH * TILE + lane][c % DEPTH / 2].to_bits();
            let found = (cell >> (c % 2 * 16)) as u16;
            assert_eq!(found, f32_to_bf16(*x), "{x}, rounded to nearest");
        }
        if case.form == Form::Turned {
            let to = &mut turned[tile * Form::Turned.row_len(cols)..];
            // SAFETY: as above.
            unsafe {
                turned::turn_row(isa, from.as_ptr().cast(), lane, cols, to.as_flattened_mut().as_mut_ptr())
            };
        }
    }
    if case.form == Form::Turned { turned } else { rounded }
}

/// The products of all with all, which are the same to the bit in any company.
fn multiply_all(isa: Isa, case: &Case<'_>) -> [[Products; PAIR]; PAIR] {
    let &Case { form, layout, matrix: WeightRef { dtype, cols, .. }, .. } = case;
    let packed = packed(layout, isa, case.matrix);
    let tiles = activations(isa, case);
    let (first, second) = tiles.as_flattened().split_at(TILE * form.row_len(cols));
    let mut room = Room::default();
    let mut multiply = |panels: std::ops::Range<usize>, tiles: &[&[f32]]| {
        let bytes = layout.panel_bytes(cols);
        let some = panels.clone().map(|at| {
            let panel = &packed.as_flattened()[at * bytes..(at + 1) * bytes];
            let scales = if form == Form::Turned { scales(isa, dtype, panel, cols) } else { [0.0; PANEL] };
            Packed { layout, panel, scales }
        });
        let mut out = Sums::default();
        let unpacked = Panels::unpack(isa, form, cols, some, &mut room);
        // SAFETY: whole tiles of sums.
        unsafe { unpacked.multiply(tiles, &mut Tiles::default(), (None, out.cells())) };
        let mut numbers = [[[[0.0; PANEL]; TILE]; PAIR]; PAIR];
        for ((tile, sums), numbers) in tiles.iter().zip(&out.0).zip(&mut numbers) {
            for (panel, (sums, numbers)) in sums.iter().zip(numbers).enumerate().take(panels.len()) {
                let to = (numbers.as_flattened_mut().as_mut_ptr(), PANEL);
                // SAFETY: a whole tile of cells.
                unsafe { unpacked.put(tile, (panel, sums), None, (TILE, PANEL), to) };
            }
        }
        numbers
    };
    let all = multiply(0..2, &[first, second]);
    let bits = |products: &Products| products.map(|row| row.map(f32::to_bits));
    for (t, tile) in [first, second].into_iter().enumerate() {
        let one = multiply(0..2, &[tile]);
        for p in 0..2 {
            assert_eq!(bits(&one[0][p]), bits(&all[t][p]), "{layout:?}: a tile in company");
            assert_eq!(
                bits(&multiply(p..p + 1, &[tile])[0][0]),
                bits(&all[t][p]),
                "{layout:?}: a panel alone"
            );
            assert_eq!(
                bits(&multiply(p..p + 1, &[first, second])[t][0]),
                bits(&all[t][p]),
                "{layout:?}: two tiles"
            );
        }
    }
    all
}

/// Compares products with those of the definition.
fn check_products(case: &Case<'_>, all: &[[Products; PAIR]; PAIR]) {
    let &Case { form, matrix, xs, .. } = case;
    let (dtype, cols) = (matrix.dtype, matrix.cols);
    for r in 0..2 * PANEL {
        let mut weights = vec![0.0; cols];
        dequantize_row(dtype, matrix.row(r), &mut weights);
        for (i, x) in xs.iter().enumerate() {
            let found = f64::from(all[i / TILE][r / PANEL][i % TILE][r % PANEL]);
            let exact: f64 = weights.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
            let size: f64 = weights.iter().zip(x).map(|(w, x)| f64::from((w * x).abs())).sum();
            // Sums of what is rounded to 24 bits.
            let summed = size * cols as f64 * 2_f64.powi(-23) + 1e-30;
            let limit = match form {
                // Two factors rounded to eight bits.
                Form::Rounded => size * 2.0 * 2_f64.powi(-8) + summed,
                // Two factors, of which each number is off by half a step and by what turning them in `f32` loses, after one was
                // rounded to eight bits.
                Form::Turned => {
                    let (w, x) = (turned(&weights), turned(x));
                    let step = |row: &[f64]| row.iter().fold(0.0_f64, |m, v| m.max(v.abs())) / 127.0 * 0.501;
                    let sum = |row: &[f64]| row.iter().map(|v| v.abs()).sum::<f64>();
                    let (of_w, of_x) = (step(&w), step(&x) * 1.01);
                    let steps = of_w * sum(&x) + of_x * sum(&w) + of_w * of_x * cols as f64;
                    steps / 64.0 + size * 2_f64.powi(-8) + summed
                }
            };
            assert!((found - exact).abs() <= limit, "{dtype} {form:?}: {found} for {exact}, of sizes {size}");
            let rounded: f64 = weights
                .iter()
                .zip(x)
                .map(|(w, x)| {
                    let round = |v: f32| f64::from(bf16_to_f32(f32_to_bf16(v)));
                    round(*w) * round(*x)
                })
                .sum();
            let limit = limit / 256.0 + size * cols as f64 * 2_f64.powi(-23);
            let close = (found - rounded).abs() <= limit;
            assert!(close || !matches!(dtype, DType::F16 | DType::Bf16), "{dtype}: {found} for {rounded}");
        }
    }
}

/// A row times the Hadamard matrix, 64 columns at a time.
fn turned(row: &[f32]) -> Vec<f64> {
    let sign = |i: usize, j: usize| if (i & j).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
    let groups = row.chunks_exact(turned::DEPTH);
    groups
        .flat_map(|group| {
            (0..group.len())
                .map(move |i| group.iter().enumerate().map(|(j, x)| sign(i, j) * f64::from(*x)).sum::<f64>())
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn products_are_those_of_rounded_factors_whatever_stands_beside(
        values in prop::collection::vec(like_weights(), 40..90),
        x in prop::collection::vec(-30_f32..30.0, 33..70),
        cols in 1_usize..200,
    ) {
        for dtype in DType::ALL {
            check(dtype, cols, &values, &x);
        }
    }
}
