//! An optimization pass that is a component.
//!
//! Owns one call: a fresh store with its limits, the graph in, the patch out and checked, the figures recorded.
//! Nothing survives a call, whether it ends well or in a trap, so no call sees what an earlier one left behind.

use std::{sync::Arc, time::Instant};

use inferno_graph::{Graph, GraphPass, PassError, PassIdentity, Patch, Target};
use inferno_package::{Capability, Grants};
use wasmtime::Store;

use crate::{
    GuestFault, PluginStats, Usage,
    bindings::{OptimizationPassPre, PassError as GuestError},
    convert,
    fault::{Fault, Phase, classify},
    host::Runtime,
    log::GuestLog,
    meter::Meter,
    stats::{Counters, Outcome},
    text, ticker,
};

/// The most bytes of a guest's own explanation that are kept.
const REASON_BYTES: usize = 300;

/// What the host keeps for one running guest.
pub(crate) struct GuestState {
    meter: Meter,
    pub(crate) log: GuestLog,
}

/// A component of the world `optimization-pass`, ready to be called.
pub struct OptimizationPass {
    runtime: Arc<Runtime>,
    pre: OptimizationPassPre<GuestState>,
    identity: PassIdentity,
    grants: Grants,
    counters: Arc<Counters>,
}

impl OptimizationPass {
    pub(crate) fn new(
        runtime: Arc<Runtime>,
        pre: OptimizationPassPre<GuestState>,
        identity: PassIdentity,
        grants: Grants,
        counters: Arc<Counters>,
    ) -> Self {
        Self { runtime, pre, identity, grants, counters }
    }

    /// Figures of this plugin, all its loads together.
    pub fn stats(&self) -> PluginStats {
        self.counters.snapshot()
    }

    /// What it may do beyond computing.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    fn store(&self) -> Result<Store<GuestState>, Fault> {
        let limits = &self.runtime.limits;
        let log = GuestLog::new(self.identity.clone(), self.grants.allows(&Capability::Log), &limits.log);
        let mut store = Store::new(&self.runtime.engine, GuestState { meter: Meter::new(&limits.run), log });
        store.limiter(|state| &mut state.meter);
        store.set_hostcall_fuel(limits.run.transfer_bytes);
        store.set_epoch_deadline(ticker::epochs(limits.run.wall_time));
        store.set_fuel(limits.run.fuel).map_err(|error| classify(&error, Phase::Instantiate, &limits.run))?;
        Ok(store)
    }

    fn call(&self, store: &mut Store<GuestState>, graph: &Graph, target: &Target) -> Result<Answer, Fault> {
        let limits = &self.runtime.limits;
        let sent = convert::to_wit::graph(graph)?;
        let target = convert::to_wit::target(target);
        let guest = self
            .pre
            .instantiate(&mut *store)
            .map_err(|error| classify(&error, Phase::Instantiate, &limits.run))?;
        let answer = guest
            .inferno_plugin_pass()
            .call_apply(store, &sent, &target)
            .map_err(|error| classify(&error, Phase::Call, &limits.run))?;
        match answer {
            Ok(patch) => Ok(Answer::Patch(convert::from_wit::patch(patch, graph, &limits.patch)?)),
            Err(GuestError::Unsupported(reason)) => Ok(Answer::Declined(text::clean(&reason, REASON_BYTES))),
            Err(GuestError::Internal(reason)) => {
                Err(GuestFault::Internal { reason: text::clean(&reason, REASON_BYTES) }.into())
            }
        }
    }
}

/// What a guest that did not break says.
enum Answer {
    Patch(Patch),
    Declined(String),
}

impl GraphPass for OptimizationPass {
    fn identity(&self) -> &PassIdentity {
        &self.identity
    }

    fn propose(&mut self, graph: &Graph, target: &Target) -> Result<Patch, PassError> {
        let _timed = self.runtime.ticker.run();
        let started = Instant::now();
        let mut store = self.store().map_err(error)?;
        let answer = self.call(&mut store, graph, target);
        let fuel_left = store.get_fuel().unwrap_or(0);
        let GuestState { meter, log } = store.into_data();
        let usage = Usage {
            time: started.elapsed(),
            fuel: self.runtime.limits.run.fuel.saturating_sub(fuel_left),
            peak_memory: meter.peak(),
        };
        let outcome = match &answer {
            Ok(Answer::Patch(_)) => Outcome::Patch,
            Ok(Answer::Declined(_)) => Outcome::Declined,
            Err(Fault::Guest(_)) => Outcome::GuestFault,
            Err(Fault::Host(_)) => Outcome::HostFault,
        };
        self.counters.record(outcome, usage, log.finish());
        match answer {
            Ok(Answer::Patch(patch)) => Ok(patch),
            Ok(Answer::Declined(reason)) => Err(PassError::Declined { reason }),
            Err(fault) => Err(error(fault)),
        }
    }
}

fn error(fault: Fault) -> PassError {
    match fault {
        Fault::Guest(fault) => PassError::Guest(Box::new(fault)),
        Fault::Host(fault) => PassError::Host(Box::new(fault)),
    }
}

impl std::fmt::Debug for OptimizationPass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OptimizationPass")
            .field("identity", &self.identity)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}
