//! Comparison of two evaluations of the same probes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Agreement, Disagreement, Probe, ProbeKind};
use crate::interpret::Evaluation;

/// Which result was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tensor {
    /// The logits.
    Logits,
    /// The keys that this layer caches.
    Keys(u32),
    /// The values that this layer caches.
    Values(u32),
}

/// A row of a probe's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which result.
    pub tensor: Tensor,
    /// What the probe was there for.
    pub probe: ProbeKind,
    /// The token's position.
    pub position: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tensor {
            Tensor::Logits => f.write_str("a logit"),
            Tensor::Keys(layer) => write!(f, "a key of layer {layer}"),
            Tensor::Values(layer) => write!(f, "a value of layer {layer}"),
        }?;
        write!(f, " at position {} ({} probe)", self.position, self.probe)
    }
}

/// How far a row lies from what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Deviation {
    /// The largest difference of one element.
    pub absolute: f32,
    /// That, divided by the root mean square of the row as it should be.
    pub relative: f32,
    /// Which row.
    pub at: Place,
}

/// Compares everything that leaves a graph. Of several deviations the one counts that exceeds its tolerance most.
pub(super) fn compare(
    probes: &[Probe],
    expected: &Evaluation,
    found: &Evaluation,
) -> Result<Agreement, Disagreement> {
    let (mut logits, mut cache) = (Vec::new(), Vec::new());
    let mut rows = expected.logits.iter().zip(found.logits.iter());
    for (index, probe) in probes.iter().enumerate() {
        let past = probe.sequence.past.positions() as u32;
        let place = |tensor, token| Place { tensor, probe: probe.kind, position: past + token };
        for (token, (expected, found)) in probe.sequence.logits_for.iter().zip(&mut rows) {
            logits.push(deviation(expected, found, place(Tensor::Logits, *token))?);
        }
        let layers = expected.appended[index].layers().iter().zip(found.appended[index].layers());
        for (layer, (expected, found)) in (0..).zip(layers) {
            for (token, (expected, found)) in (0..).zip(expected.keys.iter().zip(found.keys.iter())) {
                cache.push(deviation(expected, found, place(Tensor::Keys(layer), token))?);
            }
            for (token, (expected, found)) in (0..).zip(expected.values.iter().zip(found.values.iter())) {
                cache.push(deviation(expected, found, place(Tensor::Values(layer), token))?);
            }
        }
    }
    let excess = |d: &Deviation| d.relative / d.at.probe.tolerance();
    let largest = |all: &[Deviation]| all.iter().copied().max_by(|a, b| excess(a).total_cmp(&excess(b)));
    let (Some(logits), Some(cache)) = (largest(&logits), largest(&cache)) else {
        unreachable!("every probe asks for logits, and a graph without attention has no layers to patch")
    };
    let worst = if excess(&cache) > excess(&logits) { cache } else { logits };
    let tolerance = worst.at.probe.tolerance();
    if worst.relative > tolerance {
        return Err(Disagreement::Deviates { deviation: Box::new(worst), tolerance });
    }
    Ok(Agreement { probes: probes.len(), logits, cache })
}

/// # Errors
/// When an element is no finite number where it was one.
fn deviation(expected: &[f32], found: &[f32], at: Place) -> Result<Deviation, Disagreement> {
    let mut absolute = 0.0_f32;
    // What was not finite before cannot be compared, nor can a patch be blamed for it.
    for (expected, found) in expected.iter().zip(found).filter(|(e, _)| e.is_finite()) {
        if !found.is_finite() {
            return Err(Disagreement::NotFinite { at });
        }
        absolute = absolute.max((expected - found).abs());
    }
    let finite = expected.iter().filter(|e| e.is_finite());
    let squares: f64 = finite.map(|e| f64::from(*e) * f64::from(*e)).sum();
    let rms = (squares / expected.len().max(1) as f64).sqrt() as f32;
    let relative = if absolute == 0.0 { 0.0 } else { absolute / rms };
    Ok(Deviation { absolute, relative, at })
}
