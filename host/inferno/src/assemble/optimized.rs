//! A model's graph after the installed passes had their say.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use inferno_backend::Backend;
use inferno_graph::{
    Graph, GraphPass,
    optimize::{self, Report},
};
use inferno_models::Network;
use inferno_types::Digest;

pub use super::optimization_cache::Slot;
use super::{
    installed::{Loaded, RefusedComponent},
    optimization_cache::Record,
};
use crate::join::BackendMeter;

/// The graph that runs, and how it came about.
#[derive(Debug)]
pub struct Optimized {
    /// The graph.
    pub graph: Graph,
    /// What each pass did.
    pub report: Report,
    /// Installed components that were not run.
    pub refused: Vec<RefusedComponent>,
    /// Whether patches and report are those of an earlier start.
    pub cached: bool,
}

/// What the loaded passes did at an earlier start, if it was for the same model, passes and machine.
pub fn earlier(network: &Network, backend: &dyn Backend, loaded: &Loaded, slot: &Slot) -> Option<Optimized> {
    let record = slot.reuse.then(|| slot.read(&key(slot, backend, loaded))).flatten()?;
    let (graph, report) = record.replay(network.graph())?;
    Some(Optimized { graph, report, refused: loaded.refused.clone(), cached: true })
}

/// Runs the loaded passes over a model's graph. Measures, so nothing else should run meanwhile.
///
/// What was decided is kept in the `slot`, if there is one.
///
/// # Errors
/// When it cannot be written there.
pub fn decide(
    network: &Network,
    backend: &dyn Backend,
    loaded: Loaded,
    slot: Option<&Slot>,
) -> Result<Optimized> {
    let key = slot.map(|slot| (slot, key(slot, backend, &loaded)));
    let Loaded { passes, refused, .. } = loaded;
    let mut passes: Vec<Box<dyn GraphPass>> =
        passes.into_iter().map(|p| Box::new(p) as Box<dyn GraphPass>).collect();
    let weights = network.weights();
    let mut meter = BackendMeter { backend, weights: Arc::clone(&weights) };
    // From the system's randomness: no pass can have seen or guessed it.
    let mut seeds = rand::random::<[u8; 32]>;
    let outcome =
        optimize::optimize(network.graph(), &*weights, backend.target(), &mut passes, &mut meter, &mut seeds);
    if let Some((slot, key)) = &key {
        let record = Record { accepted: outcome.accepted, report: outcome.report.clone() };
        slot.write(key, &record).context("could not keep the optimization for the next start")?;
    }
    Ok(Optimized { graph: outcome.graph, report: outcome.report, refused, cached: false })
}

fn key(slot: &Slot, backend: &dyn Backend, loaded: &Loaded) -> Digest {
    let identities: Vec<_> = loaded.passes.iter().map(|p| p.identity().clone()).collect();
    slot.key(&identities, backend.target())
}
