//! What is drawn, by settings and by what was measured.

use inferno_plugin::{
    Widget,
    metrics::Unit,
    settings::parse,
    testing::{frame, outline},
    widget::{Theme, Viewport},
};

use crate::Throughput;

const GAP: f64 = f64::NAN;

/// Each metric by its models' speeds.
type Speeds<'s> = &'s [&'s [(&'s str, &'s [f64])]];

fn draw(settings: &str, height: u32, speeds: Speeds<'_>) -> String {
    let settings = parse(settings).unwrap();
    let queries = Throughput::queries(&settings);
    let frames: Vec<_> = queries
        .iter()
        .zip(speeds)
        .map(|(query, models)| {
            let series = models.iter().map(|(model, values)| (vec![("model", *model)], values.to_vec()));
            frame(query, Unit::PerSecond, series)
        })
        .collect();
    outline(&Throughput::render(&settings, &frames, Viewport { width: 400, height }, Theme::Dark).unwrap())
}

#[track_caller]
fn check(settings: &str, height: u32, speeds: Speeds<'_>, expected: &str) {
    assert_eq!(draw(settings, height, speeds), expected);
}

const SPEEDS: Speeds<'static> =
    &[&[("a", &[10.0, 20.0]), ("b", &[GAP, 5.0])], &[("a", &[0.0, 100.0]), ("b", &[0.0, 0.0])]];

#[test]
fn all_models_together() {
    let expected = "\
column
  row
    stat Generated: 25/s, trend of 2 [accent]
    stat Prompts: 100/s, trend of 2
  chart Tokens per second over the window
    area generated: 2 of 2 values
    area prompts: 2 of 2 values
  caption: Generated over the window: 17.5 tokens/s on average, 25.0 at most
";
    check("{}", 300, SPEEDS, expected);
}

#[test]
fn one_model_without_its_prompts_in_a_low_space() {
    let expected = "\
column
  row
    stat Generated: 20/s, trend of 2 [accent]
  caption: Generated over the window: 15.0 tokens/s on average, 20.0 at most
";
    check(r#"{"model": "a", "showPrompt": false}"#, 120, SPEEDS, expected);
}

#[test]
fn where_nothing_was_measured_there_is_no_zero() {
    let expected = "\
column
  row
    stat Generated: none, trend of 2 [accent]
    stat Prompts: none, trend of 2
  caption: Nothing was measured of the model `c` in this window.
";
    check(r#"{"model": "c"}"#, 300, SPEEDS, expected);
    assert!(draw("{}", 300, &[&[], &[]]).contains("caption: Nothing was measured in this window."));
}

#[test]
fn a_window_has_sixty_steps() {
    for (window, seconds, step) in [("1m", 60, 1), ("5m", 300, 5), ("15m", 900, 15), ("1h", 3600, 60)] {
        let settings = parse(&format!(r#"{{"window": "{window}"}}"#)).unwrap();
        let queries = Throughput::queries(&settings);
        assert_eq!(queries.len(), 2);
        assert!(queries.iter().all(|q| (q.window_seconds, q.step_seconds) == (seconds, step)), "{window}");
    }
}
