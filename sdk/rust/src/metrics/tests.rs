//! Sums that do not invent values, and buckets.

use super::*;
use crate::testing::{frame, histogram};

const GAP: f64 = f64::NAN;

fn two_models() -> Frame {
    let series = [
        (vec![("model", "a"), ("op", "add")], vec![1.0, GAP, 3.0]),
        (vec![("model", "b"), ("op", "add")], vec![2.0, GAP, GAP]),
    ];
    frame(&Query::rate("m", 3, 1), Unit::PerSecond, series)
}

#[test]
fn a_sum_over_nothing_is_none() {
    let frame = two_models();
    let show = |values: &[f64]| format!("{values:?}");
    assert_eq!(show(&frame.sum("model", "")), "[3.0, NaN, 3.0]");
    assert_eq!(show(&frame.sum("model", "b")), "[2.0, NaN, NaN]");
    assert_eq!(show(&frame.sum("model", "c")), "[NaN, NaN, NaN]");
    assert_eq!(frame.values_of("model"), ["a", "b"]);
    assert_eq!(frame.values_of("op"), ["add"]);
    assert_eq!((latest(&[1.0, GAP]), latest(&[GAP]), latest(&[])), (Some(1.0), None, None));
    assert_eq!((mean(&[1.0, GAP, 3.0]), mean(&[GAP])), (Some(2.0), None));
    assert_eq!((peak(&[1.0, GAP, 3.0]), peak(&[])), (Some(3.0), None));
}

fn buckets(buckets: &[(&str, &[f64])]) -> Buckets {
    Buckets::of(&histogram(&Query::increase("m", 3, 1), buckets), "model", "")
}

#[test]
fn buckets_come_in_the_order_of_their_bounds() {
    let mixed =
        buckets(&[("+Inf", &[0.0, 1.0]), ("0.5", &[2.0, GAP]), ("0.25", &[0.0, 0.0]), ("none", &[9.0, 9.0])]);
    assert_eq!(mixed.bounds, [0.25, 0.5, f64::INFINITY]);
    assert_eq!(mixed.totals(), [0.0, 2.0, 1.0]);
    assert_eq!((mixed.count(), mixed.occupied()), (3.0, Some(1..=2)));
    assert_eq!(buckets(&[("1", &[0.0])]).occupied(), None);
}

#[test]
fn the_same_bucket_of_two_models_is_one() {
    let series = ["a", "b"].map(|model| (vec![("model", model), ("le", "1")], vec![1.0, GAP]));
    let frame = frame(&Query::increase("m", 2, 1), Unit::Count, series);
    assert_eq!(Buckets::of(&frame, "model", "").totals(), [2.0]);
    assert_eq!(Buckets::of(&frame, "model", "b").totals(), [1.0]);
}

#[test]
fn quantiles_lie_inside_their_bucket() {
    let even: &[(&str, &[f64])] = &[("0.1", &[0.0]), ("0.2", &[10.0]), ("0.4", &[10.0]), ("+Inf", &[0.0])];
    for (part, value) in [(0.0, 0.1), (0.25, 0.15), (0.5, 0.2), (0.75, 0.3), (1.0, 0.4)] {
        let found = buckets(even).quantile(part).unwrap();
        assert!((found - value).abs() < 1e-12, "{part}: {found}");
    }
    assert_eq!(buckets(&[("1", &[0.0]), ("+Inf", &[3.0])]).quantile(0.95), Some(1.0));
    assert_eq!(buckets(&[("1", &[0.0]), ("+Inf", &[0.0])]).quantile(0.5), None);
    assert_eq!(Buckets::default().quantile(0.5), None);
}
