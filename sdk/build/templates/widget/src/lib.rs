//! Shows how fast tokens are generated.
//!
//! Owns one metric and two settings. Refuses to show a number that was not measured: where there is none, it says so.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Query, Unit, latest},
    settings::{Form, Invalid, Settings},
    widget::{
        Axis, Chart, Layer, Stat, Text, Theme, Tone, View, ViewBuilder, Viewport, WidgetError,
    },
};

/// The counter that this widget reads. `inferno.toml` names it too.
const TOKENS: &str = "inferno_generation_tokens_total";

struct MyPlugin;

inferno_plugin::widget!(MyPlugin);

/// What the reader can choose.
struct Choices {
    window_seconds: u32,
    model: String,
}

impl Settings for Choices {
    fn declare(form: &mut Form<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            window_seconds: form.field("window", "Window").window("5m")?,
            model: form
                .field("model", "Model")
                .help("Empty: all models")
                .text("")?,
        })
    }
}

impl Widget for MyPlugin {
    type Settings = Choices;

    fn queries(settings: &Choices) -> Vec<Query> {
        // Sixty steps, whatever the window: as much as a small chart can show.
        vec![Query::rate(
            TOKENS,
            settings.window_seconds,
            settings.window_seconds / 60,
        )]
    }

    fn render(
        settings: &Choices,
        frames: &[Frame],
        _: Viewport,
        _: Theme,
    ) -> Result<View, WidgetError> {
        let frame = &frames[0];
        let speed = frame.sum("model", &settings.model);
        let mut view = ViewBuilder::new();
        view.stat(
            Stat::new(
                "Generated",
                latest(&speed),
                Unit::PerSecond,
                frame.provenance,
            )
            .tone(Tone::Accent)
            .trend(speed.clone()),
        );
        if latest(&speed).is_none() {
            view.text(Text::caption("Nothing was measured in this window."));
            return Ok(view.finish());
        }
        let y = Axis::linear("Tokens per second", Unit::PerSecond);
        let mut chart = Chart::new("Tokens generated per second, by model", Axis::time(), y);
        for series in frame.matching("model", &settings.model) {
            let name = series.label("model").unwrap_or("all models");
            chart = chart.layer(Layer::line(
                name,
                Tone::Accent,
                &frame.times,
                series.values.clone(),
            ));
        }
        view.chart(chart);
        Ok(view.finish())
    }
}

#[cfg(test)]
mod tests;
