//! Recorded inputs: what a server measured, or a graph that it loaded, kept to try plugins on.
//!
//! Owns the files in `sdk/recordings/`, and how a query is answered from one of them. Refuses live data: that is
//! `inferno-telemetry`'s. A recording says where it comes from; one that was not recorded is called `synthetic-…`.

mod answer;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use inferno_insight::{Frame, Query};
use inferno_package::Kind;
use serde::Deserialize;
use serde_json::Value;

pub use answer::Unanswered;

/// The files, by name.
const FILES: &[&str] = &[
    include_str!("../../../recordings/busy.json"),
    include_str!("../../../recordings/idle.json"),
    include_str!("../../../recordings/smollm2.json"),
    include_str!("../../../recordings/synthetic-busy.json"),
    include_str!("../../../recordings/synthetic-idle.json"),
    include_str!("../../../recordings/synthetic-llama.json"),
];

/// A recorded input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recording {
    /// Its name, in kebab-case: that of its file.
    pub name: String,
    /// What one sees in it, in a sentence.
    pub description: String,
    /// Where it comes from: the server, model, machine and load; or that it was made by hand.
    pub origin: String,
    /// What it holds.
    pub input: Input,
}

/// What a recording holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Input {
    /// A window of metrics, for widgets and analyzers.
    Metrics(Metrics),
    /// A graph, for optimization passes.
    Graph(Graph),
}

/// A window of metrics with one sample a second.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metrics {
    /// One frame for each metric, all with the same times, one second apart. The values of a gauge are its samples;
    /// those of a counter and of a histogram's buckets are how much they grew in that second.
    pub frames: Vec<RecordedFrame>,
}

/// A frame, and which kind of metric it is of.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedFrame {
    /// `gauge`, `counter` or `histogram`.
    pub kind: inferno_insight::MetricKind,
    /// Its values, one a second.
    pub frame: Frame,
}

/// A graph and the hardware that it is to run on, as the contract's records in JSON.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Graph {
    /// The contract's record `graph`.
    pub graph: Value,
    /// The contract's record `target`.
    pub target: Value,
}

impl Recording {
    /// Answers a query as the server would have at the end of the window.
    ///
    /// # Errors
    /// When this is no window of metrics, the metric is not in it, or the query asks for what its kind does not have.
    pub fn answer(&self, query: &Query) -> Result<Frame, Unanswered> {
        match &self.input {
            Input::Metrics(metrics) => answer::answer(metrics, query),
            Input::Graph(_) => Err(Unanswered::Unknown { metric: query.metric.clone() }),
        }
    }
}

/// All recordings.
pub fn all() -> &'static [Recording] {
    static ALL: LazyLock<Vec<Recording>> = LazyLock::new(|| {
        let parsed = FILES.iter().map(|text| serde_json::from_str(text));
        parsed.collect::<Result<_, _>>().expect("the recordings were read by a test")
    });
    &ALL
}

/// The recordings that a plugin of that kind can be tried on.
pub fn for_kind(kind: Kind) -> impl Iterator<Item = &'static Recording> {
    all().iter().filter(move |recording| match recording.input {
        Input::Metrics(_) => matches!(kind, Kind::Widget | Kind::Analyzer),
        Input::Graph(_) => kind == Kind::OptimizationPass,
    })
}
