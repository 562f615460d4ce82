//! Products with matrices that are stored as floats: F32, F16, BF16.
//!
//! A dot product runs in eight lanes over the columns, column `c` in lane `c % 8`, and the lanes are added in a
//! fixed tree; so its value depends on neither the number of rows nor of tokens computed beside it. On x86 each
//! step is a fused multiply-add where the processor has one.

use inferno_graph::DType;

use super::{
    GROUP, PANEL,
    half::{bf16_to_f32, f16_to_f32},
};
use crate::isa::{Isa, Set};

const LANES: usize = 8;
/// Rows of weights that share the loads of one row of activations.
const TILE: usize = 4;

/// 16 rows of floats times up to eight rows of activations. Rows that are stored in 16 bits are widened into
/// `scratch` first, so `scratch` serves one call only.
pub(crate) fn panel(
    isa: Isa,
    dtype: DType,
    rows: &[&[u8]; PANEL],
    xs: &[&[f32]],
    scratch: &mut Vec<f32>,
    out: &mut [[f32; PANEL]; GROUP],
) {
    match isa.set() {
        Set::Portable => body::<false>(dtype, rows, xs, scratch, out),
        // SAFETY: an `Isa` exists only where its features were detected.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { avx2(dtype, rows, xs, scratch, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512Vnni => unsafe { avx512(dtype, rows, xs, scratch, out) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn avx2(
    dtype: DType,
    rows: &[&[u8]; PANEL],
    xs: &[&[f32]],
    scratch: &mut Vec<f32>,
    out: &mut [[f32; PANEL]; GROUP],
) {
    body::<true>(dtype, rows, xs, scratch, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
fn avx512(
    dtype: DType,
    rows: &[&[u8]; PANEL],
    xs: &[&[f32]],
    scratch: &mut Vec<f32>,
    out: &mut [[f32; PANEL]; GROUP],
) {
    body::<true>(dtype, rows, xs, scratch, out);
}

#[inline(always)]
fn body<const FMA: bool>(
    dtype: DType,
    rows: &[&[u8]; PANEL],
    xs: &[&[f32]],
    scratch: &mut Vec<f32>,
    out: &mut [[f32; PANEL]; GROUP],
) {
    let width = xs[0].len();
    scratch.clear();
    for (tile, rows) in rows.as_chunks::<TILE>().0.iter().enumerate() {
        scratch.resize(TILE * width, 0.0);
        for (row, wide) in rows.iter().zip(scratch.chunks_exact_mut(width)) {
            widen(dtype, row, wide);
        }
        let weights: [&[f32]; TILE] = std::array::from_fn(|i| &scratch[i * width..][..width]);
        let mut done = 0;
        while done < xs.len() {
            let store = |out: &mut [f32; PANEL], sums: [f32; TILE]| {
                out[tile * TILE..][..TILE].copy_from_slice(&sums);
            };
            if xs.len() - done >= 2 {
                let sums = dots::<FMA, 2>(weights, [xs[done], xs[done + 1]]);
                store(&mut out[done], sums[0]);
                store(&mut out[done + 1], sums[1]);
                done += 2;
            } else {
                store(&mut out[done], dots::<FMA, 1>(weights, [xs[done]])[0]);
                done += 1;
            }
        }
    }
}

#[inline(always)]
fn widen(dtype: DType, row: &[u8], out: &mut [f32]) {
    match dtype {
        DType::F16 => {
            for (y, b) in out.iter_mut().zip(row.as_chunks::<2>().0) {
                *y = f16_to_f32(u16::from_le_bytes(*b));
            }
        }
        DType::Bf16 => {
            for (y, b) in out.iter_mut().zip(row.as_chunks::<2>().0) {
                *y = bf16_to_f32(u16::from_le_bytes(*b));
            }
        }
        // The quantized types never come here: `matmul` sends them to the integer kernels.
        _ => {
            for (y, b) in out.iter_mut().zip(row.as_chunks::<4>().0) {
                *y = f32::from_le_bytes(*b);
            }
        }
    }
}

#[inline(always)]
fn dots<const FMA: bool, const N: usize>(ws: [&[f32]; TILE], xs: [&[f32]; N]) -> [[f32; TILE]; N] {
    let width = xs[0].len();
    let ws = ws.map(|w| &w[..width]);
    let xs = xs.map(|x| &x[..width]);
    let mut acc = [[[0_f32; LANES]; TILE]; N];
    let whole = width / LANES * LANES;
    let mut at = 0;
    while at < whole {
        for (x, acc) in xs.iter().zip(&mut acc) {
            for (w, acc) in ws.iter().zip(acc) {
                for lane in 0..LANES {
                    acc[lane] = multiply_add::<FMA>(w[at + lane], x[at + lane], acc[lane]);
                }
            }
        }
        at += LANES;
    }
    for (x, acc) in xs.iter().zip(&mut acc) {
        for (w, acc) in ws.iter().zip(acc) {
            for lane in 0..width - whole {
                acc[lane] = multiply_add::<FMA>(w[whole + lane], x[whole + lane], acc[lane]);
            }
        }
    }
    acc.map(|tile| tile.map(sum))
}

#[inline(always)]
fn multiply_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The lanes added as a tree.
#[inline(always)]
pub(super) fn sum(l: [f32; LANES]) -> f32 {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}
