//! Numbers in words, without the tens of kilobytes that the standard library's formatting of fractions adds to a
//! component.

/// A number with so many digits after the point: `decimal(21.26, 1)` is `21.3`. What is not finite is `-`; digits are
/// right up to about 15 of them.
pub fn decimal(value: f64, digits: u32) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let scale = 10_u64.saturating_pow(digits);
    // The cast stops at the largest number rather than wrapping.
    let scaled = (value.abs() * scale as f64).round() as u64;
    let (whole, fraction) = (scaled / scale, scaled % scale);
    let sign = if value < 0.0 && scaled > 0 { "-" } else { "" };
    match digits {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{fraction:0width$}", width = digits as usize),
    }
}

/// The same without zeros at the end: `short(2.50, 2)` is `2.5`, and `short(2.0, 2)` is `2`.
pub fn short(value: f64, digits: u32) -> String {
    let text = decimal(value, digits);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A part of one as a percentage without a fraction: `percent(0.253)` is `25 %`.
pub fn percent(part: f64) -> String {
    format!("{} %", decimal(part * 100.0, 0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_in_words() {
        for (value, digits, fixed, trimmed) in [
            (0.0, 1, "0.0", "0"),
            (21.26, 1, "21.3", "21.3"),
            (2.5, 2, "2.50", "2.5"),
            (-0.04, 1, "0.0", "0"),
            (-1.05, 2, "-1.05", "-1.05"),
            (0.999, 2, "1.00", "1"),
            (100.0, 0, "100", "100"),
            (0.007, 3, "0.007", "0.007"),
            (f64::NAN, 1, "-", "-"),
        ] {
            assert_eq!(
                (decimal(value, digits), short(value, digits)),
                (fixed.to_owned(), trimmed.to_owned())
            );
        }
        assert_eq!(percent(0.253), "25 %");
    }

    proptest! {
        #[test]
        fn near_the_value(value in -1e9_f64..1e9, digits in 0..5_u32) {
            let found: f64 = decimal(value, digits).parse().expect("a number");
            // Neither holds more digits than a number has.
            let tolerance = 0.5001 / 10_f64.powi(digits as i32) + 2.0 * f64::EPSILON * value.abs();
            prop_assert!((found - value).abs() <= tolerance, "{found} for {value}");
            prop_assert_eq!(short(value, digits).parse::<f64>().expect("a number"), found);
        }
    }
}
