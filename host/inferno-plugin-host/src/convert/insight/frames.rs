//! What a widget or an analyzer is given.

use inferno_insight::{Frame, Label, Provenance, Series, Theme, Unit, Viewport};

use crate::bindings::widget::{metrics as wit, view};

pub(crate) fn frames(frames: &[Frame]) -> Vec<wit::Frame> {
    frames.iter().map(frame).collect()
}

pub(crate) fn viewport(viewport: Viewport) -> view::Viewport {
    view::Viewport { width: viewport.width, height: viewport.height }
}

pub(crate) fn theme(theme: Theme) -> view::Theme {
    match theme {
        Theme::Dark => view::Theme::Dark,
        Theme::Light => view::Theme::Light,
        Theme::HighContrast => view::Theme::HighContrast,
    }
}

fn frame(frame: &Frame) -> wit::Frame {
    let Frame { metric, unit, provenance, times, series } = frame;
    wit::Frame {
        metric: metric.clone(),
        unit: unit_of(*unit),
        provenance: provenance_of(*provenance),
        times: times.clone(),
        series: series.iter().map(series_of).collect(),
    }
}

fn series_of(series: &Series) -> wit::Series {
    let label = |Label { name, value }: &Label| wit::Label { name: name.clone(), value: value.clone() };
    wit::Series { labels: series.labels.iter().map(label).collect(), values: series.values.clone() }
}

fn unit_of(unit: Unit) -> wit::Unit {
    match unit {
        Unit::None => wit::Unit::None,
        Unit::Count => wit::Unit::Count,
        Unit::Tokens => wit::Unit::Tokens,
        Unit::Requests => wit::Unit::Requests,
        Unit::Seconds => wit::Unit::Seconds,
        Unit::Bytes => wit::Unit::Bytes,
        Unit::Ratio => wit::Unit::Ratio,
        Unit::PerSecond => wit::Unit::PerSecond,
    }
}

fn provenance_of(provenance: Provenance) -> wit::Provenance {
    match provenance {
        Provenance::Measured => wit::Provenance::Measured,
        Provenance::Estimated => wit::Provenance::Estimated,
        Provenance::Unavailable => wit::Provenance::Unavailable,
    }
}
