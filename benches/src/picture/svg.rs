//! How panels are drawn: two columns of them, bars from the left, in the reader's own light or dark.

use std::fmt::Write as _;

use super::{Panel, Row};

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 20.0;
/// Of a column, and between the two.
const PANEL: f64 = 366.0;
const GAP: f64 = 28.0;
/// Where bars begin in a panel, and how long the longest is: what is left and right of it is for words.
const BARS: f64 = 78.0;
const LONGEST: f64 = 196.0;
/// Of one bar with the space below it, of the bar alone, and between rows.
const LINE: f64 = 15.0;
const BAR: f64 = 11.0;
const BETWEEN_ROWS: f64 = 9.0;
/// Above the panels, and above the rows of a panel.
const HEAD: f64 = 74.0;
const TITLE: f64 = 24.0;
const BETWEEN_PANELS: f64 = 18.0;

/// The colours of peers follow the order in which they first appear.
const STYLE: &str = "\
    svg { font: 12px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }\n\
    .page { fill: #ffffff; } text { fill: #57606a; } .strong, .title { fill: #1f2328; font-weight: 600; }\n\
    .title { font-size: 13px; } .head { fill: #1f2328; font-size: 17px; font-weight: 600; }\n\
    .us { fill: #d9480f; } .peer0 { fill: #8c959f; } .peer1 { fill: #4c8dd6; } .peer2 { fill: #b7bfc8; }\n\
    @media (prefers-color-scheme: dark) {\n\
    .page { fill: #0d1117; } text { fill: #9da7b3; } .strong, .title, .head { fill: #e6edf3; }\n\
    .us { fill: #ff8a4c; } .peer0 { fill: #6e7681; } .peer1 { fill: #4c8dd6; } .peer2 { fill: #484f58; } }\n";

/// The whole file.
pub(super) fn document(panels: &[Panel]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for peer in panels.iter().flat_map(|panel| &panel.rows).flat_map(|row| &row.peers) {
        if !names.contains(&peer.name.as_str()) {
            names.push(&peer.name);
        }
    }
    let mut body = String::new();
    // Each panel goes to the end of the shorter column.
    let mut ends = [HEAD; 2];
    for panel in panels {
        let column = usize::from(ends[1] < ends[0]);
        draw(&mut body, panel, &names, MARGIN + column as f64 * (PANEL + GAP), ends[column]);
        ends[column] += height(panel) + BETWEEN_PANELS;
    }
    let height = ends[0].max(ends[1]) - BETWEEN_PANELS + MARGIN - BETWEEN_ROWS;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\" \
         aria-label=\"Inferno beside its peers\">\n<style>\n{STYLE}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n{}{body}</svg>\n",
        legend(&names)
    )
}

fn legend(names: &[&str]) -> String {
    let mut drawn = String::new();
    text(&mut drawn, "head", MARGIN, 28.0, "Inferno beside its peers");
    let mut x = MARGIN;
    for (class, name) in std::iter::once(("us".to_owned(), "Inferno"))
        .chain(names.iter().enumerate().map(|(at, name)| (colour(at), *name)))
    {
        rect(&mut drawn, &class, x, 39.0, BAR, BAR);
        text(&mut drawn, "", x + 17.0, 49.0, name);
        x += 34.0 + 7.0 * name.chars().count() as f64;
    }
    text(&mut drawn, "", x, 49.0, "N × is ours divided by theirs, measured in turn");
    drawn
}

fn height(panel: &Panel) -> f64 {
    TITLE + panel.rows.iter().map(row_height).sum::<f64>()
}

fn row_height(row: &Row) -> f64 {
    LINE * (1 + row.peers.len()) as f64 + BETWEEN_ROWS
}

fn draw(out: &mut String, panel: &Panel, names: &[&str], left: f64, top: f64) {
    text(out, "title", left, top + 10.0, panel.title);
    let values =
        panel.rows.iter().flat_map(|row| std::iter::once(row.ours).chain(row.peers.iter().map(|p| p.value)));
    let most = values.fold(f64::MIN_POSITIVE, f64::max);
    let mut y = top + TITLE;
    for row in &panel.rows {
        text(out, "", left, y + 9.5, &row.label);
        let mut bar = |class: &str, value: f64, y: f64, strong: &str, words: &str| {
            let length = (value / most * LONGEST).max(1.0);
            rect(out, class, left + BARS, y, length, BAR);
            text(out, strong, left + BARS + length + 5.0, y + 9.5, words);
        };
        bar("us", row.ours, y, "strong", &digits(row.ours));
        for (at, peer) in row.peers.iter().enumerate() {
            let class = colour(names.iter().position(|name| *name == peer.name).unwrap_or_default());
            let words = format!("{} · {} ×", digits(peer.value), ratio(peer.ratio));
            bar(&class, peer.value, y + LINE * (at + 1) as f64, "", &words);
        }
        y += row_height(row);
    }
}

fn colour(at: usize) -> String {
    format!("peer{}", at.min(2))
}

fn rect(out: &mut String, class: &str, x: f64, y: f64, width: f64, height: f64) {
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\"/>"
    );
}

fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = writeln!(out, "<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>");
}

/// Three digits at least where there are some, with commas between thousands.
fn digits(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.1}");
    }
    let whole = format!("{value:.0}");
    let groups: Vec<_> = whole.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

fn ratio(ratio: f64) -> String {
    if ratio < 1.0 { format!("{ratio:.2}") } else { format!("{ratio:.1}") }
}
