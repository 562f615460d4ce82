//! Percentiles from buckets: an estimate, since a bucket does not say where in it a value lies.

/// The value below which the share `q` of all lies, by a straight line inside its bucket. Buckets are upper bounds,
/// lowest first, with the counts between them and the bounds below; the last bound may be infinite, and then the
/// answer is its lower one at most. Nothing when nothing was counted.
pub(super) fn quantile(buckets: &[(f64, f64)], q: f64) -> Option<f64> {
    let total: f64 = buckets.iter().map(|(_, count)| count).sum();
    if total <= 0.0 {
        return None;
    }
    let rank = q * total;
    let (mut below, mut lower) = (0.0, 0.0);
    for (upper, count) in buckets {
        if *count > 0.0 && below + count >= rank {
            let inside = ((rank - below) / count).clamp(0.0, 1.0);
            return Some(if upper.is_finite() { lower + (upper - lower) * inside } else { lower });
        }
        below += count;
        lower = if upper.is_finite() { *upper } else { lower };
    }
    Some(lower)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn inside_a_bucket_by_a_straight_line() {
        let buckets = [(0.1, 0.0), (0.2, 10.0), (0.4, 10.0), (f64::INFINITY, 0.0)];
        for (q, value) in [(0.0, 0.1), (0.25, 0.15), (0.5, 0.2), (0.75, 0.3), (1.0, 0.4)] {
            let found = quantile(&buckets, q).unwrap_or(f64::NAN);
            assert!((found - value).abs() < 1e-12, "{q}: {found}");
        }
        assert_eq!(quantile(&[(1.0, 0.0), (f64::INFINITY, 3.0)], 0.95), Some(1.0));
        assert_eq!(quantile(&[(1.0, 0.0), (f64::INFINITY, 0.0)], 0.5), None);
        assert_eq!(quantile(&[], 0.5), None);
    }

    proptest! {
        #[test]
        fn lies_in_the_bucket_of_the_true_value(
            mut values in prop::collection::vec(0.0..12.0_f64, 1..60),
            percent in 1..100_u32,
        ) {
            let bounds = [1.0, 2.0, 5.0, 10.0, f64::INFINITY];
            let mut lower = -1.0;
            let buckets: Vec<(f64, f64)> = bounds.iter().map(|upper| {
                let count = values.iter().filter(|v| **v > lower && **v <= *upper).count();
                lower = *upper;
                (*upper, count as f64)
            }).collect();
            values.sort_by(f64::total_cmp);
            let q = f64::from(percent) / 100.0;
            let at = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len()) - 1;
            let found = quantile(&buckets, q).expect("there are values");
            let bucket = |v: f64| bounds.iter().position(|upper| v <= *upper).expect("the last is infinite");
            let (mine, truth) = (bucket(found), bucket(values[at]));
            // On a bound, or above all finite ones, the estimate sits at the end of the bucket below.
            prop_assert!(mine == truth || (mine < truth && bounds[mine] == found), "{found} for {}", values[at]);
        }
    }
}
