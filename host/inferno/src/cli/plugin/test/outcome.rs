//! One call of a plugin on one recording.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use inferno_insight::{Frame, Query, Theme, Viewport};
use inferno_package::{Kind, OperatorGrants};
use inferno_plugin_build::recordings::{Input, Recording};
use inferno_plugin_host::{Analyzer, CallError, OptimizationPass, PluginHost, Widget};
use inferno_trust::{Component, Verified};
use serde_json::{Value, json};

use super::summary;

/// The space that a widget is given.
const VIEWPORT: Viewport = Viewport { width: 480, height: 270 };

/// A loaded plugin.
pub(super) enum Subject {
    Pass(OptimizationPass),
    Widget(Widget),
    Analyzer(Analyzer),
}

/// What came out.
pub(super) struct Outcome {
    /// For people.
    pub(super) summary: String,
    /// For comparing.
    pub(super) output: Value,
}

impl Subject {
    /// Compiles a component.
    pub(super) fn load(
        host: &PluginHost,
        component: &Verified<Component>,
        operator: &OperatorGrants,
    ) -> Result<Self> {
        Ok(match component.kind() {
            Kind::OptimizationPass => Self::Pass(host.load_pass(component, operator)?),
            Kind::Widget => Self::Widget(host.load_widget(component, operator)?),
            Kind::Analyzer => Self::Analyzer(host.load_analyzer(component, operator)?),
            kind => bail!("a plugin of the kind {kind} cannot be tried yet"),
        })
    }

    /// Runs it. That it declines is an outcome; that it breaks is an error.
    pub(super) fn run(&self, recording: &Recording, settings: &str) -> Result<Outcome> {
        let start = Instant::now();
        let told = match self {
            Self::Widget(widget) => draw(widget, recording, settings),
            Self::Analyzer(analyzer) => look(analyzer, recording),
            Self::Pass(pass) => optimize(pass, recording),
        };
        let mut outcome = match told {
            Ok(outcome) => outcome,
            Err(error) => match error.downcast_ref() {
                Some(CallError::Declined { reason }) => Outcome {
                    summary: format!("  declined: {reason}\n"),
                    output: json!({ "declined": reason }),
                },
                _ => return Err(error.context(format!("it broke on {}", recording.name))),
            },
        };
        outcome.summary += &format!("  took {:.1} ms\n", start.elapsed().as_secs_f64() * 1e3);
        Ok(outcome)
    }
}

fn draw(widget: &Widget, recording: &Recording, settings: &str) -> Result<Outcome> {
    let schema = widget.settings_schema()?;
    let schema: Value =
        serde_json::from_str(&schema).context("its settings are described by no JSON Schema")?;
    let queries = widget.queries(settings)?;
    let frames = answers(recording, &queries)?;
    let view = widget.render(settings, &frames, VIEWPORT, Theme::Dark)?;
    Ok(Outcome {
        summary: summary::asked(&queries) + &summary::view(&view),
        output: json!({ "settingsSchema": schema, "queries": queries, "view": view }),
    })
}

fn look(analyzer: &Analyzer, recording: &Recording) -> Result<Outcome> {
    let queries = analyzer.queries()?;
    let found = analyzer.analyze(&answers(recording, &queries)?)?;
    Ok(Outcome {
        summary: summary::asked(&queries) + &summary::opportunities(&found),
        output: json!({ "queries": queries, "opportunities": found }),
    })
}

fn optimize(pass: &OptimizationPass, recording: &Recording) -> Result<Outcome> {
    let Input::Graph(input) = &recording.input else {
        bail!("{} is no graph", recording.name);
    };
    let patch = pass.apply_json(&input.graph, &input.target)?;
    Ok(Outcome { summary: summary::patch(&patch), output: json!({ "patch": patch }) })
}

fn answers(recording: &Recording, queries: &[Query]) -> Result<Vec<Frame>> {
    let answer = |query: &Query| {
        recording.answer(query).with_context(|| format!("{} cannot answer its queries", recording.name))
    };
    queries.iter().map(answer).collect()
}
