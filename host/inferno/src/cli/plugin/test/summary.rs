//! What came out of a plugin, in a few lines.
//!
//! A sketch for a terminal. Easily confused with what the front end draws, which is the same tree with its figures.

use std::fmt::Write as _;

use inferno_insight::{
    Action, Opportunity, Query, Unit, View,
    view::{Node, Stat},
};
use inferno_registry_client::printable;
use serde_json::Value;

/// The longest text of a node that is shown.
const MAX_TEXT: usize = 80;

/// The queries that it made.
pub(super) fn asked(queries: &[Query]) -> String {
    let mut out = String::new();
    for query in queries {
        let Query { metric, aggregate, window_seconds, step_seconds } = query;
        let _ = writeln!(
            out,
            "  asks for {metric}: {aggregate:?} of {window_seconds} s in steps of {step_seconds} s"
        );
    }
    out
}

/// A view, node by node.
pub(super) fn view(view: &View) -> String {
    let mut out = format!("  draws {} nodes:\n", view.nodes().len());
    // Parents come before children, and no node has two, so this ends.
    let mut open = vec![(view.root(), 2)];
    while let Some((at, depth)) = open.pop() {
        let Some(node) = view.nodes().get(at as usize) else { continue };
        let _ = writeln!(out, "{}{}", "  ".repeat(depth), line(node));
        open.extend(node.children().iter().rev().map(|child| (*child, depth + 1)));
    }
    out
}

fn line(node: &Node) -> String {
    let short = |text: &str| printable(text, MAX_TEXT);
    match node {
        Node::Stack(stack) => format!("stack, {:?}", stack.direction).to_lowercase(),
        Node::Grid(grid) => format!("grid of {} columns", grid.columns),
        Node::Text(text) => format!("text: {}", short(&text.text)),
        Node::Stat(stat) => format!("stat {}: {}", short(&stat.label), number(stat)),
        Node::Table(table) => {
            format!(
                "table {}: {} columns, {} rows",
                short(&table.caption),
                table.columns.len(),
                table.rows.len()
            )
        }
        Node::Chart(chart) => {
            let layers: Vec<_> =
                chart.layers.iter().map(|l| format!("{} ({} points)", short(&l.name), l.xs.len())).collect();
            format!("chart: {}; {}", short(&chart.description), layers.join(", "))
        }
        Node::Heatmap(map) => {
            format!("heatmap: {}; {} rows, {} columns", short(&map.description), map.rows.len(), map.xs.len())
        }
        Node::Breakdown(breakdown) => {
            let parts: Vec<_> =
                breakdown.parts.iter().map(|part| format!("{} {}", short(&part.name), part.value)).collect();
            format!("breakdown: {}; {}", short(&breakdown.description), parts.join(", "))
        }
    }
}

fn number(stat: &Stat) -> String {
    let value = stat.value.map_or("none".to_owned(), |value| value.to_string());
    format!("{value} {} ({:?})", unit(stat.unit), stat.provenance).to_lowercase()
}

/// A unit as JSON spells it.
fn unit(unit: Unit) -> String {
    serde_json::to_value(unit).ok().and_then(|unit| unit.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What an analyzer found.
pub(super) fn opportunities(found: &[Opportunity]) -> String {
    let mut out = format!("  finds {} opportunities\n", found.len());
    for opportunity in found {
        let Opportunity { id, severity, title, evidence, prediction, action } = opportunity;
        let _ = writeln!(out, "    {id} ({severity:?}): {}", printable(title, 200));
        for piece in evidence {
            let _ = writeln!(out, "      because {}", printable(&piece.statement, 200));
        }
        let percent = prediction.at_least * 100.0;
        let _ = writeln!(
            out,
            "      predicts that {} goes {:?} by at least {percent} % within {} s",
            prediction.metric, prediction.direction, prediction.within_seconds
        );
        let _ = match action {
            Action::Configure(change) => {
                writeln!(out, "      set {} = {}", printable(&change.key, 100), printable(&change.value, 100))
            }
            Action::Investigate(what) => writeln!(out, "      look at {}", printable(what, 200)),
        };
    }
    out
}

/// A patch, by what it counts.
pub(super) fn patch(patch: &Value) -> String {
    let parts = patch.as_object().into_iter().flatten();
    let counts = parts.filter_map(|(part, list)| Some(format!("{part} {}", list.as_array()?.len())));
    format!("  proposes a patch: {}\n", counts.collect::<Vec<_>>().join(", "))
}
