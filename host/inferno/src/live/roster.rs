//! Which components are loaded, and which of them may be called.
//!
//! What is installed is `inferno.lock` and the folder of plugins; this is what became of it in this process. A change is
//! brought about there first and then taken over by [`Roster::refresh`], whoever made it, so the two cannot drift apart.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard},
    time::SystemTime,
};

use anyhow::Result;
use inferno_http::seam::Problem;
use inferno_package::{Kind, OperatorGrants, PackageRef};
use inferno_plugin_host::{PluginHost, PluginIdentity};
use inferno_store::Store;
use inferno_telemetry::Metrics;
use inferno_trust::Policy;
use tokio::runtime::Handle;

use super::{
    entry::{Analyst, Entry, Part, load},
    problem,
};
use crate::{
    assemble::installed::{self, Loaded, RefusedComponent},
    home::Home,
};

/// What a roster stands on.
pub(crate) struct Setting {
    pub(crate) home: Home,
    pub(crate) policy: Policy,
    /// What the configuration grants to components that were put in place by hand.
    pub(crate) operator: OperatorGrants,
    pub(crate) host: PluginHost,
    pub(crate) metrics: Metrics,
    pub(crate) store: Store,
    pub(crate) runtime: Handle,
}

/// The loaded components of a server.
pub(crate) struct Roster {
    pub(super) setting: Setting,
    // Read for every call, written when something is installed, removed or switched; never held during a call.
    state: RwLock<State>,
    /// Held while what is installed is taken over, so that an older state never replaces a newer one.
    changing: Mutex<()>,
    seen: Mutex<Option<Stamp>>,
    /// The passes that had their say when the model was loaded.
    ran: BTreeSet<PluginIdentity>,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<PackageRef, Arc<Entry>>,
    refused: Vec<RefusedComponent>,
    off: BTreeSet<String>,
}

/// When the lock file was last changed, and its length.
type Stamp = Option<(SystemTime, u64)>;

impl Roster {
    /// A roster of what was loaded at the start. `off` names the packages that are switched off, `ran` the passes that
    /// had their say.
    pub(crate) fn new(
        setting: Setting,
        loaded: Loaded,
        off: BTreeSet<String>,
        ran: BTreeSet<PluginIdentity>,
    ) -> Self {
        let Loaded { widgets, analyzers, accepted, refused, .. } = loaded;
        let mut parts: BTreeMap<PackageRef, Part> = BTreeMap::new();
        parts.extend(widgets.into_iter().map(|w| (w.identity().name.clone(), Part::Widget(w))));
        parts.extend(analyzers.into_iter().map(|a| (a.identity().name.clone(), Part::Analyzer(a))));
        let mut entries = BTreeMap::new();
        for accepted in accepted {
            let name = accepted.component.name().clone();
            let part = match accepted.component.kind() {
                Kind::OptimizationPass => Some(Part::Pass),
                _ => parts.remove(&name),
            };
            // What could not be loaded is among the refused.
            if let Some(part) = part {
                entries.insert(name, Arc::new(Entry::new(accepted, part)));
            }
        }
        let seen = Mutex::new(Some(stamp(&setting.home)));
        let state = RwLock::new(State { entries, refused, off });
        Self { setting, state, changing: Mutex::default(), seen, ran }
    }

    /// [`refresh`](Self::refresh) when somebody else changed the lock file. A failure is tried again when it changes
    /// again.
    pub(crate) fn notice_changes(&self) {
        let now = stamp(&self.setting.home);
        let changed = self.seen.lock().unwrap_or_else(PoisonError::into_inner).replace(now) != Some(now);
        if changed && let Err(error) = self.refresh() {
            tracing::error!(error = format!("{error:#}"), "what is installed could not be read");
        }
    }

    /// Takes over what is installed now. What is unchanged goes on as it is.
    pub(super) fn refresh(&self) -> Result<()> {
        let _change = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let Setting { home, policy, operator, host, .. } = &self.setting;
        let found = installed::find(home, policy, operator)?;
        let known = self.read().entries.clone();
        let (mut entries, mut refused) = (BTreeMap::new(), found.refused);
        for accepted in found.accepted {
            let name = accepted.component.name().clone();
            match known.get(&name).filter(|entry| entry.is(&accepted)) {
                Some(entry) => {
                    entries.insert(name, Arc::clone(entry));
                }
                None => match load(&accepted, host) {
                    Ok(part) => {
                        entries.insert(name, Arc::new(Entry::new(accepted, part)));
                    }
                    Err(error) => {
                        let (folder, reason) = (accepted.origin.to_string(), format!("{error:#}"));
                        tracing::warn!(folder, reason, "a component is refused");
                        refused.push(RefusedComponent { folder, reason });
                    }
                },
            }
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        (state.entries, state.refused) = (entries, refused);
        Ok(())
    }

    /// Switches a package on or off, for good.
    pub(super) fn switch(&self, name: &PackageRef, enabled: bool) -> Result<Arc<Entry>, Problem> {
        let entry = self.entry(name)?;
        self.keep_switch(name, enabled)?;
        if enabled {
            entry.forgive();
        }
        Ok(entry)
    }

    /// Keeps a switch, whether the package is installed or not.
    pub(super) fn keep_switch(&self, name: &PackageRef, enabled: bool) -> Result<(), Problem> {
        let Setting { store, runtime, .. } = &self.setting;
        let text = name.to_string();
        runtime.block_on(store.set_enabled(&text, enabled)).map_err(|error| problem::store(&error))?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if enabled {
            state.off.remove(&text)
        } else {
            state.off.insert(text)
        };
        Ok(())
    }

    /// What is installed under that name.
    pub(super) fn entry(&self, name: &PackageRef) -> Result<Arc<Entry>, Problem> {
        self.read().entries.get(name).cloned().ok_or_else(|| problem::not_installed(name))
    }

    pub(super) fn entries(&self) -> Vec<Arc<Entry>> {
        self.read().entries.values().cloned().collect()
    }

    pub(super) fn refused(&self) -> Vec<RefusedComponent> {
        self.read().refused.clone()
    }

    pub(super) fn is_on(&self, entry: &Entry) -> bool {
        !self.read().off.contains(&entry.name().to_string())
    }

    /// Whether a pass had its say when the model was loaded.
    pub(super) fn ran(&self, entry: &Entry) -> bool {
        let component = &entry.accepted.component;
        self.ran.iter().any(|pass| {
            (&pass.name, &pass.version, pass.digest)
                == (component.name(), component.version(), component.digest())
        })
    }

    /// The analyzers that are switched on.
    pub(super) fn analyzers(&self) -> Vec<Analyst> {
        let state = self.read();
        let on = state.entries.values().filter(|entry| {
            matches!(entry.part, Part::Analyzer(_)) && !state.off.contains(&entry.name().to_string())
        });
        let metrics = &self.setting.metrics;
        on.map(|entry| Analyst { entry: Arc::clone(entry), metrics: metrics.clone() }).collect()
    }

    /// A widget that is switched on.
    pub(super) fn widget(&self, name: &PackageRef) -> Result<Arc<Entry>, Problem> {
        let entry = self.entry(name)?;
        if !matches!(entry.part, Part::Widget(_)) {
            return Err(problem::no_widget(name));
        }
        if !self.is_on(&entry) {
            return Err(problem::switched_off(name));
        }
        Ok(entry)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamp(home: &Home) -> Stamp {
    let file = fs::metadata(home.lock()).ok()?;
    Some((file.modified().ok()?, file.len()))
}
