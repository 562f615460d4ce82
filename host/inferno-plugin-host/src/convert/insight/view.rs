//! A view, as a widget returned it. Nothing here looks at what the nodes say; `RawView::check` does.

use inferno_insight::{
    RawView,
    view::{
        Axis, Breakdown, Cell, Chart, Column, Flow, Grid, Heatmap, Layer, Mark, Node, Part, Scale, Stack,
        Stat, Table, Text, TextStyle, Tone,
    },
};

use super::{provenance, unit};
use crate::bindings::widget::view as wit;

pub(crate) fn view(view: wit::View) -> RawView {
    RawView { nodes: view.nodes.into_iter().map(node).collect(), root: view.root }
}

fn node(node: wit::Node) -> Node {
    match node {
        wit::Node::Stack(wit::Stack { direction, children }) => {
            let direction = match direction {
                wit::Direction::Row => Flow::Row,
                wit::Direction::Column => Flow::Column,
            };
            Node::Stack(Stack { direction, children })
        }
        wit::Node::Grid(wit::Grid { columns, children }) => Node::Grid(Grid { columns, children }),
        wit::Node::Text(wit::Text { text, style, tone: of }) => {
            let style = match style {
                wit::TextStyle::Body => TextStyle::Body,
                wit::TextStyle::Heading => TextStyle::Heading,
                wit::TextStyle::Caption => TextStyle::Caption,
                wit::TextStyle::Code => TextStyle::Code,
            };
            Node::Text(Text { text, style, tone: tone(of) })
        }
        wit::Node::Stat(stat) => Node::Stat(Stat {
            label: stat.label,
            value: stat.value,
            unit: unit(stat.unit),
            provenance: provenance(stat.provenance),
            tone: tone(stat.tone),
            trend: stat.trend,
        }),
        wit::Node::Table(wit::Table { caption, columns, rows }) => Node::Table(Table {
            caption,
            columns: columns.into_iter().map(|c| Column { title: c.title, unit: unit(c.unit) }).collect(),
            rows: rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect(),
        }),
        wit::Node::Chart(wit::Chart { description, x, y, layers }) => Node::Chart(Chart {
            description,
            x: axis(x),
            y: axis(y),
            layers: layers.into_iter().map(layer).collect(),
        }),
        wit::Node::Heatmap(wit::Heatmap { description, x, xs, rows, unit: of, values }) => {
            Node::Heatmap(Heatmap { description, x: axis(x), xs, rows, unit: unit(of), values })
        }
        wit::Node::Breakdown(breakdown) => Node::Breakdown(Breakdown {
            description: breakdown.description,
            unit: unit(breakdown.unit),
            provenance: provenance(breakdown.provenance),
            parts: breakdown.parts.into_iter().map(|p| Part { name: p.name, value: p.value }).collect(),
        }),
    }
}

fn tone(tone: wit::Tone) -> Tone {
    match tone {
        wit::Tone::Neutral => Tone::Neutral,
        wit::Tone::Accent => Tone::Accent,
        wit::Tone::Good => Tone::Good,
        wit::Tone::Warn => Tone::Warn,
        wit::Tone::Bad => Tone::Bad,
    }
}

fn cell(cell: wit::Cell) -> Cell {
    match cell {
        wit::Cell::Empty => Cell::Empty,
        wit::Cell::Text(text) => Cell::Text(text),
        wit::Cell::Number(value) => Cell::Number(value),
    }
}

fn axis(axis: wit::Axis) -> Axis {
    let scale = match axis.scale {
        wit::Scale::Linear => Scale::Linear,
        wit::Scale::Log => Scale::Log,
        wit::Scale::Time => Scale::Time,
    };
    Axis { label: axis.label, unit: unit(axis.unit), scale }
}

fn layer(layer: wit::Layer) -> Layer {
    let wit::Layer { name, mark, tone: of, xs, ys } = layer;
    let mark = match mark {
        wit::Mark::Line => Mark::Line,
        wit::Mark::Area => Mark::Area,
        wit::Mark::Bar => Mark::Bar,
        wit::Mark::Point => Mark::Point,
    };
    Layer { name, mark, tone: tone(of), xs, ys }
}
