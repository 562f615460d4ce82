//! What is drawn of a histogram, and what its buckets are called.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Provenance},
    settings::parse,
    testing::{histogram, outline, viewport},
    widget::{Node, Theme, View},
};

use crate::{Choices, LatencyHeatmap, name};

fn settings(text: &str) -> Choices {
    parse(text).unwrap()
}

fn observed(settings: &Choices, buckets: &[(&str, &[f64])]) -> Frame {
    histogram(&LatencyHeatmap::queries(settings)[0], buckets)
}

fn draw(settings: &Choices, frame: Frame) -> View {
    LatencyHeatmap::render(settings, &[frame], viewport(), Theme::Dark).unwrap()
}

const BUCKETS: &[(&str, &[f64])] = &[
    ("0.005", &[0.0, 0.0]),
    ("0.01", &[3.0, 1.0]),
    ("0.025", &[0.0, 0.0]),
    ("0.05", &[0.0, 4.0]),
    ("+Inf", &[0.0, 0.0]),
];

#[test]
fn buckets_from_the_first_to_the_last_that_holds_anything() {
    let settings = settings(r#"{"latency": "inter-token"}"#);
    let view = draw(&settings, observed(&settings, BUCKETS));
    let expected = "\
column
  heading: Time between two tokens
  row
    stat Median: 0.01 s (estimated) [accent]
    stat 95th percentile: 0.0475 s (estimated)
    stat Observed: 8
  heatmap How often which time between two tokens was observed, over time: 3 rows of 2
";
    assert_eq!(outline(&view), expected);
    let Some(Node::Heatmap(map)) = view.nodes.last() else { panic!("the heatmap comes last") };
    assert_eq!(map.rows, ["≤ 10 ms", "≤ 25 ms", "≤ 50 ms"]);
    assert_eq!(map.values, [3.0, 1.0, 0.0, 0.0, 0.0, 4.0]);
}

#[test]
fn one_model_of_two() {
    let other = settings(r#"{"model": "other"}"#);
    let expected = "\
column
  heading: Time until the first token
  row
    stat Median: none (estimated) [accent]
    stat 95th percentile: none (estimated)
    stat Observed: none
  caption: Nothing was observed in this window.
";
    assert_eq!(outline(&draw(&other, observed(&other, BUCKETS))), expected);
    let this = settings(r#"{"model": "m"}"#);
    assert!(outline(&draw(&this, observed(&this, BUCKETS))).contains("stat Observed: 8"));
}

#[test]
fn an_idle_window_is_measured_and_an_unknown_one_is_not() {
    let settings = settings(r#"{"latency": "request"}"#);
    let idle = outline(&draw(&settings, observed(&settings, &[("1", &[0.0]), ("+Inf", &[0.0])])));
    assert!(idle.contains("stat Observed: 0\n") && idle.contains("Nothing was observed"), "{idle}");
    let mut unknown = observed(&settings, &[]);
    unknown.provenance = Provenance::Unavailable;
    let unknown = outline(&draw(&settings, unknown));
    assert!(unknown.contains("stat Median: none (unavailable)"), "{unknown}");
}

#[test]
fn buckets_have_short_names() {
    let bounds = [0.001, 0.0025, 0.0075, 0.25, 1.0, 2.5, 60.0, f64::INFINITY];
    let names: Vec<_> = (0..bounds.len()).map(|row| name(&bounds, row)).collect();
    assert_eq!(names, ["≤ 1 ms", "≤ 2.5 ms", "≤ 7.5 ms", "≤ 250 ms", "≤ 1 s", "≤ 2.5 s", "≤ 60 s", "> 60 s"]);
    assert_eq!(name(&[f64::INFINITY], 0), "> 0 ms");
}
