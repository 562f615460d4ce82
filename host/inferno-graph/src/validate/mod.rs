//! Translation validation: does a patched graph still compute what the old one did?
//!
//! Owns the probes and the comparison. Both graphs run in the reference interpreter on inputs drawn from a seed
//! that nobody knew when the patch was made. Ops are a closed set of smooth functions and a pass sees neither
//! weights nor probes, so graphs that differ agree on random probes only by rounding, or in corners, and the
//! corners are probed (`probes`). This is testing with strong odds: a graph that passes is *validated*, never
//! proven. Easily confused with `rules`, which checks types.

mod compare;
mod probes;
#[cfg(test)]
mod tests;

pub use compare::{Deviation, Place, Tensor};
pub use probes::{Probe, ProbeKind};
use serde::{Deserialize, Serialize};

use crate::{
    Graph, WeightSource,
    interpret::{InterpretError, Memo, evaluate_with},
};

/// What probes are drawn from. Draw it from the operating system after the patch is fixed.
pub type Seed = [u8; 32];

/// Two graphs that agree on every probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// How many sequences were probed.
    pub probes: usize,
    /// The largest deviation of a logit.
    pub logits: Deviation,
    /// The largest deviation of a key or value that was cached.
    pub cache: Deviation,
}

/// Compares two graphs over the same weights.
///
/// # Errors
/// What they disagree in, or why they could not be compared.
pub fn validate(
    before: &Graph,
    after: &Graph,
    weights: &dyn WeightSource,
    seed: Seed,
) -> Result<Agreement, Disagreement> {
    let probes = probes::draw(before, after, seed)?;
    let batch: Vec<_> = probes.iter().map(|p| p.sequence.clone()).collect();
    let mut memo = Memo::default();
    let expected = evaluate_with(before, weights, &batch, &mut memo).map_err(Disagreement::Before)?;
    let found = evaluate_with(after, weights, &batch, &mut memo).map_err(Disagreement::After)?;
    compare::compare(&probes, &expected, &found)
}

/// Why two graphs were not found to compute the same.
#[derive(Debug, thiserror::Error)]
pub enum Disagreement {
    /// They differ by more than rounding.
    #[error(
        "{} deviates by {:.2e} of the row's root mean square; rounding allows {tolerance:.0e}",
        deviation.at, deviation.relative
    )]
    Deviates {
        /// The largest deviation in proportion to what is allowed.
        deviation: Box<Deviation>,
        /// What is allowed there.
        tolerance: f32,
    },
    /// A number became infinite or none.
    #[error("{at} became infinite or not a number")]
    NotFinite {
        /// Where.
        at: Place,
    },
    /// Another number of thresholds than can be probed.
    #[error("the new graph brings {found} thresholds (windows, context lengths); {limit} can be probed")]
    TooManyThresholds {
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The old graph does not run.
    #[error("the old graph could not be evaluated")]
    Before(#[source] InterpretError),
    /// The new graph does not run.
    #[error("the new graph could not be evaluated")]
    After(#[source] InterpretError),
}
