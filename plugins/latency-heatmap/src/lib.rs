//! How long answers take: every bucket of a latency over time, with its median and 95th percentile.
//!
//! Owns three histograms, one at a time. Refuses to call a percentile measured: it is estimated from buckets.

use inferno_plugin::{
    Widget,
    metrics::{Buckets, Frame, Provenance, Query, Unit},
    settings::{Form, Invalid, Settings},
    text::short,
    widget::{Axis, Heatmap, Stat, Text, Theme, Tone, View, ViewBuilder, Viewport, WidgetError},
};

/// Steps of a window.
const STEPS: u32 = 60;

/// A latency that can be shown.
#[derive(Debug, Clone, Copy)]
struct Latency {
    metric: &'static str,
    /// What it is, after "Time".
    what: &'static str,
}

const LATENCIES: [(&str, Latency); 3] = [
    ("first-token", Latency { metric: "inferno_time_to_first_token_seconds", what: "until the first token" }),
    ("inter-token", Latency { metric: "inferno_inter_token_latency_seconds", what: "between two tokens" }),
    ("request", Latency { metric: "inferno_e2e_request_latency_seconds", what: "of a whole request" }),
];

struct LatencyHeatmap;

inferno_plugin::widget!(LatencyHeatmap);

/// What the reader can choose.
struct Choices {
    latency: Latency,
    window_seconds: u32,
    model: String,
}

impl Settings for Choices {
    fn declare(form: &mut Form<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            latency: form.field("latency", "Latency").choice(&LATENCIES, "first-token")?,
            window_seconds: form.field("window", "Window").window("5m")?,
            model: form.field("model", "Model").help("Empty: all models").text("")?,
        })
    }
}

impl Widget for LatencyHeatmap {
    type Settings = Choices;

    fn queries(settings: &Choices) -> Vec<Query> {
        let window = settings.window_seconds;
        vec![Query::increase(settings.latency.metric, window, window / STEPS)]
    }

    fn render(settings: &Choices, frames: &[Frame], _: Viewport, _: Theme) -> Result<View, WidgetError> {
        let frame = &frames[0];
        let buckets = Buckets::of(frame, "model", &settings.model);
        let mut view = ViewBuilder::new();
        view.text(Text::heading(format!("Time {}", settings.latency.what)));
        view.row(|row| {
            row.stat(percentile(frame, "Median", buckets.quantile(0.5)).tone(Tone::Accent));
            row.stat(percentile(frame, "95th percentile", buckets.quantile(0.95)));
            let count = Some(buckets.count()).filter(|_| !buckets.bounds.is_empty());
            row.stat(Stat::new("Observed", count, Unit::Count, frame.provenance));
        });
        match heatmap(settings.latency, frame, &buckets) {
            Some(heatmap) => view.heatmap(heatmap),
            None => view.text(Text::caption("Nothing was observed in this window.")),
        }
        Ok(view.finish())
    }
}

fn percentile(frame: &Frame, label: &str, value: Option<f64>) -> Stat {
    let provenance = if frame.is_unavailable() { frame.provenance } else { Provenance::Estimated };
    Stat::new(label, value, Unit::Seconds, provenance)
}

fn heatmap(latency: Latency, frame: &Frame, buckets: &Buckets) -> Option<Heatmap> {
    let rows = buckets.occupied()?;
    Some(Heatmap {
        description: format!("How often which time {} was observed, over time", latency.what),
        x: Axis::time(),
        xs: frame.times.clone(),
        rows: rows.clone().map(|row| name(&buckets.bounds, row)).collect(),
        unit: Unit::Count,
        values: rows.flat_map(|row| buckets.counts[row].iter().copied()).collect(),
    })
}

/// A bucket by its upper bound, in the unit that makes a short number.
fn name(bounds: &[f64], row: usize) -> String {
    let bound = bounds[row];
    if bound.is_infinite() {
        let last = row.checked_sub(1).map_or(0.0, |below| bounds[below]);
        return format!("> {}", duration(last));
    }
    format!("≤ {}", duration(bound))
}

fn duration(seconds: f64) -> String {
    if seconds < 1.0 { format!("{} ms", short(seconds * 1e3, 3)) } else { format!("{} s", short(seconds, 3)) }
}

#[cfg(test)]
mod tests;
