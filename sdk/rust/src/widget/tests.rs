//! That views come out as trees in the order of the contract, and what the guest's side refuses by itself.

use super::*;
use crate::{
    bindings::widget::exports::inferno::plugin::panel::Guest,
    metrics::{Provenance, Unit},
    settings::{Form, Invalid},
    testing::{frame, outline, viewport},
};

fn stat(label: &str) -> Stat {
    Stat::new(label, Some(1.0), Unit::Count, Provenance::Measured)
}

#[test]
fn children_come_after_their_parent_and_have_one() {
    let mut view = ViewBuilder::new();
    view.row(|row| {
        row.stat(stat("a"));
        row.column(|column| column.grid(2, |grid| grid.text(Text::code("deep"))));
        row.stat(stat("b").tone(Tone::Bad).trend(vec![1.0, 2.0]));
    });
    view.table(
        Table::new("t", [("x", Unit::None), ("y", Unit::Count)]).row(["1".into(), Cell::number(None)]),
    );
    view.breakdown(
        Breakdown::new("parts", Unit::Seconds, Provenance::Estimated).part("a", 2.0).part("b", 0.0),
    );
    let view = view.finish();
    for (parent, node) in view.nodes.iter().enumerate() {
        let children = match node {
            Node::Stack(stack) => &stack.children,
            Node::Grid(grid) => &grid.children,
            _ => continue,
        };
        assert!(children.iter().all(|child| *child as usize > parent), "{parent}: {children:?}");
    }
    let expected = "\
column
  row
    stat a: 1
    column
      grid of 2
        code: deep
    stat b: 1, trend of 2 [bad]
  table t: x | y
    1 | -
  breakdown parts: a 2 s (estimated)
";
    assert_eq!(outline(&view), expected);
}

#[test]
fn what_is_not_finite_is_absent() {
    assert_eq!(Stat::new("x", Some(f64::NAN), Unit::Count, Provenance::Measured).value, None);
    assert_eq!(Cell::number(Some(f64::INFINITY)), Cell::Empty);
}

struct Loud;

struct Volume(i32);

impl Settings for Volume {
    fn declare(form: &mut Form<'_>) -> Result<Self, Invalid> {
        Ok(Self(form.field("volume", "Volume").integer(1..=3, 1)?))
    }
}

impl Widget for Loud {
    type Settings = Volume;

    fn queries(settings: &Volume) -> Vec<Query> {
        vec![Query::last("m", 60, 1); settings.0 as usize]
    }

    fn render(_: &Volume, frames: &[Frame], _: Viewport, _: Theme) -> Result<View, WidgetError> {
        let mut view = ViewBuilder::new();
        view.text(Text::body(format!("{} frames", frames.len())));
        Ok(view.finish())
    }
}

#[test]
fn settings_and_frames_are_checked_before_the_widget_sees_them() {
    let query = Query::last("m", 60, 1);
    let render = |settings: &str, frames: usize| {
        let frame = frame(&query, Unit::Count, [(vec![], vec![1.0])]);
        let frames = vec![frame; frames];
        match <Loud as Guest>::render(settings.to_owned(), frames, viewport(), Theme::Light) {
            Ok(view) => outline(&view),
            Err(WidgetError::Settings(why)) => format!("settings: {why}"),
            Err(WidgetError::Data(why)) => format!("data: {why}"),
            Err(WidgetError::Internal(why)) => format!("internal: {why}"),
        }
    };
    assert_eq!(render(r#"{"volume":2}"#, 2), "column\n  body: 2 frames\n");
    assert_eq!(render("{}", 2), "data: 1 frames were asked for, and 2 were given");
    let refused = "settings: `volume` is a whole number from 1 to 3, not `9`";
    assert_eq!(render(r#"{"volume":9}"#, 1), refused);
    let queries = <Loud as Guest>::queries(r#"{"volume":3}"#.to_owned());
    assert_eq!(queries.map(|queries| queries.len()).ok(), Some(3));
    assert!(<Loud as Guest>::settings_schema().contains(r#""maximum":3"#));
}
