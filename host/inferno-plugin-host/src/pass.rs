//! An optimization pass that is a component.
//!
//! Owns the one function of the world `optimization-pass`: the graph in, the patch out and checked. A pass is called
//! while a model is loaded, before anybody waits, so it knows no turns and no back-off.

use inferno_graph::{Graph, GraphPass, PassError, PassIdentity, Patch, Target};
use inferno_package::Grants;

use serde_json::Value;

use crate::{
    CallError, Health, PluginIdentity, PluginStats,
    bindings::pass::{OptimizationPassPre, PassError as GuestError},
    convert,
    fault::{Fault, Phase},
    json::{graph_json, target_json},
    plugin::{Answer, GuestState, Plugin, blame, internal},
    trial,
    world::World,
};

/// A component of the world `optimization-pass`, ready to be called.
pub struct OptimizationPass {
    plugin: Plugin,
    pre: OptimizationPassPre<GuestState>,
    world: World,
    // What `plugin` says too, in the words of the graph.
    identity: PassIdentity,
}

impl OptimizationPass {
    pub(crate) fn new(plugin: Plugin, pre: OptimizationPassPre<GuestState>, world: World) -> Self {
        let identity = plugin.identity().into();
        Self { plugin, pre, world, identity }
    }

    /// Who it is.
    pub fn plugin(&self) -> &PluginIdentity {
        self.plugin.identity()
    }

    /// Figures of this plugin, all its loads together.
    pub fn stats(&self) -> PluginStats {
        self.plugin.stats()
    }

    /// Whether it may be tried out; loading a model asks it in any case.
    pub fn health(&self) -> Health {
        self.plugin.health()
    }

    /// Forgets its faults, so that it may be tried out again.
    pub fn enable(&self) {
        self.plugin.enable();
    }

    /// What it may do beyond computing.
    pub fn grants(&self) -> &Grants {
        self.plugin.grants()
    }

    /// Runs it on a graph and a target that are given as JSON, the way a browser would, and returns its patch as JSON.
    ///
    /// For trying a pass out beside streams, under [`HostConfig::trial_pass`](crate::HostConfig::trial_pass): the graph
    /// need not be a good one, and nobody asks whether the patch is.
    ///
    /// # Errors
    /// When the JSON is not what the contract says, or the pass declines, breaks, is suspended, or cannot be run.
    pub fn apply_json(&self, graph: &Value, target: &Value) -> Result<Value, CallError> {
        trial::apply(&self.plugin, self.pre.instance_pre(), self.world, graph, target)
    }

    /// [`Self::apply_json`] for a graph that the host has.
    ///
    /// # Errors
    /// As there, and when the contract cannot express the graph.
    pub fn propose_json(&self, graph: &Graph, target: &Target) -> Result<Value, CallError> {
        self.apply_json(&graph_json(graph).map_err(CallError::Host)?, &target_json(target))
    }

    fn patch(&self, graph: &Graph, target: &Target) -> Result<Answer<Patch>, Fault> {
        self.plugin.call(self.plugin.limits(), |store| {
            let sent = convert::to_wit::graph(graph)?;
            let target = convert::to_wit::target(target);
            let guest =
                self.pre.instantiate(&mut *store).map_err(blame(Phase::Instantiate, self.plugin.limits()))?;
            let answer = guest
                .inferno_plugin_pass()
                .call_apply(store, &sent, &target)
                .map_err(blame(Phase::Call, self.plugin.limits()))?;
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
