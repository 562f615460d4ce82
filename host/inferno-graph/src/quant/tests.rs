//! Decoding against values that another implementation of the format computed, and encoding against decoding.

use proptest::prelude::*;

use super::*;

/// A block of bytes `37 i + 11` with scale 0.01 and minimum 0.002 where `halves` says they lie.
fn block(dtype: DType, halves: &[usize]) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..dtype.block_bytes()).map(|i| (i * 37 + 11) as u8).collect();
    for (at, value) in halves.iter().zip([0.01, 0.002]) {
        bytes[*at..at + 2].copy_from_slice(&f16::from_f32(value).to_le_bytes());
    }
    bytes
}

/// A type, where its halves lie, some values by index, and the sum of all weighted by 1, 2, 3, …
type Case = (DType, &'static [usize], &'static [(usize, f32)], f64);

#[test]
fn blocks_mean_what_gguf_py_says() {
    // Computed from the same bytes by ggml's own Python package.
    let cases: [Case; 8] = [
        (DType::Q4_0, &[0], &[(0, -0.03001), (1, 0.02), (17, -0.01), (31, 0.0)], -5.181),
        (DType::Q4_1, &[0, 2], &[(0, 0.15203), (1, 0.04201), (17, 0.12203), (31, 0.12203)], 40.895),
        (DType::Q5_0, &[0], &[(0, 0.09002), (1, -0.02), (17, 0.0), (31, 0.01)], 1.12),
        (DType::Q5_1, &[0, 2], &[(0, 0.19204), (1, 0.24205), (17, 0.05201), (31, 0.05201)], 80.083),
        (DType::Q8_0, &[0], &[(0, 0.85018), (1, 1.22026), (17, -0.54012), (31, -0.4801)], -80.817),
        (DType::Q4K, &[0, 2], &[(0, 3.30869), (63, 0.47209), (129, -0.02401), (255, 0.59011)], 78599.096),
        (DType::Q5K, &[0, 2], &[(0, 8.26975), (63, 0.87218), (129, -0.02401), (255, 1.19024)], 163_163.237),
        (DType::Q6K, &[208], &[(0, -14.31306), (63, -5.80124), (129, 4.16089), (255, -0.60013)], 7845.876),
    ];
    for (dtype, halves, values, weighted_sum) in cases {
        let mut out = vec![0.0; dtype.block_len()];
        dequantize_row(dtype, &block(dtype, halves), &mut out);
        for (at, value) in values {
            assert!((out[*at] - value).abs() < 1e-5, "{dtype} {at}: {} is not {value}", out[*at]);
        }
        let sum: f64 = out.iter().zip(1..).map(|(v, i)| f64::from(*v) * f64::from(i)).sum();
        assert!((sum - weighted_sum).abs() < 1e-3 * weighted_sum.abs().max(1.0), "{dtype}: {sum}");
    }
}

proptest! {
    #[test]
    fn encoding_loses_no_more_than_a_step(values in prop::collection::vec(-3.0_f32..3.0, 256)) {
        for dtype in DType::ALL {
            // The widest step of a type whose values span −3 to 3, half of it, and what rounding the scales adds.
            let allowed = match dtype {
                DType::F32 => 0.0,
                DType::F16 => 0.002,
                DType::Bf16 => 0.012,
                DType::Q8_0 => 0.014,
                DType::Q4_0 => 0.23,
                DType::Q4_1 => 0.22,
                DType::Q5_0 => 0.11,
                DType::Q5_1 => 0.11,
                DType::Q4K => 0.35,
                DType::Q5K => 0.25,
                DType::Q6K => 0.08,
            };
            let mut out = vec![0.0; values.len()];
            dequantize_row(dtype, &quantize_row(dtype, &values), &mut out);
            for (value, back) in values.iter().zip(&out) {
                prop_assert!((value - back).abs() <= allowed, "{dtype}: {value} became {back}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "32 values of Q4_0 do not take 17 bytes")]
fn a_row_of_the_wrong_length_is_a_bug_of_the_caller() {
    dequantize_row(DType::Q4_0, &[0; 17], &mut [0.0; 32]);
}
