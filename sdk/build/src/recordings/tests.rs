//! That the recordings can be read and say where they come from, and how queries are answered from them.

use std::{fs, path::Path};

use inferno_insight::{Aggregate, Frame, Label, MetricKind, Provenance, Query, Series, Unit};
use inferno_package::Kind;

use super::*;

#[test]
fn every_file_is_a_recording_of_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings");
    let files = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("a file").path());
    let mut names: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    let known: Vec<_> = all().iter().map(|recording| recording.name.as_str()).collect();
    assert_eq!(known, names);
}

#[test]
fn every_recording_is_what_it_says() {
    for recording in all() {
        assert_eq!(
            recording.name.starts_with("synthetic-"),
            recording.origin.starts_with("made by hand"),
            "{}: a recording that nothing recorded has a name that says so",
            recording.name
        );
        let Input::Metrics(metrics) = &recording.input else { continue };
        for RecordedFrame { frame, .. } in &metrics.frames {
            let steps = frame.times.windows(2).all(|pair| (pair[1] - pair[0] - 1000.0).abs() < 0.5);
            assert!(steps, "{}: {} has one sample a second", recording.name, frame.metric);
            for series in &frame.series {
                assert_eq!(series.values.len(), frame.times.len(), "{}: {}", recording.name, frame.metric);
            }
        }
    }
}

#[test]
fn every_kind_has_something_to_be_tried_on() {
    for kind in Kind::ALL {
        assert!(for_kind(kind).next().is_some(), "{kind}");
    }
}

fn metrics(kind: MetricKind, values: &[f64]) -> Metrics {
    let times = (1..=values.len()).map(|second| second as f64 * 1000.0).collect();
    let series =
        Series { labels: vec![Label { name: "model".into(), value: "m".into() }], values: values.to_vec() };
    let frame = Frame {
        metric: "m".into(),
        unit: Unit::Tokens,
        provenance: Provenance::Measured,
        times,
        series: vec![series],
    };
    Metrics { frames: vec![RecordedFrame { kind, frame }] }
}

#[track_caller]
fn check(kind: MetricKind, aggregate: Aggregate, window: u32, step: u32, expected: &str) {
    let metrics = metrics(kind, &[1.0, 5.0, f64::NAN, 2.0]);
    let query = Query { metric: "m".into(), aggregate, window_seconds: window, step_seconds: step };
    let answer = answer::answer(&metrics, &query).map_or_else(
        |refusal| refusal.to_string(),
        |frame| format!("{:?} {:?} at {:?}", frame.unit, frame.series[0].values, frame.times),
    );
    assert_eq!(answer, expected);
}

#[test]
fn queries_are_answered_as_the_server_would() {
    use Aggregate::*;
    use MetricKind::*;
    check(Gauge, Last, 4, 2, "Tokens [5.0, 2.0] at [2000.0, 4000.0]");
    check(Gauge, Mean, 4, 4, "Tokens [2.6666666666666665] at [4000.0]");
    check(Gauge, Max, 3, 3, "Tokens [5.0] at [4000.0]");
    check(Counter, Increase, 4, 2, "Tokens [6.0, 2.0] at [2000.0, 4000.0]");
    check(Counter, Rate, 4, 2, "PerSecond [3.0, 2.0] at [2000.0, 4000.0]");
    check(Histogram, Increase, 4, 4, "Count [8.0] at [4000.0]");
    // A window that began before the recording, and a step that reaches into it.
    check(Counter, Increase, 9, 3, "Tokens [NaN, 1.0, 7.0] at [-2000.0, 1000.0, 4000.0]");
    check(
        Gauge,
        Rate,
        4,
        2,
        "`m` is a gauge, which has no Rate; counters and histograms have a rate and an increase, gauges a last, a \
         mean and a max",
    );
    check(Gauge, Last, 0, 1, "the query is refused");
}
