//! Widgets: the trait, what they draw, and how they become a component's export.
//!
//! Owns the contract's records of a view, and a builder that cannot make a view that is not a tree. Refuses colours,
//! markup and pixels: a widget says what something means, and the host draws it.

mod build;
mod nodes;
#[cfg(test)]
mod tests;

pub use crate::bindings::widget::{
    exports::inferno::plugin::panel::PanelError as WidgetError,
    inferno::plugin::view::{
        Axis, Breakdown, Cell, Chart, Column, Direction, Grid, Heatmap, Layer, Mark, Node, Part, Scale,
        Stack, Stat, Table, Text, TextStyle, Theme, Tone, View, Viewport,
    },
};
pub use build::{Children, ViewBuilder};

use crate::{
    bindings::widget::exports::inferno::plugin::panel::Guest,
    metrics::{Frame, Query},
    settings::{self, Settings},
};

/// Draws metrics on a board.
///
/// The host makes each call on a fresh instance, so a widget keeps nothing between calls.
pub trait Widget {
    /// What the reader can choose; `()` where that is nothing.
    type Settings: Settings;

    /// The data that these settings need. Metrics that `inferno.toml` does not name are refused by the host.
    fn queries(settings: &Self::Settings) -> Vec<Query>;

    /// Draws the answers to the queries, in their order; there are as many as queries.
    ///
    /// # Errors
    /// [`WidgetError::Data`] when the frames are not what was asked for, [`WidgetError::Internal`] when the widget finds
    /// itself in a state that it holds to be impossible.
    fn render(
        settings: &Self::Settings,
        frames: &[Frame],
        viewport: Viewport,
        theme: Theme,
    ) -> Result<View, WidgetError>;
}

impl<W: Widget> Guest for W {
    fn settings_schema() -> String {
        settings::schema::<W::Settings>()
    }

    fn queries(settings: String) -> Result<Vec<Query>, WidgetError> {
        #[cfg(target_arch = "wasm32")]
        crate::log::through(sink);
        Ok(<W as Widget>::queries(&read::<W>(&settings)?))
    }

    fn render(
        settings: String,
        frames: Vec<Frame>,
        viewport: Viewport,
        theme: Theme,
    ) -> Result<View, WidgetError> {
        #[cfg(target_arch = "wasm32")]
        crate::log::through(sink);
        let settings = read::<W>(&settings)?;
        let asked = <W as Widget>::queries(&settings).len();
        if frames.len() != asked {
            let given = frames.len();
            return Err(WidgetError::Data(format!("{asked} frames were asked for, and {given} were given")));
        }
        <W as Widget>::render(&settings, &frames, viewport, theme)
    }
}

fn read<W: Widget>(settings: &str) -> Result<W::Settings, WidgetError> {
    settings::parse(settings).map_err(|error| WidgetError::Settings(error.to_string()))
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn sink(level: crate::log::Level, message: &str) {
    use crate::{bindings::widget::inferno::plugin::log, log::Level};
    let level = match level {
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
    };
    log::log(level, message);
}

/// Exports a [`Widget`] from the component that this crate becomes. Exports nothing on other targets than
/// WebAssembly, where the crate is an ordinary library.
#[macro_export]
macro_rules! widget {
    ($widget:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::__private::widget::export_widget!($widget with_types_in $crate::__private::widget);

        // Elsewhere the widget counts as used, and must still be one.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&<$widget as $crate::Widget>::Settings) -> Vec<$crate::metrics::Query> =
            <$widget as $crate::Widget>::queries;
    };
}
