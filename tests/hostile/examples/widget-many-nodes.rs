//! Draws ten times as many rows as a view may have: few enough for its memory.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Query},
    widget::{Theme, View, ViewBuilder, Viewport, WidgetError},
};

struct ManyNodes;

inferno_plugin::widget!(ManyNodes);

impl Widget for ManyNodes {
    type Settings = ();

    fn queries((): &()) -> Vec<Query> {
        vec![Query::last("inferno_requests_waiting", 60, 1)]
    }

    fn render((): &(), _: &[Frame], _: Viewport, _: Theme) -> Result<View, WidgetError> {
        let mut view = ViewBuilder::new();
        for _ in 0..20_000 {
            view.row(|_| ());
        }
        Ok(view.finish())
    }
}
