//! Widgets and analyzers in the text format: what they return, laid out in memory by the canonical ABI.
//!
//! A guest is good unless a part of it is replaced, so that a test shows only what is bad.

use inferno_insight::{Frame, Label, Provenance, Query, Series, Theme, Unit, Viewport};
use inferno_package::{Kind, OperatorGrants};
use inferno_plugin_host::{Analyzer, CallError, HostConfig, LoadError, PluginHost, Widget};

use crate::guest::{chain, signed_as, wrap_as};

/// The metric that the guests here ask for.
pub(crate) const METRIC: &str = "inferno_requests_running";
const MODULE: &str = r#"(memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32) (param $align i32) (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $at) (local.get $len)))
    (loop $more (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.const 1))) (br $more))))
    (local.get $at))"#;

/// Bytes at an address.
pub(crate) fn data(at: u32, bytes: &[u8]) -> String {
    let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {at}) \"{escaped}\")\n")
}

/// Little-endian words.
pub(crate) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A list of one query for this metric, at 600, its words at 640. `window` and `step` are in seconds.
pub(crate) fn query(metric: &str, window: u32, step: u32) -> String {
    let query = words(&[640, metric.len() as u32, 0, window, step]);
    data(600, &query) + &data(640, metric.as_bytes())
}

/// What a widget does: the bodies of its functions, and memory.
pub(crate) struct WidgetParts {
    pub(crate) schema: &'static str,
    pub(crate) queries: &'static str,
    pub(crate) render: &'static str,
    /// The text at 512, and the result of `settings-schema` at 520.
    pub(crate) schema_text: String,
    /// The result of `queries` at 560, and what it points to.
    pub(crate) query: String,
    /// The result of `render` at 1024, and what it points to.
    pub(crate) view: String,
    pub(crate) fields: String,
}

impl Default for WidgetParts {
    fn default() -> Self {
        Self {
            schema: "(i32.const 520)",
            queries: "(i32.const 560)",
            render: "(i32.const 1024)",
            schema_text: data(512, b"{}") + &data(520, &words(&[512, 2])),
            query: data(560, &words(&[0, 600, 1])) + &query(METRIC, 60, 1),
            view: view(&[text_node(1200, 5)], 0) + &data(1200, b"hello"),
            fields: String::new(),
        }
    }
}

/// A result of `render` at 1024 with these nodes from 2048 on.
pub(crate) fn view(nodes: &[[u8; 56]], root: u32) -> String {
    data(1024, &words(&[0, 2048, nodes.len() as u32, root])) + &data(2048, &nodes.concat())
}

pub(crate) fn text_node(at: u32, len: u32) -> [u8; 56] {
    node(2, &words(&[at, len, 0]))
}

/// A column of the children whose ids are at an address.
pub(crate) fn stack_node(at: u32, len: u32) -> [u8; 56] {
    node(0, &words(&[1, at, len]))
}

fn node(tag: u8, payload: &[u8]) -> [u8; 56] {
    let mut node = [0; 56];
    node[0] = tag;
    node[8..8 + payload.len()].copy_from_slice(payload);
    node
}

pub(crate) fn widget(parts: &WidgetParts) -> Vec<u8> {
    let WidgetParts { schema, queries, render, schema_text, query, view, fields } = parts;
    wrap_as(
        Kind::Widget,
        &format!(
            r#"(module
              (import "inferno:plugin/log@0.2.0" "log" (func $log (param i32 i32 i32)))
              {MODULE}
              (func (export "inferno:plugin/panel@0.2.0#settings-schema") (result i32) {schema})
              (func (export "inferno:plugin/panel@0.2.0#queries") (param i32 i32) (result i32) {queries})
              (func $render (export "inferno:plugin/panel@0.2.0#render")
                (param i32 i32 i32 i32 i32 i32 i32) (result i32) {render})
              {schema_text} {query} {view} {fields})"#
        ),
    )
}

/// What an analyzer does: the bodies of its functions, and memory.
pub(crate) struct AnalyzerParts {
    pub(crate) queries: &'static str,
    pub(crate) analyze: &'static str,
    /// The result of `queries` at 560, and what it points to.
    pub(crate) query: String,
    /// The result of `analyze` at 1024, and what it points to.
    pub(crate) found: String,
    pub(crate) fields: String,
}

impl Default for AnalyzerParts {
    fn default() -> Self {
        Self {
            queries: "(i32.const 560)",
            analyze: "(i32.const 1024)",
            query: data(560, &words(&[600, 1])) + &query(METRIC, 60, 1),
            found: found("queue", METRIC, 0.5),
            fields: String::new(),
        }
    }
}

/// A result of `analyze` at 1024: one finding with this id, of this metric, that predicts so much.
pub(crate) fn found(id: &str, metric: &str, at_least: f64) -> String {
    let (words_at, metric_len) = (1500, metric.len() as u32);
    let mut finding = words(&[1480, id.len() as u32, 3, 1900, 4, 1304, 1, 0]);
    finding.extend(words(&[words_at, metric_len, 1, 0]));
    finding.extend(at_least.to_le_bytes());
    finding.extend(words(&[60, 0]));
    // The action: to investigate something.
    finding.extend(words(&[1, 1900, 4, 0, 0, 0, 0, 0]));
    assert_eq!(finding.len(), 96);
    let mut evidence = words(&[1900, 4, words_at, metric_len]);
    evidence.extend(3.0_f64.to_le_bytes());
    evidence.extend(words(&[3, 0]));
    data(1024, &words(&[0, 1104, 1]))
        + &data(1104, &finding)
        + &data(1304, &evidence)
        + &data(1480, id.as_bytes())
        + &data(1500, metric.as_bytes())
        + &data(1900, b"well")
}

pub(crate) fn analyzer(parts: &AnalyzerParts) -> Vec<u8> {
    let AnalyzerParts { queries, analyze, query, found, fields } = parts;
    wrap_as(
        Kind::Analyzer,
        &format!(
            r#"(module
              {MODULE}
              (func (export "inferno:plugin/analysis@0.2.0#queries") (result i32) {queries})
              (func $analyze (export "inferno:plugin/analysis@0.2.0#analyze")
                (param i32 i32) (result i32) {analyze})
              {query} {found} {fields})"#
        ),
    )
}

/// A host whose plugins are never suspended, and in which an endless loop ends at once.
pub(crate) fn config() -> HostConfig {
    let mut config = HostConfig::default();
    config.backoff.suspend_after = u32::MAX;
    config.backoff.quarantine_after = u32::MAX;
    for limits in [&mut config.widget, &mut config.analyzer] {
        limits.run.fuel = 5_000_000;
        limits.run.wall_time = std::time::Duration::from_secs(20);
    }
    config
}

/// What the operator grants in most tests.
pub(crate) fn everything() -> OperatorGrants {
    OperatorGrants::parse(["log", "metrics"]).expect("well-formed")
}

pub(crate) fn load_widget(host: &PluginHost, name: &str, bytes: Vec<u8>) -> Result<Widget, LoadError> {
    let requests = ["log", &format!("metric:{METRIC}")];
    host.load_widget(&signed_as(Kind::Widget, name, &requests, bytes), &everything())
}

pub(crate) fn load_analyzer(host: &PluginHost, bytes: Vec<u8>) -> Result<Analyzer, LoadError> {
    let requests = [format!("metric:{METRIC}")];
    let requests: Vec<_> = requests.iter().map(String::as_str).collect();
    host.load_analyzer(&signed_as(Kind::Analyzer, "test/analyzer", &requests, bytes), &everything())
}

/// A frame with some steps of one series.
pub(crate) fn frame(metric: &str, steps: usize) -> Frame {
    let labels = vec![Label { name: "model".into(), value: "a".into() }];
    let values = (0..steps).map(|step| step as f64 / 8.0).collect();
    let times = (0..steps).map(|step| 1.0e12 + 1000.0 * step as f64).collect();
    let series = vec![Series { labels, values }];
    Frame { metric: metric.into(), unit: Unit::Requests, provenance: Provenance::Measured, times, series }
}

pub(crate) fn render(widget: &Widget, frames: &[Frame]) -> Result<String, CallError> {
    let view = widget.render("{}", frames, Viewport { width: 400, height: 300 }, Theme::Dark)?;
    Ok(serde_json::to_string(&view).expect("JSON"))
}

/// What a widget made of these parts draws, and what it says where it does not.
pub(crate) fn fate(widget: &Widget) -> String {
    let fates =
        [widget.settings_schema(), widget.queries("{}").map(describe), render(widget, &[frame(METRIC, 3)])];
    let fates: Vec<_> = fates.into_iter().map(|fate| fate.unwrap_or_else(|error| chain(&error))).collect();
    fates.join("\n")
}

pub(crate) fn describe(queries: Vec<Query>) -> String {
    let one = |q: &Query| format!("{} {:?} {}/{}", q.metric, q.aggregate, q.window_seconds, q.step_seconds);
    queries.iter().map(one).collect::<Vec<_>>().join(", ")
}
