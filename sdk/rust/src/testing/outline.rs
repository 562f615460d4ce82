//! A view as text, so that a test can say in a few lines what it expects.

use std::fmt::Write as _;

use super::word;
use crate::{
    metrics::{Provenance, Unit, sampled},
    widget::{Cell, Direction, Node, Tone, View},
};

/// One line for each node, indented below its parent; numbers in full, lists of numbers by their count.
pub fn outline(view: &View) -> String {
    let mut text = String::new();
    draw(view, view.root, 0, &mut text);
    text
}

fn draw(view: &View, node: u32, depth: usize, text: &mut String) {
    let node = &view.nodes[node as usize];
    let _ = writeln!(text, "{:width$}{}", "", line(node), width = depth * 2);
    let children = match node {
        Node::Stack(stack) => &stack.children[..],
        Node::Grid(grid) => &grid.children[..],
        _ => &[],
    };
    children.iter().for_each(|child| draw(view, *child, depth + 1, text));
    if let Node::Table(table) = node {
        for row in &table.rows {
            let cells: Vec<_> = row.iter().map(cell).collect();
            let _ = writeln!(text, "{:width$}{}", "", cells.join(" | "), width = depth * 2 + 2);
        }
    }
    if let Node::Chart(chart) = node {
        for layer in &chart.layers {
            let values = sampled(&layer.ys).count();
            let _ = writeln!(
                text,
                "{:width$}{} {}: {values} of {} values",
                "",
                word(&layer.mark),
                layer.name,
                layer.ys.len(),
                width = depth * 2 + 2
            );
        }
    }
}

fn line(node: &Node) -> String {
    match node {
        Node::Stack(stack) => match stack.direction {
            Direction::Row => "row".to_owned(),
            Direction::Column => "column".to_owned(),
        },
        Node::Grid(grid) => format!("grid of {}", grid.columns),
        Node::Text(words) => format!("{}: {}{}", word(&words.style), words.text, tone(words.tone)),
        Node::Stat(stat) => {
            let value = stat.value.map_or("none".to_owned(), |value| amount(value, stat.unit));
            let known = known(stat.provenance);
            let trend = if stat.trend.is_empty() {
                String::new()
            } else {
                format!(", trend of {}", stat.trend.len())
            };
            format!("stat {}: {value}{known}{trend}{}", stat.label, tone(stat.tone))
        }
        Node::Table(table) => {
            let columns: Vec<_> = table.columns.iter().map(|column| column.title.as_str()).collect();
            format!("table {}: {}", table.caption, columns.join(" | "))
        }
        Node::Chart(chart) => format!("chart {}", chart.description),
        Node::Heatmap(map) => {
            format!("heatmap {}: {} rows of {}", map.description, map.rows.len(), map.xs.len())
        }
        Node::Breakdown(whole) => {
            let parts =
                whole.parts.iter().map(|part| format!("{} {}", part.name, amount(part.value, whole.unit)));
            let parts: Vec<_> = parts.collect();
            format!("breakdown {}: {}{}", whole.description, parts.join(", "), known(whole.provenance))
        }
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Number(value) => format!("{value}"),
    }
}

fn amount(value: f64, unit: Unit) -> String {
    let unit = match unit {
        Unit::None | Unit::Count => "",
        Unit::Tokens => " tokens",
        Unit::Requests => " requests",
        Unit::Seconds => " s",
        Unit::Bytes => " B",
        Unit::Ratio => " of 1",
        Unit::PerSecond => "/s",
    };
    format!("{value}{unit}")
}

fn known(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Measured => "",
        Provenance::Estimated => " (estimated)",
        Provenance::Unavailable => " (unavailable)",
    }
}

fn tone(tone: Tone) -> String {
    match tone {
        Tone::Neutral => String::new(),
        other => format!(" [{}]", word(&other)),
    }
}
