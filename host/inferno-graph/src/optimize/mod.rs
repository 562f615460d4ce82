//! The decision about each pass: propose, type check, validate, measure, then accept or refuse.
//!
//! Owns the order of the gates and the report. Refuses to measure: the binary does that with a real backend,
//! through [`CostMeter`]. A refused patch leaves the graph as it was, with the reason on record.

mod cost;
mod report;
#[cfg(test)]
mod tests;

pub use cost::{Cost, CostError, CostMeter, Timing};
pub use report::{PassReport, RefusalReason, Report, Verdict, Worth};

use crate::{
    Graph, GraphPass, PassError, Patch, Target, WeightSource,
    validate::{Agreement, Disagreement, Seed, validate},
};

/// What came of all passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The graph with every accepted patch applied.
    pub graph: Graph,
    /// The accepted patches in order; [`replay`](crate::replay) on the same graph gives `graph` again.
    pub accepted: Vec<Patch>,
    /// What happened to each pass.
    pub report: Report,
}

/// Runs every pass once, in order, each on what the ones before it left.
///
/// `seeds` is asked once per patch, after the patch is fixed; it must draw from a source that no pass can know.
pub fn optimize(
    graph: &Graph,
    weights: &dyn WeightSource,
    target: &Target,
    passes: &mut [Box<dyn GraphPass>],
    meter: &mut dyn CostMeter,
    seeds: &mut dyn FnMut() -> Seed,
) -> Outcome {
    let mut outcome = Outcome { graph: graph.clone(), accepted: Vec::new(), report: Report::default() };
    for pass in passes {
        let graph = &outcome.graph;
        let mut trial = Trial { agreement: None, cost: None, nodes_after: graph.nodes().len() };
        let result = trial.run(pass.as_mut(), graph, weights, target, meter, seeds);
        let nodes_before = graph.nodes().len();
        let verdict = match result {
            Ok(Some((patch, graph, worth))) => {
                outcome.graph = graph;
                outcome.accepted.push(patch);
                Verdict::Accepted { worth }
            }
            Ok(None) => Verdict::Unchanged,
            Err(reason) => Verdict::Refused { reason },
        };
        outcome.report.passes.push(PassReport {
            identity: pass.identity().clone(),
            nodes_before,
            nodes_after: trial.nodes_after,
            agreement: trial.agreement,
            cost: trial.cost,
            verdict,
        });
    }
    outcome
}

/// What is learned about one pass on its way through the gates.
struct Trial {
    agreement: Option<Agreement>,
    cost: Option<Cost>,
    nodes_after: usize,
}

impl Trial {
    fn run(
        &mut self,
        pass: &mut dyn GraphPass,
        graph: &Graph,
        weights: &dyn WeightSource,
        target: &Target,
        meter: &mut dyn CostMeter,
        seeds: &mut dyn FnMut() -> Seed,
    ) -> Result<Option<(Patch, Graph, Worth)>, RefusalReason> {
        let patch = pass.propose(graph, target).map_err(|error| match error {
            PassError::Declined { reason } => RefusalReason::Declined { reason },
            PassError::Guest(source) => RefusalReason::GuestFault { message: chain(source.as_ref()) },
            PassError::Host(source) => RefusalReason::HostFault { message: chain(source.as_ref()) },
        })?;
        if patch.is_empty() {
            return Ok(None);
        }
        let patched =
            graph.apply(&patch).map_err(|error| RefusalReason::IllTyped { message: chain(&error) })?;
        if patched == *graph {
            return Ok(None);
        }
        self.nodes_after = patched.nodes().len();
        let agreement = validate(graph, &patched, weights, seeds()).map_err(|error| {
            let message = chain(&error);
            let deviation = match error {
                Disagreement::Deviates { deviation, .. } => Some(*deviation),
                _ => None,
            };
            RefusalReason::Disagrees { message, deviation }
        })?;
        self.agreement = Some(agreement);
        let cost = meter
            .measure(graph, &patched)
            .map_err(|error| RefusalReason::NotMeasured { message: chain(&error) })?;
        self.cost = Some(cost);
        match cost.judge() {
            Some(worth) => Ok(Some((patch, patched, worth))),
            None => Err(RefusalReason::Slower),
        }
    }
}

/// An error and all its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
