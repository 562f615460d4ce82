//! Draws one text of 10 MB.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Query},
    widget::{Text, Theme, View, ViewBuilder, Viewport, WidgetError},
};

struct HugeText;

inferno_plugin::widget!(HugeText);

impl Widget for HugeText {
    type Settings = ();

    fn queries((): &()) -> Vec<Query> {
        vec![Query::last("inferno_requests_waiting", 60, 1)]
    }

    fn render((): &(), _: &[Frame], _: Viewport, _: Theme) -> Result<View, WidgetError> {
        let mut view = ViewBuilder::new();
        view.text(Text::body("x".repeat(10_000_000)));
        Ok(view.finish())
    }
}
