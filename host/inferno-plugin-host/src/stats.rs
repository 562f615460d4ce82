//! Figures about plugins and the code cache. All are measured here; none is an estimate.
//!
//! Owns the counters and their snapshots. Refuses formats: `inferno-telemetry` and the API render them.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use inferno_package::Kind;

use crate::{PluginIdentity, log::LogCounts};

/// What one call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// From before the store was made until the answer was read and checked.
    pub time: Duration,
    /// Instructions, roughly; the same for the same input.
    pub fuel: u64,
    /// The most bytes of linear memory at one time.
    pub peak_memory: usize,
}

/// Figures about one plugin since the host started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PluginStats {
    /// Calls begun and ended, however they ended.
    pub calls: u64,
    /// Calls in which the guest said that it cannot treat what it was given.
    pub declined: u64,
    /// Calls that the guest broke: traps, limits, malformed output.
    pub faults: u64,
    /// Calls that the host could not carry out.
    pub host_faults: u64,
    /// Uses of a host interface, and queries for a metric, without the grant for it.
    pub denials: u64,
    /// Lines written to the log.
    pub log_lines: u64,
    /// Lines dropped because they exceeded the budget.
    pub log_dropped: u64,
    /// Time of all calls together.
    pub time: Duration,
    /// Fuel of all calls together.
    pub fuel: u64,
    /// The highest [`Usage::peak_memory`] of any call.
    pub peak_memory: usize,
    /// The latest call; absent before the first.
    pub last: Option<Usage>,
}

/// A plugin and its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginReport {
    /// Who it is.
    pub plugin: PluginIdentity,
    /// What it is.
    pub kind: Kind,
    /// Its figures.
    pub stats: PluginStats,
}

/// Figures about the cache of compiled code since the host started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Components loaded without compiling.
    pub hits: u64,
    /// Components that had to be compiled.
    pub misses: u64,
    /// Artifacts that were not what this host had written, or could not be read; ignored.
    pub refused: u64,
}

/// How a call ended, as far as counting goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    Declined,
    GuestFault,
    HostFault,
}

/// The counters of one plugin. One lock, since they change together once per call.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<PluginStats>);

impl Counters {
    pub(crate) fn record(&self, outcome: Outcome, usage: Usage, log: LogCounts) {
        let mut stats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stats.calls += 1;
        match outcome {
            Outcome::Answered => {}
            Outcome::Declined => stats.declined += 1,
            Outcome::GuestFault => stats.faults += 1,
            Outcome::HostFault => stats.host_faults += 1,
        }
        stats.denials += log.denied;
        stats.log_lines += log.written;
        stats.log_dropped += log.dropped;
        stats.time += usage.time;
        stats.fuel = stats.fuel.saturating_add(usage.fuel);
        stats.peak_memory = stats.peak_memory.max(usage.peak_memory);
        stats.last = Some(usage);
    }

    /// Counts the use of something that is not granted, outside any call.
    pub(crate) fn deny(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).denials += 1;
    }

    pub(crate) fn snapshot(&self) -> PluginStats {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
