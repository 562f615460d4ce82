//! What the widget draws.

use inferno_plugin::{
    Widget,
    metrics::Unit,
    settings::parse,
    testing::{frame, outline, viewport},
    widget::Theme,
};

use crate::MyPlugin;

fn check(settings: &str, series: &[(&str, &[f64])], expected: &str) {
    let settings = parse(settings).expect("settings");
    let query = MyPlugin::queries(&settings).remove(0);
    let series = series
        .iter()
        .map(|(model, values)| (vec![("model", *model)], values.to_vec()));
    let frame = frame(&query, Unit::PerSecond, series);
    let view = MyPlugin::render(&settings, &[frame], viewport(), Theme::Dark).expect("a view");
    assert_eq!(outline(&view), expected);
}

#[test]
fn two_models_are_added_up_and_drawn_apart() {
    let expected = "\
column
  stat Generated: 30/s, trend of 2 [accent]
  chart Tokens generated per second, by model
    line a: 2 of 2 values
    line b: 2 of 2 values
";
    check("{}", &[("a", &[8.0, 10.0]), ("b", &[0.0, 20.0])], expected);
}

#[test]
fn one_model_can_be_chosen() {
    let expected = "\
column
  stat Generated: 10/s, trend of 2 [accent]
  chart Tokens generated per second, by model
    line a: 2 of 2 values
";
    check(
        r#"{"model": "a"}"#,
        &[("a", &[8.0, 10.0]), ("b", &[0.0, 20.0])],
        expected,
    );
}

#[test]
fn what_was_not_measured_is_not_shown_as_zero() {
    let expected = "\
column
  stat Generated: none, trend of 1 [accent]
  caption: Nothing was measured in this window.
";
    check("{}", &[("a", &[f64::NAN])], expected);
}
