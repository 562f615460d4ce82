//! `GET /api/models/{model}/optimization`: what each pass did to a model, and why it was let or not.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of every installed optimization pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptimizationReport {
    /// The model.
    pub model: String,
    /// The digest of its file.
    pub model_digest: String,
    /// Backend, device, instruction sets and threads that it was optimized and measured for.
    pub target: String,
    /// The trust policy that was in force.
    pub policy: String,
    /// Whether the verdicts were measured at an earlier start with the same model, passes and target.
    pub cached: bool,
    /// Nodes of the graph as the model file gives it.
    pub nodes_before: usize,
    /// Nodes of the graph that runs.
    pub nodes_after: usize,
    /// The passes that ran, in order.
    pub passes: Vec<PassReport>,
    /// Installed components that were not even run.
    pub refused_components: Vec<RefusedComponent>,
}

/// What one pass did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PassReport {
    /// Its package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of its bytes.
    pub digest: String,
    /// Who signed it.
    pub signer: String,
    /// Nodes of the graph it was given.
    pub nodes_before: usize,
    /// Nodes of the graph it asked for; as before where that is not a graph.
    pub nodes_after: usize,
    /// How its result was held against the reference interpreter, if it came to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// How long the model took before and after, if it came to that. Measured on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
    /// What became of the patch.
    pub verdict: Verdict,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Applied, and measurably faster.
    Accepted,
    /// Applied; not slower, but no gain that stands out from the noise either.
    AcceptedNotWorthIt,
    /// The pass found nothing to do.
    Unchanged,
    /// Not applied.
    Refused,
}

/// How a patched graph compared with the reference interpreter. Validated on random probes, not proven.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// The largest absolute difference: of a logit, or of what a refusal was about.
    pub largest_deviation: f32,
    /// The same, relative to the root mean square of its row.
    pub relative_deviation: f32,
    /// How large a relative deviation counts as rounding there.
    pub tolerance: f32,
    /// Where it was.
    pub place: String,
    /// How many sequences were probed, all of which agreed; absent when they did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<usize>,
}

/// Medians in milliseconds, taken in turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// One token of decode, without the patch.
    pub decode_before_ms: f64,
    /// One token of decode, with it.
    pub decode_after_ms: f64,
    /// A short prompt, without it.
    pub prefill_before_ms: f64,
    /// A short prompt, with it.
    pub prefill_after_ms: f64,
    /// The spread of the decode samples, relative to their median.
    pub spread: f64,
}

/// An installed component that was not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusedComponent {
    /// The folder it is installed in.
    pub folder: String,
    /// Why, with the whole chain of causes.
    pub reason: String,
}
