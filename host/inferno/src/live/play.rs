//! The playground: one call of a signed component, so that a browser's result can be held against it.
//!
//! It has a plugin host of its own: what somebody tries out here is counted for nobody, and cannot bring a widget of the
//! board into quarantine. Nothing unsigned runs here either.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use inferno_http::seam::{Input, Played, Playground, Problem, ProblemKind, Toy};
use inferno_package::{Kind, OperatorGrants, PackageRef, Version};
use inferno_plugin_host::{Analyzer, CallError, LoadError, OptimizationPass, PluginHost, Widget};
use inferno_trust::{Component, Verified};
use inferno_types::Digest;
use serde::Serialize;
use serde_json::Value;

use super::{Roster, problem};
use crate::packages::Packages;

/// How many components stay compiled.
const KEPT: usize = 4;

/// Components that are tried out.
pub(crate) struct Toys {
    host: PluginHost,
    packages: Arc<Packages>,
    roster: Arc<Roster>,
    /// The last ones, newest first.
    kept: Mutex<VecDeque<(Key, Arc<Loaded>)>>,
}

type Key = (PackageRef, Version, Digest);

enum Loaded {
    Pass(OptimizationPass),
    Widget(Widget),
    Analyzer(Analyzer),
}

struct Ready {
    name: PackageRef,
    loaded: Arc<Loaded>,
}

impl Toys {
    /// A playground with packages of this registry and of this installation.
    pub(crate) fn new(host: PluginHost, packages: Arc<Packages>, roster: Arc<Roster>) -> Self {
        Self { host, packages, roster, kept: Mutex::default() }
    }

    fn verified(&self, name: &PackageRef, version: &Version) -> Result<Verified<Component>, Problem> {
        if let Ok(entry) = self.roster.entry(name)
            && entry.accepted.component.version() == version
        {
            return Ok(entry.accepted.component.clone());
        }
        self.packages.fetch_verified(name, version).map_err(|error| problem::install(&error))
    }

    fn load(&self, component: &Verified<Component>) -> Result<Loaded, LoadError> {
        // Whoever asks brings the data, so it may see all of it; there is nobody to read its log.
        let operator = OperatorGrants::none().with_all_metrics();
        Ok(match component.kind() {
            Kind::Widget => Loaded::Widget(self.host.load_widget(component, &operator)?),
            Kind::Analyzer => Loaded::Analyzer(self.host.load_analyzer(component, &operator)?),
            _ => Loaded::Pass(self.host.load_pass(component, &operator)?),
        })
    }
}

impl Playground for Toys {
    fn prepare(
        &self,
        name: &PackageRef,
        version: &Version,
        digest: &Digest,
    ) -> Result<Box<dyn Toy>, Problem> {
        let key = (name.clone(), version.clone(), *digest);
        let kept = |kept: &VecDeque<(Key, Arc<Loaded>)>| {
            kept.iter().find(|(known, _)| *known == key).map(|(_, loaded)| Arc::clone(loaded))
        };
        let ready = |loaded| Ok(Box::new(Ready { name: name.clone(), loaded }) as Box<dyn Toy>);
        if let Some(loaded) = kept(&self.kept.lock().unwrap_or_else(PoisonError::into_inner)) {
            return ready(loaded);
        }
        let component = self.verified(name, version)?;
        if component.digest() != *digest {
            let message = format!(
                "{name} {version} has the digest {}, not {digest}. Load the component again.",
                component.digest()
            );
            return Err(Problem::new(ProblemKind::Conflict, "digest_differs", message));
        }
        let loaded = self.load(&component).map_err(|error| {
            let message = format!("{name} {version} cannot be run: {:#}.", anyhow::Error::new(error));
            Problem::new(ProblemKind::Refused, "unusable", message)
        })?;
        let loaded = Arc::new(loaded);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((key, Arc::clone(&loaded)));
        kept.truncate(KEPT);
        ready(loaded)
    }
}

impl Toy for Ready {
    fn run(&self, input: Input) -> Result<Played, Problem> {
        // Each run was asked for by a person, who may see it break as often as they like: hence `enable`.
        match (&*self.loaded, input) {
            (Loaded::Widget(widget), Input::Widget { settings, frames, viewport, theme }) => {
                widget.enable();
                self.timed(|| widget.render(&settings, &frames, viewport, theme))
            }
            (Loaded::Analyzer(analyzer), Input::Analyzer { frames }) => {
                analyzer.enable();
                self.timed(|| analyzer.analyze(&frames))
            }
            (Loaded::Pass(pass), Input::OptimizationPass { graph, target }) => {
                let (graph, target) = (json(&graph)?, json(&target)?);
                pass.enable();
                self.timed(|| pass.apply_json(&graph, &target))
            }
            _ => {
                let message =
                    format!("{} is of another kind than its input. Give it what its kind takes.", self.name);
                Err(Problem::new(ProblemKind::Invalid, "other_kind", message))
            }
        }
    }
}

impl Ready {
    fn timed<T: Serialize>(&self, call: impl FnOnce() -> Result<T, CallError>) -> Result<Played, Problem> {
        let started = Instant::now();
        let answer = call();
        let elapsed = started.elapsed();
        let output = json(&answer.map_err(|error| problem::call(&self.name, &error, None))?)?;
        Ok(Played { output, elapsed })
    }
}

fn json<T: Serialize>(value: &T) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(|error| problem::internal(&anyhow::Error::new(error)))
}
