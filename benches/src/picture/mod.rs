//! A picture of what was measured: from the JSON lines of runs to one SVG file.
//!
//! Owns which figures are shown, and in which panel. Refuses to compute: values and ratios are those of the lines.

mod svg;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::Deserialize;

/// What is drawn, and where to.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Files of JSON lines, as `--json` prints them; of two lines about the same the later one counts.
    #[arg(required = true)]
    lines: Vec<PathBuf>,
    /// The picture.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/pictures/performance.svg"))]
    output: PathBuf,
}

/// What a line says that a picture shows.
#[derive(Debug, Clone, Deserialize)]
struct Line {
    suite: String,
    case: String,
    /// Absent where nothing came that could be measured.
    value: Option<f64>,
    peer: Option<String>,
    peer_value: Option<f64>,
    ratio: Option<f64>,
}

/// Bars of one kind.
#[derive(Debug)]
struct Panel {
    title: &'static str,
    rows: Vec<Row>,
}

/// Us and our peers in one case.
#[derive(Debug)]
struct Row {
    label: String,
    ours: f64,
    peers: Vec<Peer>,
}

#[derive(Debug)]
struct Peer {
    name: String,
    value: f64,
    /// Ours divided by it.
    ratio: f64,
}

/// What each panel shows: its title, the suite, and what of a case its label is, where the case belongs here.
type Chosen = (&'static str, &'static str, fn(&str) -> Option<String>);
const PANELS: [Chosen; 6] = [
    ("A prompt of 512 tokens, tokens per second", "engine", |case| {
        case.strip_suffix(" prefill 512").map(str::to_owned)
    }),
    ("128 tokens, one by one, tokens per second", "engine", |case| {
        case.strip_suffix(" decode 128").map(str::to_owned)
    }),
    ("Streams at once, tokens per second in total", "engine", |case| {
        let (file, rest) = case.split_once(' ')?;
        let (count, _) = rest.split_once(" stream")?;
        Some(format!("{file} × {count}"))
    }),
    ("128 tokens after a long text, tokens per second", "engine", |case| {
        let (file, depth) = case.split_once(" decode 128 after ")?;
        Some(format!("{file}, {depth}"))
    }),
    ("Clients over HTTP, tokens per second in total", "serve", |case| {
        case.strip_suffix(", total").filter(|case| case.contains("client")).map(str::to_owned)
    }),
    ("Start in ms, memory in MiB: less is better", "start", |case| {
        case.strip_prefix("start, ").filter(|what| *what != "most resident").map(str::to_owned)
    }),
];

/// Draws it.
pub(crate) fn draw(arguments: &Arguments) -> Result<()> {
    let mut lines = Vec::new();
    for path in &arguments.lines {
        lines.extend(read(path)?);
    }
    let panels = panels(&lines);
    ensure!(
        !panels.is_empty(),
        "nothing of this is shown in a picture: it shows `peers`, `serve` and `start`"
    );
    if let Some(folder) = arguments.output.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&arguments.output, svg::document(&panels))
        .with_context(|| arguments.output.display().to_string())
}

/// The figures of a file; what else a run printed is passed over.
fn read(path: &Path) -> Result<Vec<Line>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().filter(|line| line.starts_with('{'));
    let parse = |line| serde_json::from_str(line).with_context(|| format!("{}: {line}", path.display()));
    lines.map(parse).collect()
}

fn panels(lines: &[Line]) -> Vec<Panel> {
    let panel = |&(title, suite, label): &Chosen| {
        let mut rows: Vec<Row> = Vec::new();
        for line in lines.iter().filter(|line| line.suite == suite) {
            let (Some(label), Some(ours)) = (label(&line.case), line.value) else { continue };
            let at = rows.iter().position(|row| row.label == label).unwrap_or(rows.len());
            if at == rows.len() {
                rows.push(Row { label, ours, peers: Vec::new() });
            }
            let row = &mut rows[at];
            row.ours = ours;
            if let (Some(name), Some(value), Some(ratio)) = (&line.peer, line.peer_value, line.ratio) {
                row.peers.retain(|peer| peer.name != *name);
                row.peers.push(Peer { name: name.clone(), value, ratio });
            }
        }
        Panel { title, rows }
    };
    PANELS.iter().map(panel).filter(|panel| !panel.rows.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws lines of (suite, case, ours, peer, theirs); each text must be in the picture as often as it says.
    fn check(lines: &[(&str, &str, f64, &str, f64)], expected: &[(&str, usize)]) {
        let lines: Vec<_> = lines
            .iter()
            .map(|&(suite, case, value, peer, theirs)| Line {
                suite: suite.to_owned(),
                case: case.to_owned(),
                value: Some(value),
                peer: (!peer.is_empty()).then(|| peer.to_owned()),
                peer_value: (!peer.is_empty()).then_some(theirs),
                ratio: (!peer.is_empty()).then_some(value / theirs),
            })
            .collect();
        let drawn = svg::document(&panels(&lines));
        for (text, count) in expected {
            assert_eq!(drawn.matches(text).count(), *count, "{text} in {drawn}");
        }
    }

    #[test]
    fn each_case_is_a_row_of_its_panel() {
        let both = [
            ("engine", "F16 prefill 512", 3_000.0, "llama.cpp", 1_000.0),
            ("engine", "F16 prefill 512", 3_000.0, "OpenVINO GenAI", 2_000.0),
        ];
        check(
            &both,
            &[
                (">F16<", 1),
                (">3,000<", 1),
                ("1,000 · 3.0 ×", 1),
                ("2,000 · 1.5 ×", 1),
                ("class=\"title\"", 1),
            ],
        );
        let alone = [("engine", "Q4_1 8 streams of 256 + 128", 50.0, "", 0.0)];
        check(&alone, &[(">Q4_1 × 8<", 1), (">50<", 1), (" ×<", 0)]);
        let twice = [
            ("serve", "8 clients, total", 2.0, "llama.cpp", 1.0),
            ("serve", "8 clients, total", 9.0, "llama.cpp", 3.0),
            ("serve", "8 clients, first token p50", 7.0, "llama.cpp", 1.0),
        ];
        check(&twice, &[(">8 clients<", 1), (">9.0<", 1), (">2.0<", 0), ("3.0 · 3.0 ×", 1), (">7.0<", 0)]);
    }

    #[test]
    fn names_are_text_and_never_markup() {
        check(
            &[("engine", "<b> decode 128", 1.0, "a&b", 1.0)],
            &[("<b>", 0), ("&lt;b&gt;", 1), ("a&amp;b", 1)],
        );
    }
}
