//! A model's graph after the installed passes had their say.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use inferno_backend::Backend;
use inferno_graph::{
    Graph, GraphPass,
    optimize::{self, Report},
};
use inferno_models::Model;

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

/// Runs the loaded passes over a model's graph, or replays what they did for the same model, passes and machine.
///
/// Without a `slot`, nothing is looked up or kept.
///
/// # Errors
/// When what was decided cannot be written to the slot.
pub fn optimize(
    model: &Model,
    backend: &dyn Backend,
    loaded: Loaded,
    slot: Option<&Slot>,
) -> Result<Optimized> {
    let Loaded { passes, refused, .. } = loaded;
    let identities: Vec<_> = passes.iter().map(|p| p.identity().clone()).collect();
    let key = slot.map(|slot| (slot, slot.key(&identities, backend.target())));
    if let Some((slot, key)) = &key
        && slot.reuse
        && let Some((graph, report)) = slot.read(key).and_then(|record| record.replay(model.graph()))
    {
        return Ok(Optimized { graph, report, refused, cached: true });
    }
    let mut passes: Vec<Box<dyn GraphPass>> =
        passes.into_iter().map(|p| Box::new(p) as Box<dyn GraphPass>).collect();
    let weights = model.weights();
    let mut meter = BackendMeter { backend, weights: Arc::clone(&weights) };
    // From the system's randomness: no pass can have seen or guessed it.
    let mut seeds = rand::random::<[u8; 32]>;
    let outcome =
        optimize::optimize(model.graph(), &*weights, backend.target(), &mut passes, &mut meter, &mut seeds);
    if let Some((slot, key)) = &key {
        let record = Record { accepted: outcome.accepted, report: outcome.report.clone() };
        slot.write(key, &record).context("could not keep the optimization for the next start")?;
    }
    Ok(Optimized { graph: outcome.graph, report: outcome.report, refused, cached: false })
}
