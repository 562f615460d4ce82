//! One call of any plugin: a fresh store with its limits, the body of the call, the figures recorded.
//!
//! Nothing survives a call, whether it ends well or in a trap, so no call sees what an earlier one left behind. Owns
//! what the kinds have in common, and for those that run beside a stream the turns they take and the back-off after
//! faults. Easily confused with the kinds themselves, which know what is called and what the answer means.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use inferno_package::{Capability, Grants, Kind};
use wasmtime::Store;

use crate::{
    BackoffRule, CallError, GuestFault, Health, HostFault, InputLimits, Limits, PluginIdentity, PluginStats,
    Usage,
    backoff::Backoff,
    fault::{Fault, Phase, classify},
    gate::Gate,
    host::Runtime,
    log::GuestLog,
    meter::Meter,
    stats::{Counters, Outcome},
    text, ticker,
};

/// The most bytes of a guest's own explanation that are kept.
const REASON_BYTES: usize = 300;
/// The most bytes of the name of a metric that an error repeats.
const NAME_BYTES: usize = 128;

/// What the host keeps for one running guest.
pub(crate) struct GuestState {
    meter: Meter,
    pub(crate) log: GuestLog,
}

/// What is known of a plugin from one load to the next, as long as the host lives.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) plugin: PluginIdentity,
    pub(crate) kind: Kind,
    pub(crate) counters: Counters,
    /// Its calls beside a stream run one after the other, so that what loops takes one core and not all.
    turn: Gate,
    backoff: Mutex<Backoff>,
}

impl Record {
    pub(crate) fn new(plugin: PluginIdentity, kind: Kind) -> Self {
        Self { plugin, kind, counters: Counters::default(), turn: Gate::new(1), backoff: Mutex::default() }
    }

    fn with_backoff<T>(&self, change: impl FnOnce(&mut Backoff) -> T) -> T {
        change(&mut self.backoff.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A loaded plugin of any kind.
#[derive(Debug)]
pub(crate) struct Plugin {
    runtime: Arc<Runtime>,
    record: Arc<Record>,
    grants: Grants,
}

/// What a guest that did not break says.
pub(crate) enum Answer<T> {
    /// What it was asked for.
    Given(T),
    /// That it cannot treat what it was given.
    Declined(String),
}

impl<T> Answer<T> {
    /// The guest's own explanation, made fit to be shown.
    pub(crate) fn declined(reason: &str) -> Self {
        Self::Declined(text::clean(reason, REASON_BYTES))
    }
}

/// The fault of a guest that says so itself.
pub(crate) fn internal(reason: &str) -> Fault {
    GuestFault::Internal { reason: text::clean(reason, REASON_BYTES) }.into()
}

impl Plugin {
    pub(crate) fn new(runtime: Arc<Runtime>, record: Arc<Record>, grants: Grants) -> Self {
        Self { runtime, record, grants }
    }

    pub(crate) fn identity(&self) -> &PluginIdentity {
        &self.record.plugin
    }

    pub(crate) fn grants(&self) -> &Grants {
        &self.grants
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn stats(&self) -> PluginStats {
        self.record.counters.snapshot()
    }

    pub(crate) fn health(&self) -> Health {
        self.record.with_backoff(|backoff| backoff.health(self.rule(), self.now()))
    }

    pub(crate) fn enable(&self) {
        self.record.with_backoff(|backoff| *backoff = Backoff::default());
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.runtime.limits(self.record.kind)
    }

    pub(crate) fn input_limits(&self) -> &InputLimits {
        &self.runtime.config.input
    }

    /// Calls the guest on a fresh store, and counts.
    pub(crate) fn call<T>(
        &self,
        limits: &Limits,
        body: impl FnOnce(&mut Store<GuestState>) -> Result<Answer<T>, Fault>,
    ) -> Result<Answer<T>, Fault> {
        let _timed = self.runtime.ticker.run();
        let started = Instant::now();
        let mut store = self.store(limits)?;
        let answer = body(&mut store);
        let fuel_left = store.get_fuel().unwrap_or(0);
        let GuestState { meter, log } = store.into_data();
        let usage = Usage {
            time: started.elapsed(),
            fuel: limits.run.fuel.saturating_sub(fuel_left),
            peak_memory: meter.peak(),
        };
        let outcome = match &answer {
            Ok(Answer::Given(_)) => Outcome::Answered,
            Ok(Answer::Declined(_)) => Outcome::Declined,
            Err(Fault::Guest(_)) => Outcome::GuestFault,
            Err(Fault::Host(_)) => Outcome::HostFault,
        };
        self.record.counters.record(outcome, usage, log.finish());
        answer
    }

    /// The same beside a stream: in turn, few at a time, and not at all while it is suspended.
    pub(crate) fn call_beside<T>(
        &self,
        limits: &Limits,
        body: impl FnOnce(&mut Store<GuestState>) -> Result<Answer<T>, Fault>,
    ) -> Result<T, CallError> {
        self.health().admit()?;
        let busy = || CallError::Host(HostFault::Busy);
        let patience = self.runtime.config.patience;
        let _turn = self.record.turn.enter(patience).ok_or_else(busy)?;
        // While it waited, those before it may have broken.
        self.health().admit()?;
        let _place = self.runtime.beside.enter(patience).ok_or_else(busy)?;
        let answer = self.call(limits, body);
        let now = self.now();
        match &answer {
            Ok(_) => self.record.with_backoff(|backoff| backoff.success(self.rule())),
            Err(Fault::Guest(fault)) => self.broke(fault, now),
            Err(Fault::Host(_)) => {}
        }
        match answer {
            Ok(Answer::Given(value)) => Ok(value),
            Ok(Answer::Declined(reason)) => Err(CallError::Declined { reason }),
            Err(Fault::Guest(fault)) => Err(CallError::Guest(fault)),
            Err(Fault::Host(fault)) => Err(CallError::Host(fault)),
        }
    }

    /// The first metric that is not granted, as an error; counts it.
    pub(crate) fn granted<'a>(&self, metrics: impl IntoIterator<Item = &'a str>) -> Result<(), CallError> {
        match metrics.into_iter().find(|metric| !self.grants.allows_metric(metric)) {
            None => Ok(()),
            Some(metric) => {
                self.record.counters.deny();
                let metric_shown = text::clean(metric, NAME_BYTES);
                if self.grants.requested_metric(metric) {
                    return Err(CallError::NotGranted { metric: metric_shown });
                }
                let reason = format!("it did not ask for the metric `{metric_shown}` that it would be shown");
                Err(CallError::Input { reason })
            }
        }
    }

    /// Counts a fault, and tells the operator when it changes what may be called.
    fn broke(&self, fault: &GuestFault, now: Duration) {
        let health = self.record.with_backoff(|backoff| {
            backoff.fault(self.rule(), now);
            backoff.health(self.rule(), now)
        });
        let PluginIdentity { name, version, .. } = self.identity();
        match health {
            Health::Active => {}
            Health::Suspended { retry_after } => {
                tracing::warn!(plugin = %name, %version, %fault, ?retry_after, "a plugin is suspended");
            }
            Health::Quarantined => {
                tracing::warn!(plugin = %name, %version, %fault, "a plugin is quarantined until it is enabled again");
            }
        }
    }

    fn rule(&self) -> &BackoffRule {
        &self.runtime.config.backoff
    }

    fn now(&self) -> Duration {
        self.runtime.started.elapsed()
    }

    fn store(&self, limits: &Limits) -> Result<Store<GuestState>, Fault> {
        let log = GuestLog::new(self.identity().clone(), self.grants.allows(&Capability::Log), &limits.log);
        let mut store = Store::new(&self.runtime.engine, GuestState { meter: Meter::new(&limits.run), log });
        store.limiter(|state| &mut state.meter);
        store.set_hostcall_fuel(limits.run.transfer_bytes);
        store.set_epoch_deadline(ticker::epochs(limits.run.wall_time));
        store.set_fuel(limits.run.fuel).map_err(|error| classify(&error, Phase::Instantiate, &limits.run))?;
        Ok(store)
    }
}

/// Reads whose fault an error of wasmtime is.
pub(crate) fn blame(phase: Phase, limits: &Limits) -> impl Fn(wasmtime::Error) -> Fault {
    move |error| classify(&error, phase, &limits.run)
}
