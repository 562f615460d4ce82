//! Never returns from drawing.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Query},
    widget::{Theme, View, ViewBuilder, Viewport, WidgetError},
};

struct EndlessLoop;

inferno_plugin::widget!(EndlessLoop);

impl Widget for EndlessLoop {
    type Settings = ();

    fn queries((): &()) -> Vec<Query> {
        vec![Query::last("inferno_requests_waiting", 60, 1)]
    }

    fn render((): &(), _: &[Frame], viewport: Viewport, _: Theme) -> Result<View, WidgetError> {
        let mut spins = u64::from(viewport.width);
        while std::hint::black_box(spins) != u64::MAX {
            spins = spins.wrapping_mul(2) % 1_000_003;
        }
        Ok(ViewBuilder::new().finish())
    }
}
