//! What the time of the computation goes to, operation by operation.
//!
//! Owns one counter. Refuses to say whether that is too much: a share is no judgement.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Query, Unit, sampled},
    settings::{Form, Invalid, Settings},
    widget::{Breakdown, Cell, Table, Text, Theme, View, ViewBuilder, Viewport, WidgetError},
};

const SECONDS: &str = "inferno_op_seconds_total";

struct OpBreakdown;

inferno_plugin::widget!(OpBreakdown);

/// What the reader can choose.
struct Choices {
    window_seconds: u32,
    model: String,
    rows: i32,
}

impl Settings for Choices {
    fn declare(form: &mut Form<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            window_seconds: form.field("window", "Window").window("5m")?,
            model: form.field("model", "Model").help("Empty: all models").text("")?,
            rows: form
                .field("rows", "Rows")
                .help("Operations that are named; the others are one part")
                .integer(1..=20, 8)?,
        })
    }
}

impl Widget for OpBreakdown {
    type Settings = Choices;

    fn queries(settings: &Choices) -> Vec<Query> {
        // One step: the growth over the whole window.
        vec![Query::increase(SECONDS, settings.window_seconds, settings.window_seconds)]
    }

    fn render(settings: &Choices, frames: &[Frame], _: Viewport, _: Theme) -> Result<View, WidgetError> {
        let frame = &frames[0];
        let parts = parts(frame, &settings.model, settings.rows as usize);
        let whole: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
        let mut view = ViewBuilder::new();
        if whole <= 0.0 {
            view.text(Text::caption("Nothing was computed in this window."));
            return Ok(view.finish());
        }
        let columns = [("Operation", Unit::None), ("Time", Unit::Seconds), ("Share", Unit::Ratio)];
        let mut table = Table::new("Time of the thread that leads the computation", columns);
        let mut breakdown =
            Breakdown::new("Time of the computation by operation", Unit::Seconds, frame.provenance);
        for (name, seconds) in parts {
            table = table.row([name.as_str().into(), Cell::Number(seconds), Cell::Number(seconds / whole)]);
            breakdown = breakdown.part(name, seconds);
        }
        view.breakdown(breakdown);
        view.table(table);
        Ok(view.finish())
    }
}

/// Seconds by operation, the longest first; what is beyond so many rows is one part, and comes last.
fn parts(frame: &Frame, model: &str, rows: usize) -> Vec<(String, f64)> {
    let mut parts: Vec<(String, f64)> = Vec::new();
    for series in frame.matching("model", model) {
        let Some(op) = series.label("op") else { continue };
        let seconds = sampled(&series.values).sum::<f64>();
        match parts.iter_mut().find(|(name, _)| name == op) {
            Some((_, sum)) => *sum += seconds,
            None => parts.push((op.to_owned(), seconds)),
        }
    }
    parts.retain(|(_, seconds)| *seconds > 0.0);
    parts.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.cmp(b)));
    if parts.len() > rows {
        let others = parts.split_off(rows);
        let name = format!("{} others", others.len());
        parts.push((name, others.iter().map(|(_, seconds)| seconds).sum()));
    }
    parts
}

#[cfg(test)]
mod tests;
