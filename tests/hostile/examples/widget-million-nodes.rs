//! Draws a column of a million empty rows.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Query},
    widget::{Theme, View, ViewBuilder, Viewport, WidgetError},
};

struct MillionNodes;

inferno_plugin::widget!(MillionNodes);

impl Widget for MillionNodes {
    type Settings = ();

    fn queries((): &()) -> Vec<Query> {
        vec![Query::last("inferno_requests_waiting", 60, 1)]
    }

    fn render((): &(), _: &[Frame], _: Viewport, _: Theme) -> Result<View, WidgetError> {
        let mut view = ViewBuilder::new();
        for _ in 0..1_000_000 {
            view.row(|_| ());
        }
        Ok(view.finish())
    }
}
