//! Products of prefill against exact ones, and against themselves in other company.

use inferno_graph::{
    WeightRef,
    quant::{dequantize_row, quantize_row},
};
use proptest::prelude::*;

use super::*;
use crate::kernels::{PANEL, half::bf16_to_f32, matmul};

/// Panels of 16 rows of a matrix, as bytes that begin a cache line.
fn packed(isa: Isa, matrix: WeightRef<'_>) -> Vec<[u8; 64]> {
    let bytes = matmul::panel_bytes(matrix.dtype, matrix.cols);
    let mut lines = vec![[0; 64]; matrix.rows.div_ceil(PANEL) * bytes / 64];
    for (at, panel) in lines.as_flattened_mut().chunks_exact_mut(bytes).enumerate() {
        matmul::pack(isa, matrix, at * PANEL, panel);
    }
    lines
}

fn check(dtype: DType, cols: usize, values: &[f32], x: &[f32]) {
    let isa = Isa::best();
    let cols = cols.next_multiple_of(dtype.block_len()).next_multiple_of(DEPTH);
    if !takes(isa, dtype, cols) {
        return;
    }
    let row = |values: &[f32], from: usize| -> Vec<f32> {
        values.iter().copied().cycle().skip(from).take(cols).collect()
    };
    let stored: Vec<u8> = (0..2 * PANEL).flat_map(|r| quantize_row(dtype, &row(values, r))).collect();
    let matrix = WeightRef { dtype, rows: 2 * PANEL, cols, bytes: &stored };
    let packed = packed(isa, matrix);
    let xs: Vec<Vec<f32>> = (0..2 * TILE).map(|i| row(x, 3 * i)).collect();
    let mut cells = vec![[0.0_f32; 16]; 2 * TILE * row_len(cols) / 16];
    let tiles = cells.as_flattened_mut();
    for (i, x) in xs.iter().enumerate() {
        let tile = &mut tiles[i / TILE * TILE * row_len(cols)..][..TILE * row_len(cols)];
        // SAFETY: the cells of a whole tile, and nobody else has them.
        unsafe { round_row(isa, x, tile.as_mut_ptr(), i % TILE) };
        for (c, x) in x.iter().enumerate() {
            let cell = tile[c / DEPTH * TILE_CELLS + i % TILE * (DEPTH / 2) + c % DEPTH / 2].to_bits();
            let found = (cell >> (c % 2 * 16)) as u16;
            assert_eq!(found, f32_to_bf16(*x), "{x}, rounded to nearest");
        }
    }
    let (first, second) = tiles.split_at(TILE * row_len(cols));
    let mut room = Room::default();
    let mut multiply = |panels: std::ops::Range<usize>, tiles: &[&[f32]]| {
        let bytes = matmul::panel_bytes(dtype, cols);
        let some = &packed.as_flattened()[panels.start * bytes..panels.end * bytes];
        let mut out = [[[[0.0; PANEL]; TILE]; PAIR]; PAIR];
        Panels::unpack(isa, dtype, some, cols, &mut room).multiply(tiles, &mut Tiles::default(), &mut out);
        out
    };
    let all = multiply(0..2, &[first, second]);
    let bits = |products: &Products| products.map(|row| row.map(f32::to_bits));
    for (t, tile) in [first, second].into_iter().enumerate() {
        let one = multiply(0..2, &[tile]);
        for p in 0..2 {
            assert_eq!(bits(&one[0][p]), bits(&all[t][p]), "{dtype}: a tile in company");
            assert_eq!(bits(&multiply(p..p + 1, &[tile])[0][0]), bits(&all[t][p]), "{dtype}: a panel alone");
            assert_eq!(
                bits(&multiply(p..p + 1, &[first, second])[t][0]),
                bits(&all[t][p]),
                "{dtype}: two tiles"
            );
        }
    }
    for r in 0..2 * PANEL {
        let mut weights = vec![0.0; cols];
        dequantize_row(dtype, matrix.row(r), &mut weights);
        for (i, x) in xs.iter().enumerate() {
            let found = f64::from(all[i / TILE][r / PANEL][i % TILE][r % PANEL]);
            let exact: f64 = weights.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
            let size: f64 = weights.iter().zip(x).map(|(w, x)| f64::from((w * x).abs())).sum();
            // Two factors rounded to eight bits, and sums of what is rounded to 24.
            let limit = size * (2.0 * 2_f64.powi(-8) + cols as f64 * 2_f64.powi(-23)) + 1e-30;
            assert!((found - exact).abs() <= limit, "{dtype}: {found} for {exact}, of sizes {size}");
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn products_are_those_of_rounded_factors_whatever_stands_beside(
        values in prop::collection::vec(-2_f32..2.0, 40..90),
        x in prop::collection::vec(-30_f32..30.0, 33..70),
        cols in 1_usize..200,
    ) {
        for dtype in DType::ALL {
            check(dtype, cols, &values, &x);
        }
    }
}
