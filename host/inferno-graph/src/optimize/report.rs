//! What is told of every pass: served as JSON and cached beside the accepted patches.

use serde::{Deserialize, Serialize};

use super::Cost;
use crate::{
    PassIdentity,
    validate::{Agreement, Deviation},
};

/// All passes in the order they ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// One entry per pass.
    pub passes: Vec<PassReport>,
}

/// What happened to one pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassReport {
    /// Who it is.
    pub identity: PassIdentity,
    /// Nodes of the graph it read.
    pub nodes_before: usize,
    /// Nodes of the graph it asked for; as before when its patch was empty or could not be applied.
    pub nodes_after: usize,
    /// How closely both graphs agreed, when they did.
    pub agreement: Option<Agreement>,
    /// What was measured, when it came to that.
    pub cost: Option<Cost>,
    /// What was decided.
    pub verdict: Verdict,
}

/// The decision on a patch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It is part of the graph now.
    Accepted {
        /// What it brings.
        worth: Worth,
    },
    /// The pass found nothing to do.
    Unchanged,
    /// The graph stayed as it was.
    Refused {
        /// Why.
        reason: RefusalReason,
    },
}

/// What an accepted patch brings on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// Decode or prefill became faster beyond noise.
    Faster,
    /// No difference that can be told from noise.
    Neutral,
}

/// Why a pass changed nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum RefusalReason {
    /// The pass said that it cannot treat this graph.
    #[error("the pass declines this graph: {reason}")]
    Declined {
        /// In its words.
        #[serde(rename = "message")]
        reason: String,
    },
    /// The pass broke down or exceeded a limit.
    #[error("the pass failed: {message}")]
    GuestFault {
        /// The error with its causes.
        message: String,
    },
    /// The host could not run it.
    #[error("the pass could not be run: {message}")]
    HostFault {
        /// The error with its causes.
        message: String,
    },
    /// The patch does not give a graph.
    #[error("the patch does not fit: {message}")]
    IllTyped {
        /// The error with its causes.
        message: String,
    },
    /// The graphs do not compute the same.
    #[error("the patched graph computes something else: {message}")]
    Disagrees {
        /// The error with its causes.
        message: String,
        /// By how much, when that is a number.
        deviation: Option<Deviation>,
    },
    /// Decode or prefill became slower beyond noise.
    #[error("the patched graph is slower on this machine")]
    Slower,
    /// The backend could not run one of the graphs.
    #[error("the patched graph could not be timed: {message}")]
    NotMeasured {
        /// The error with its causes.
        message: String,
    },
}
