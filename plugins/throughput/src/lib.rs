//! Tokens generated and prompt tokens read in a second, over a window.
//!
//! Owns the speed of tokens. Refuses how long somebody waits for one: that is `latency-heatmap`.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Query, Unit, latest, mean, peak},
    settings::{Form, Invalid, Settings},
    text::decimal,
    widget::{Axis, Chart, Layer, Stat, Text, Theme, Tone, View, ViewBuilder, Viewport, WidgetError},
};

const GENERATED: &str = "inferno_generation_tokens_total";
const PROMPTS: &str = "inferno_prompt_tokens_total";

/// Steps of a window.
const STEPS: u32 = 60;
/// The least height in pixels that a chart is worth.
const CHART_HEIGHT: u32 = 160;

struct Throughput;

inferno_plugin::widget!(Throughput);

/// What the reader can choose.
struct Choices {
    window_seconds: u32,
    model: String,
    prompts: bool,
}

impl Settings for Choices {
    fn declare(form: &mut Form<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            window_seconds: form.field("window", "Window").window("5m")?,
            model: form.field("model", "Model").help("Empty: all models").text("")?,
            prompts: form.field("showPrompt", "Prompt tokens").flag(true)?,
        })
    }
}

impl Widget for Throughput {
    type Settings = Choices;

    fn queries(settings: &Choices) -> Vec<Query> {
        let window = settings.window_seconds;
        let metrics = if settings.prompts { vec![GENERATED, PROMPTS] } else { vec![GENERATED] };
        metrics.into_iter().map(|metric| Query::rate(metric, window, window / STEPS)).collect()
    }

    fn render(
        settings: &Choices,
        frames: &[Frame],
        viewport: Viewport,
        _: Theme,
    ) -> Result<View, WidgetError> {
        let lines: Vec<_> = frames
            .iter()
            .zip([("Generated", "generated", Tone::Accent), ("Prompts", "prompts", Tone::Neutral)])
            .map(|(frame, (label, name, tone))| Line {
                frame,
                label,
                name,
                tone,
                speed: frame.sum("model", &settings.model),
            })
            .collect();

        let mut view = ViewBuilder::new();
        view.row(|row| lines.iter().for_each(|line| row.stat(line.stat())));
        if lines.iter().all(|line| latest(&line.speed).is_none()) {
            view.text(Text::caption(nothing(&settings.model)));
            return Ok(view.finish());
        }
        if viewport.height >= CHART_HEIGHT {
            let y = Axis::linear("Tokens per second", Unit::PerSecond);
            let chart = Chart::new("Tokens per second over the window", Axis::time(), y);
            view.chart(lines.iter().fold(chart, |chart, line| chart.layer(line.area())));
        }
        if let Some((mean, peak)) = mean(&lines[0].speed).zip(peak(&lines[0].speed)) {
            view.text(Text::caption(format!(
                "Generated over the window: {} tokens/s on average, {} at most",
                decimal(mean, 1),
                decimal(peak, 1)
            )));
        }
        Ok(view.finish())
    }
}

/// One of the two speeds.
struct Line<'f> {
    frame: &'f Frame,
    label: &'static str,
    name: &'static str,
    tone: Tone,
    speed: Vec<f64>,
}

impl Line<'_> {
    fn stat(&self) -> Stat {
        Stat::new(self.label, latest(&self.speed), Unit::PerSecond, self.frame.provenance)
            .tone(self.tone)
            .trend(self.speed.clone())
    }

    fn area(&self) -> Layer {
        Layer::area(self.name, self.tone, &self.frame.times, self.speed.clone())
    }
}

fn nothing(model: &str) -> String {
    match model {
        "" => "Nothing was measured in this window.".to_owned(),
        model => format!("Nothing was measured of the model `{model}` in this window."),
    }
}

#[cfg(test)]
mod tests;
