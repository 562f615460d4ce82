//! How time is divided among operations.

use inferno_plugin::{
    Widget,
    metrics::Unit,
    settings::parse,
    testing::{frame, outline, viewport},
    widget::Theme,
};

use crate::OpBreakdown;

const GAP: f64 = f64::NAN;

const TIMES: &[(&str, &str, f64)] = &[
    ("a", "add", 0.5),
    ("a", "matmul", 6.0),
    ("a", "attention", 1.5),
    ("b", "matmul", 2.0),
    ("b", "rope", GAP),
    ("b", "silu", 0.0),
];

#[track_caller]
fn check(settings: &str, times: &[(&str, &str, f64)], expected: &str) {
    let settings = parse(settings).unwrap();
    let query = OpBreakdown::queries(&settings).remove(0);
    let series = times.iter().map(|(model, op, time)| (vec![("model", *model), ("op", *op)], vec![*time]));
    let frame = frame(&query, Unit::Seconds, series);
    let view = OpBreakdown::render(&settings, &[frame], viewport(), Theme::Dark).unwrap();
    assert_eq!(outline(&view), expected);
}

#[test]
fn the_longest_first_and_models_together() {
    let expected = "\
column
  breakdown Time of the computation by operation: matmul 8 s, attention 1.5 s, add 0.5 s
  table Time of the thread that leads the computation: Operation | Time | Share
    matmul | 8 | 0.8
    attention | 1.5 | 0.15
    add | 0.5 | 0.05
";
    check("{}", TIMES, expected);
}

#[test]
fn what_is_beyond_the_rows_is_one_part() {
    let expected = "\
column
  breakdown Time of the computation by operation: matmul 6 s, 2 others 2 s
  table Time of the thread that leads the computation: Operation | Time | Share
    matmul | 6 | 0.75
    2 others | 2 | 0.25
";
    check(r#"{"model": "a", "rows": 1}"#, TIMES, expected);
}

#[test]
fn an_idle_window_has_no_parts() {
    let expected = "column\n  caption: Nothing was computed in this window.\n";
    check("{}", &[("a", "matmul", 0.0), ("a", "add", GAP)], expected);
    check("{}", &[], expected);
    check(r#"{"model": "c"}"#, TIMES, expected);
}
