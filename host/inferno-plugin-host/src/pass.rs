//! An optimization pass that is a component.
//!
//! Owns the one function of the world `optimization-pass`: the graph in, the patch out and checked. A pass is called
//! while a model is loaded, before anybody waits, so it knows no turns and no back-off.

use inferno_graph::{Graph, GraphPass, PassError, PassIdentity, Patch, Target};
use inferno_package::Grants;

use crate::{
    PluginIdentity, PluginStats,
    bindings::pass::{OptimizationPassPre, PassError as GuestError},
    convert,
    fault::{Fault, Phase},
    plugin::{Answer, GuestState, Plugin, internal},
};

/// A component of the world `optimization-pass`, ready to be called.
pub struct OptimizationPass {
    plugin: Plugin,
    pre: OptimizationPassPre<GuestState>,
    // What `plugin` says too, in the words of the graph.
    identity: PassIdentity,
}

impl OptimizationPass {
    pub(crate) fn new(plugin: Plugin, pre: OptimizationPassPre<GuestState>) -> Self {
        let identity = plugin.identity().into();
        Self { plugin, pre, identity }
    }

    /// Who it is.
    pub fn plugin(&self) -> &PluginIdentity {
        self.plugin.identity()
    }

    /// Figures of this plugin, all its loads together.
    pub fn stats(&self) -> PluginStats {
        self.plugin.stats()
    }

    /// What it may do beyond computing.
    pub fn grants(&self) -> &Grants {
        self.plugin.grants()
    }

    fn patch(&self, graph: &Graph, target: &Target) -> Result<Answer<Patch>, Fault> {
        self.plugin.call(|store| {
            let sent = convert::to_wit::graph(graph)?;
            let target = convert::to_wit::target(target);
            let guest =
                self.pre.instantiate(&mut *store).map_err(self.plugin.classify(Phase::Instantiate))?;
            let answer = guest
                .inferno_plugin_pass()
                .call_apply(store, &sent, &target)
                .map_err(self.plugin.classify(Phase::Call))?;
            match answer {
                Ok(patch) => {
                    let limits = &self.plugin.runtime().config.patch;
                    Ok(Answer::Given(convert::from_wit::patch(patch, graph, limits)?))
                }
                Err(GuestError::Unsupported(reason)) => Ok(Answer::declined(&reason)),
                Err(GuestError::Internal(reason)) => Err(internal(&reason)),
            }
        })
    }
}

impl GraphPass for OptimizationPass {
    fn identity(&self) -> &PassIdentity {
        &self.identity
    }

    fn propose(&mut self, graph: &Graph, target: &Target) -> Result<Patch, PassError> {
        match self.patch(graph, target) {
            Ok(Answer::Given(patch)) => Ok(patch),
            Ok(Answer::Declined(reason)) => Err(PassError::Declined { reason }),
            Err(Fault::Guest(fault)) => Err(PassError::Guest(Box::new(fault))),
            Err(Fault::Host(fault)) => Err(PassError::Host(Box::new(fault))),
        }
    }
}

impl std::fmt::Debug for OptimizationPass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OptimizationPass").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}
