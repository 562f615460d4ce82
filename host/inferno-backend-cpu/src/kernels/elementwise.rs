//! Functions of single elements, and the exponential that they and the softmax share.

use super::vectorized;
#[cfg(target_arch = "x86_64")]
use super::x86;
use crate::isa::Isa;

/// `out = x · σ(x)`.
pub(crate) fn silu(isa: Isa, x: &[f32], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if isa.has_avx512() {
        // SAFETY: an `Isa` exists only where its features were detected.
        unsafe { x86::elementwise::silu(x, out) };
        return;
    }
    vectorized!(isa, fn f(x: &[f32], out: &mut [f32]), silu_body);
}

/// `out = silu(gate) · up`, with the very operations of [`silu`] and [`mul`].
pub(crate) fn silu_mul(isa: Isa, gate: &[f32], up: &[f32], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if isa.has_avx512() {
        // SAFETY: as above.
        unsafe { x86::elementwise::silu_mul(gate, up, out) };
        return;
    }
    vectorized!(isa, fn f(gate: &[f32], up: &[f32], out: &mut [f32]), silu_mul_body);
}

/// `out = a · b`.
pub(crate) fn mul(a: &[f32], b: &[f32], out: &mut [f32]) {
    for ((y, a), b) in out.iter_mut().zip(a).zip(b) {
        *y = a * b;
    }
}

/// `out = a + b`.
pub(crate) fn add(a: &[f32], b: &[f32], out: &mut [f32]) {
    for ((y, a), b) in out.iter_mut().zip(a).zip(b) {
        *y = a + b;
    }
}

/// `out = x · factor`.
pub(crate) fn scale(x: &[f32], factor: f32, out: &mut [f32]) {
    for (y, x) in out.iter_mut().zip(x) {
        *y = x * factor;
    }
}

#[inline(always)]
fn silu_body(x: &[f32], out: &mut [f32]) {
    for (y, x) in out.iter_mut().zip(x) {
        *y = x / (1.0 + exp(-x));
    }
}

#[inline(always)]
fn silu_mul_body(gate: &[f32], up: &[f32], out: &mut [f32]) {
    for ((y, x), up) in out.iter_mut().zip(gate).zip(up) {
        *y = x / (1.0 + exp(-x)) * up;
    }
}

/// The exponential within 2 units in the last place, without calls or branches, so that loops over it become
/// vector code: `2^n · e^r` with `|r| ≤ ln 2 / 2` and Cephes' polynomial. Saturates at `e^±87`.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // 1.5 · 2^23: adding it rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let p = 1.987_569_1e-4_f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_6e-1;
    let p = p * r + 0.5;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    (p * r * r + r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silu_is_close_and_the_same_alone_and_multiplied() {
        let x: Vec<f32> = (-1_000..=1_000).map(|i| i as f32 / 9.0).collect();
        let up: Vec<f32> = x.iter().map(|x| 3.0 - x / 7.0).collect();
        for isa in Isa::available() {
            let (mut plain, mut gated) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
            silu(isa, &x, &mut plain);
            silu_mul(isa, &x, &up, &mut gated);
            for (i, x) in x.iter().enumerate() {
                let truth = f64::from(*x) / (1.0 + (-f64::from(*x)).exp());
                let error = (f64::from(plain[i]) - truth).abs();
                assert!(error <= 5e-7 * truth.abs() + 1e-35, "{isa:?}: {} for {truth}", plain[i]);
                assert_eq!(gated[i].to_bits(), (plain[i] * up[i]).to_bits(), "{isa:?}: {x}");
            }
        }
    }

    #[test]
    fn the_exponential_is_close() {
        for i in -8_700..=8_700 {
            let x = i as f32 / 100.0;
            let (found, truth) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((found / truth - 1.0).abs() < 2.5e-7, "{x}: {found} for {truth}");
        }
        assert!(exp(f32::NEG_INFINITY) < 2e-38 && exp(1e9).is_finite());
    }
}
