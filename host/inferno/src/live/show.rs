//! The roster as the API shows it, and the switches on it.

use std::sync::PoisonError;

use inferno_http::{
    api::{
        plugins::{PluginFigures, PluginInfo, PluginState, Suspension},
        widgets::WidgetInfo,
    },
    seam::{Plugins, Problem},
};
use inferno_insight::{Frame, Query, Theme, View, Viewport};
use inferno_package::{Grants, PackageRef};
use inferno_plugin_host::{Health, PluginStats};

use super::{
    entry::{Entry, Part},
    problem,
    roster::Roster,
};
use crate::assemble::installed::RefusedComponent;

/// What is removed by the marketplace, so that the lock file changes in one place.
pub(crate) type Remove = Box<dyn Fn(&PackageRef) -> Result<(), Problem> + Send + Sync>;

impl Roster {
    /// A component as it is now.
    pub(super) fn info(&self, entry: &Entry) -> PluginInfo {
        let component = &entry.accepted.component;
        let grants = Grants::intersect(component.requests(), &entry.accepted.operator);
        let on = self.is_on(entry);
        let (stats, health) = match &entry.part {
            Part::Pass => (self.pass_stats(entry), Health::Active),
            Part::Widget(widget) => (widget.stats(), widget.health()),
            Part::Analyzer(analyzer) => (analyzer.stats(), analyzer.health()),
        };
        let fault = entry.last_fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        PluginInfo {
            name: component.name().to_string(),
            version: Some(component.version().clone()),
            kind: Some(component.kind()),
            digest: Some(component.digest()),
            signer: Some(component.signer().name().to_owned()),
            description: entry.accepted.manifest.description().to_owned(),
            requested: component.requests().iter().map(ToString::to_string).collect(),
            granted: grants.allowed().map(ToString::to_string).collect(),
            state: if on { state(health, fault.clone()) } else { PluginState::Disabled },
            needs_restart: matches!(entry.part, Part::Pass) && self.ran(entry) != on,
            stats: figures(&stats, fault),
        }
    }

    fn pass_stats(&self, entry: &Entry) -> PluginStats {
        let component = &entry.accepted.component;
        let same = |digest, name: &PackageRef| digest == component.digest() && name == component.name();
        let mut reports = self.setting.host.reports().into_iter();
        reports.find(|r| same(r.plugin.digest, &r.plugin.name)).map(|report| report.stats).unwrap_or_default()
    }
}

/// The installed components, as the API asks for them.
pub(crate) struct Shown {
    pub(crate) roster: std::sync::Arc<Roster>,
    pub(crate) remove: Remove,
}

impl Plugins for Shown {
    fn list(&self) -> Vec<PluginInfo> {
        let mut all: Vec<_> = self.roster.entries().iter().map(|entry| self.roster.info(entry)).collect();
        all.extend(self.roster.refused().into_iter().map(refused));
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    fn set_enabled(&self, name: &PackageRef, enabled: bool) -> Result<PluginInfo, Problem> {
        let entry = self.roster.switch(name, enabled)?;
        Ok(self.roster.info(&entry))
    }

    fn remove(&self, name: &PackageRef) -> Result<(), Problem> {
        (self.remove)(name)
    }

    fn widgets(&self) -> Vec<WidgetInfo> {
        let entries = self.roster.entries();
        let widgets = entries.iter().filter(|e| matches!(e.part, Part::Widget(_)) && self.roster.is_on(e));
        widgets.map(|entry| widget(entry, entry.schema(&self.roster.setting.metrics))).collect()
    }

    fn queries(&self, widget: &PackageRef, settings: &str) -> Result<Vec<Query>, Problem> {
        self.roster.widget(widget)?.queries(&self.roster.setting.metrics, settings)
    }

    fn render(
        &self,
        widget: &PackageRef,
        settings: &str,
        frames: &[Frame],
        viewport: Viewport,
        theme: Theme,
    ) -> Result<View, Problem> {
        let entry = self.roster.widget(widget)?;
        entry.render(&self.roster.setting.metrics, settings, frames, (viewport, theme))
    }
}

fn widget(entry: &Entry, schema: Result<serde_json::Map<String, serde_json::Value>, Problem>) -> WidgetInfo {
    let component = &entry.accepted.component;
    let (schema, problem) = match schema {
        Ok(schema) => (schema, None),
        Err(problem) => (serde_json::Map::new(), Some(problem.to_string())),
    };
    WidgetInfo {
        name: component.name().clone(),
        version: component.version().clone(),
        digest: component.digest(),
        description: entry.accepted.manifest.description().to_owned(),
        schema,
        problem,
    }
}

fn refused(RefusedComponent { folder, reason }: RefusedComponent) -> PluginInfo {
    PluginInfo {
        name: folder,
        version: None,
        kind: None,
        digest: None,
        signer: None,
        description: String::new(),
        requested: Vec::new(),
        granted: Vec::new(),
        state: PluginState::Refused(reason),
        needs_restart: false,
        stats: PluginFigures::default(),
    }
}

fn state(health: Health, fault: Option<String>) -> PluginState {
    match health {
        Health::Active => PluginState::Active,
        Health::Suspended { retry_after } => {
            let retry_after_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
            PluginState::Suspended(Suspension { retry_after_ms, reason: fault })
        }
        Health::Quarantined => PluginState::Quarantined(fault.unwrap_or_else(problem::unknown_fault)),
    }
}

fn figures(stats: &PluginStats, last_fault: Option<String>) -> PluginFigures {
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    let called = stats.calls > 0;
    PluginFigures {
        calls: stats.calls,
        faults: stats.faults,
        denials: stats.denials,
        mean_ms: called.then(|| ms(stats.time) / stats.calls as f64),
        last_ms: stats.last.map(|usage| ms(usage.time)),
        peak_memory_bytes: called.then_some(stats.peak_memory as u64),
        last_fault,
    }
}
