//! The exponential function of what is not positive, over a whole vocabulary for each token.
//!
//! The system's takes one number at a time and rounds as each system likes; this one is a handful of multiplications and
//! additions that a compiler does for several numbers at once, and gives the same bits on every machine. So the same seed
//! gives the same text wherever a server runs, as far as the logits are the same.

/// Below, the result is 0: less than any normal number.
const LEAST: f32 = -87.0;
/// Added to a number, it leaves the nearest whole one in the last bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts, the first with so few bits that its products with small whole numbers are exact (Cody and Waite
/// 1980).
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// e to the power of `x`, which is at most 0, to about the last bit of the result.
pub(super) fn exp(x: f32) -> f32 {
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let twos = rounded - ROUND;
    let rest = (x - twos * LN_2_HIGH) - twos * LN_2_LOW;
    // Minimax over ±ln 2 ÷ 2 (Moshier, Cephes).
    let mut sum = 1.987_569_2e-4;
    for factor in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        sum = sum * rest + factor;
    }
    let power = sum * rest * rest + rest + 1.0;
    let scaled = f32::from_bits(power.to_bits().wrapping_add(rounded.to_bits() << 23));
    if x < LEAST { 0.0 } else { scaled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_exponential_function_to_the_last_bit_or_so() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        let (mut worst, mut x) = (0.0_f64, 0.0_f32);
        while x >= LEAST {
            let exact = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) / exact - 1.0).abs());
            x -= 1.0 / 4099.0;
        }
        assert!(worst < 1.5e-7, "{worst}");
        for x in [-87.1, -1e30, f32::MIN, f32::NEG_INFINITY] {
            assert_eq!(exp(x), 0.0, "{x}");
        }
    }

    /// A part of the promise "same seed, same text".
    #[test]
    fn its_bits_are_fixed() {
        let found = [-1e-7_f32, -0.5, -1.0, -3.3, -20.0, -86.9].map(|x| exp(x).to_bits());
        assert_eq!(found, [1065353214, 1058751896, 1052531378, 1024922318, 822977587, 12980105]);
    }
}
