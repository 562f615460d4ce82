//! One installed component and its calls, each of them counted.
//!
//! Owns what is remembered of it beside what the plugin host remembers: its schema, and how it broke last. Easily
//! confused with `assemble::installed`, which verified it and knows nothing of calls.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, Result};
use inferno_http::seam::Problem;
use inferno_insight::{Frame, Opportunity, Query, Theme, View, Viewport};
use inferno_package::PackageRef;
use inferno_plugin_host::{Analyzer, CallError, PluginHost, Widget};
use inferno_telemetry::Metrics;
use serde_json::{Map, Value};

use super::problem;
use crate::assemble::installed::{Accepted, Origin, Plugin};

/// A component that was verified and can be run.
pub(super) struct Entry {
    pub(super) accepted: Accepted,
    pub(super) part: Part,
    pub(super) last_fault: Mutex<Option<String>>,
    schema: OnceLock<Map<String, Value>>,
}

/// What it does.
pub(super) enum Part {
    /// Runs when a model is loaded.
    Pass,
    Widget(Widget),
    Analyzer(Analyzer),
}

/// An analyzer, whose calls are counted.
pub(super) struct Analyst {
    pub(super) entry: Arc<Entry>,
    pub(super) metrics: Metrics,
}

impl Entry {
    pub(super) fn new(accepted: Accepted, part: Part) -> Self {
        Self { accepted, part, last_fault: Mutex::default(), schema: OnceLock::new() }
    }

    pub(super) fn name(&self) -> &PackageRef {
        self.accepted.component.name()
    }

    /// Whether it is what was found: the same bytes with the same rights.
    pub(super) fn is(&self, found: &Accepted) -> bool {
        let (ours, theirs) = (&self.accepted.component, &found.component);
        let pinned = |origin: &Origin| match origin {
            Origin::Registry(locked) => Some(locked.grants.clone()),
            Origin::Folder(_) => None,
        };
        ours.digest() == theirs.digest()
            && ours.version() == theirs.version()
            && ours.signer().key() == theirs.signer().key()
            && pinned(&self.accepted.origin) == pinned(&found.origin)
    }

    pub(super) fn forgive(&self) {
        match &self.part {
            Part::Pass => {}
            Part::Widget(widget) => widget.enable(),
            Part::Analyzer(analyzer) => analyzer.enable(),
        }
        *self.last_fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Counts a call, and remembers a fault.
    fn counted<T>(&self, metrics: &Metrics, result: Result<T, CallError>) -> Result<T, CallError> {
        let name = self.name().to_string();
        let reason = match &result {
            Ok(_) => None,
            Err(CallError::Declined { .. }) => Some("declined"),
            Err(CallError::Guest(_)) => Some("fault"),
            Err(CallError::Input { .. }) => Some("input"),
            Err(CallError::NotGranted { .. }) => Some("not-granted"),
            Err(CallError::Suspended { .. } | CallError::Quarantined) => Some("suspended"),
            Err(_) => Some("host"),
        };
        let called = matches!(
            result,
            Ok(_) | Err(CallError::Declined { .. } | CallError::Guest(_) | CallError::NotGranted { .. })
        );
        if called {
            metrics.plugin_call(&name);
        }
        if let Some(reason) = reason {
            metrics.plugin_refusal(&name, reason);
        }
        if let Err(CallError::Guest(fault)) = &result {
            let text = format!("{:#}", anyhow::Error::new(fault.clone()));
            *self.last_fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
        result
    }

    /// A call that gave no answer; while it rests, with what brought it there.
    fn problem(&self, error: &CallError) -> Problem {
        let rests = matches!(error, CallError::Suspended { .. } | CallError::Quarantined);
        let fault = self.last_fault.lock().unwrap_or_else(PoisonError::into_inner);
        problem::call(self.name(), error, fault.as_deref().filter(|_| rests))
    }

    /// The schema of a widget's settings, asked for once.
    pub(super) fn schema(&self, metrics: &Metrics) -> Result<Map<String, Value>, Problem> {
        let Part::Widget(widget) = &self.part else { return Err(problem::no_widget(self.name())) };
        if let Some(schema) = self.schema.get() {
            return Ok(schema.clone());
        }
        let text = self.counted(metrics, widget.settings_schema()).map_err(|error| self.problem(&error))?;
        // That it is an object was checked by the host.
        let schema: Map<String, Value> = serde_json::from_str(&text)
            .context("a schema that is no object")
            .map_err(|error| problem::internal(&error))?;
        Ok(self.schema.get_or_init(|| schema).clone())
    }

    pub(super) fn queries(&self, metrics: &Metrics, settings: &str) -> Result<Vec<Query>, Problem> {
        let Part::Widget(widget) = &self.part else { return Err(problem::no_widget(self.name())) };
        let queries = self.counted(metrics, widget.queries(settings));
        queries.map_err(|error| self.problem(&error))
    }

    pub(super) fn render(
        &self,
        metrics: &Metrics,
        settings: &str,
        frames: &[Frame],
        (viewport, theme): (Viewport, Theme),
    ) -> Result<View, Problem> {
        let Part::Widget(widget) = &self.part else { return Err(problem::no_widget(self.name())) };
        let view = self.counted(metrics, widget.render(settings, frames, viewport, theme));
        view.map_err(|error| self.problem(&error))
    }
}

impl Analyst {
    pub(super) fn name(&self) -> &PackageRef {
        self.entry.name()
    }

    pub(super) fn queries(&self) -> Result<Vec<Query>, CallError> {
        self.entry.counted(&self.metrics, self.analyzer().queries())
    }

    pub(super) fn analyze(&self, frames: &[Frame]) -> Result<Vec<Opportunity>, CallError> {
        self.entry.counted(&self.metrics, self.analyzer().analyze(frames))
    }

    fn analyzer(&self) -> &Analyzer {
        match &self.entry.part {
            Part::Analyzer(analyzer) => analyzer,
            Part::Pass | Part::Widget(_) => unreachable!("only analyzers are made analysts"),
        }
    }
}

/// Compiles what was found.
pub(super) fn load(accepted: &Accepted, host: &PluginHost) -> Result<Part> {
    Ok(match accepted.load(host)? {
        // It is compiled to see that it can be, and runs when the next model is loaded.
        Plugin::Pass(_) => Part::Pass,
        Plugin::Widget(widget) => Part::Widget(widget),
        Plugin::Analyzer(analyzer) => Part::Analyzer(analyzer),
    })
}
