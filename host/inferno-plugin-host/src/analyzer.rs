//! An analyzer that is a component.
//!
//! Owns the functions of the world `analyzer`, each on a fresh instance. What it finds passed `check_opportunities`, and
//! speaks only of the metrics in the frames that it was given.

use inferno_insight::{Frame, Opportunity, Query, check_opportunities};
use inferno_package::Grants;
use wasmtime::Store;

use crate::{
    CallError, GuestFault, Health, PluginIdentity, PluginStats,
    bindings::analyzer::{Analyzer as Guest, AnalyzerPre, analysis::AnalysisError},
    convert::insight as convert,
    exchange,
    fault::{Fault, Phase},
    plugin::{Answer, GuestState, Plugin, blame, internal},
};

/// A component of the world `analyzer`, ready to be called, from several threads if need be.
///
/// Calls block: they compute, and wait for their turn where the analyzer or too many others run already.
pub struct Analyzer {
    plugin: Plugin,
    pre: AnalyzerPre<GuestState>,
}

impl Analyzer {
    pub(crate) fn new(plugin: Plugin, pre: AnalyzerPre<GuestState>) -> Self {
        Self { plugin, pre }
    }

    /// Who it is.
    pub fn identity(&self) -> &PluginIdentity {
        self.plugin.identity()
    }

    /// What it may do beyond computing.
    pub fn grants(&self) -> &Grants {
        self.plugin.grants()
    }

    /// Figures of this plugin, all its loads together.
    pub fn stats(&self) -> PluginStats {
        self.plugin.stats()
    }

    /// Whether it may be called.
    pub fn health(&self) -> Health {
        self.plugin.health()
    }

    /// Forgets its faults, so that it may be called again.
    pub fn enable(&self) {
        self.plugin.enable();
    }

    /// The data that it needs.
    ///
    /// # Errors
    /// When it asks for what it may not see, breaks, is suspended, or cannot be run.
    pub fn queries(&self) -> Result<Vec<Query>, CallError> {
        let queries = self.plugin.call_beside(self.plugin.limits(), |store| {
            let guest = self.guest(store)?;
            let queries = guest
                .inferno_plugin_analysis()
                .call_queries(store)
                .map_err(blame(Phase::Call, self.plugin.limits()))?;
            let queries = convert::queries(queries);
            Ok(Answer::Given(exchange::queries(queries, self.plugin.grants(), self.plugin.input_limits())?))
        })?;
        self.plugin.granted(queries.iter().map(|query| query.metric.as_str()))?;
        Ok(queries)
    }

    /// Looks for opportunities in the answers to its queries, in their order.
    ///
    /// # Errors
    /// When it declines, finds what is no opportunity or speaks of other metrics, breaks, is suspended, or cannot be
    /// run; and when a frame is of a metric that it may not see.
    pub fn analyze(&self, frames: &[Frame]) -> Result<Vec<Opportunity>, CallError> {
        exchange::frames(frames, self.plugin.input_limits())?;
        self.plugin.granted(frames.iter().map(|frame| frame.metric.as_str()))?;
        self.plugin.call_beside(self.plugin.limits(), |store| {
            let sent = convert::frames(frames);
            let guest = self.guest(store)?;
            let found = guest
                .inferno_plugin_analysis()
                .call_analyze(store, &sent)
                .map_err(blame(Phase::Call, self.plugin.limits()))?;
            match found {
                Ok(found) => {
                    let found = convert::opportunities(found);
                    let asked: Vec<_> = frames.iter().map(|frame| frame.metric.clone()).collect();
                    check_opportunities(&found, &asked).map_err(GuestFault::Opportunities)?;
                    Ok(Answer::Given(found))
                }
                Err(AnalysisError::Data(reason)) => Ok(Answer::declined(&reason)),
                Err(AnalysisError::Internal(reason)) => Err(internal(&reason)),
            }
        })
    }

    fn guest(&self, store: &mut Store<GuestState>) -> Result<Guest, Fault> {
        self.pre.instantiate(store).map_err(blame(Phase::Instantiate, self.plugin.limits()))
    }
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analyzer").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}
