//! Constructors of the nodes, with what is most often wanted; every field can still be set afterwards.

use super::{
    Axis, Breakdown, Cell, Chart, Column, Layer, Mark, Part, Scale, Stat, Table, Text, TextStyle, Tone,
};
use crate::metrics::{Provenance, Unit};

impl Text {
    /// Words of the running text.
    pub fn body(text: impl Into<String>) -> Self {
        Self::styled(text, TextStyle::Body)
    }

    /// A heading.
    pub fn heading(text: impl Into<String>) -> Self {
        Self::styled(text, TextStyle::Heading)
    }

    /// Small words that explain what is beside them.
    pub fn caption(text: impl Into<String>) -> Self {
        Self::styled(text, TextStyle::Caption)
    }

    /// Words of a machine.
    pub fn code(text: impl Into<String>) -> Self {
        Self::styled(text, TextStyle::Code)
    }

    /// The same words with a meaning.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    fn styled(text: impl Into<String>, style: TextStyle) -> Self {
        Self { text: text.into(), style, tone: Tone::Neutral }
    }
}

impl Stat {
    /// A number of no particular meaning, without a past. `None` is shown as absent, never as zero; so is what is
    /// not finite.
    pub fn new(label: impl Into<String>, value: Option<f64>, unit: Unit, provenance: Provenance) -> Self {
        let value = value.filter(|value| value.is_finite());
        Self { label: label.into(), value, unit, provenance, tone: Tone::Neutral, trend: Vec::new() }
    }

    /// The same number with a meaning.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// The same number with its past, oldest first.
    #[must_use]
    pub fn trend(self, trend: Vec<f64>) -> Self {
        Self { trend, ..self }
    }
}

impl Axis {
    /// An evenly divided axis.
    pub fn linear(label: impl Into<String>, unit: Unit) -> Self {
        Self { label: label.into(), unit, scale: Scale::Linear }
    }

    /// An axis of times, as frames have them.
    pub fn time() -> Self {
        Self { label: "Time".to_owned(), unit: Unit::None, scale: Scale::Time }
    }
}

impl Chart {
    /// A chart without layers yet. `description` says in words what it shows, for those who cannot see it.
    pub fn new(description: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self { description: description.into(), x, y, layers: Vec::new() }
    }

    /// The same chart with one more layer, drawn over those before.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }
}

impl Layer {
    /// A line. NaN in `ys` is a gap.
    pub fn line(name: impl Into<String>, tone: Tone, xs: &[f64], ys: Vec<f64>) -> Self {
        Self::new(name, Mark::Line, tone, xs, ys)
    }

    /// A line with the area below it filled. NaN in `ys` is a gap.
    pub fn area(name: impl Into<String>, tone: Tone, xs: &[f64], ys: Vec<f64>) -> Self {
        Self::new(name, Mark::Area, tone, xs, ys)
    }

    /// A bar for each value.
    pub fn bars(name: impl Into<String>, tone: Tone, xs: &[f64], ys: Vec<f64>) -> Self {
        Self::new(name, Mark::Bar, tone, xs, ys)
    }

    /// A point for each value.
    pub fn points(name: impl Into<String>, tone: Tone, xs: &[f64], ys: Vec<f64>) -> Self {
        Self::new(name, Mark::Point, tone, xs, ys)
    }

    fn new(name: impl Into<String>, mark: Mark, tone: Tone, xs: &[f64], ys: Vec<f64>) -> Self {
        Self { name: name.into(), mark, tone, xs: xs.to_vec(), ys }
    }
}

impl Table {
    /// A table without rows yet.
    pub fn new<'t>(caption: impl Into<String>, columns: impl IntoIterator<Item = (&'t str, Unit)>) -> Self {
        let columns = columns.into_iter().map(|(title, unit)| Column { title: title.to_owned(), unit });
        Self { caption: caption.into(), columns: columns.collect(), rows: Vec::new() }
    }

    /// The same table with one more row, which has as many cells as there are columns.
    #[must_use]
    pub fn row(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.rows.push(cells.into_iter().collect());
        self
    }
}

impl Cell {
    /// A number, or nothing where there is none.
    pub fn number(value: Option<f64>) -> Self {
        value.filter(|value| value.is_finite()).map_or(Self::Empty, Self::Number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Breakdown {
    /// A whole without parts yet.
    pub fn new(description: impl Into<String>, unit: Unit, provenance: Provenance) -> Self {
        Self { description: description.into(), unit, provenance, parts: Vec::new() }
    }

    /// The same whole with one more part. A part that is not positive is left out: it has no width.
    #[must_use]
    pub fn part(mut self, name: impl Into<String>, value: f64) -> Self {
        if value > 0.0 && value.is_finite() {
            self.parts.push(Part { name: name.into(), value });
        }
        self
    }
}
