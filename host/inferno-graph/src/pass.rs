//! The contract of an optimization pass, as the host sees it.
//!
//! `inferno-plugin-host` implements [`GraphPass`] for signed components. A pass proposes; `optimize` decides.

use inferno_types::Digest;
use serde::{Deserialize, Serialize};

use crate::{Graph, Patch, Target};

/// Who a pass is, on the word of its verified signature.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PassIdentity {
    /// Its package: `inferno/fuse-qkv`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Who signed it, as the trust policy names the key.
    pub signer: String,
}

/// Something that proposes patches.
pub trait GraphPass {
    /// Who it is.
    fn identity(&self) -> &PassIdentity;

    /// Reads a graph and the hardware it will run on, and proposes a patch.
    ///
    /// # Errors
    /// When the pass declines, breaks down, or exceeds its limits.
    fn propose(&mut self, graph: &Graph, target: &Target) -> Result<Patch, PassError>;
}

/// Why a pass proposed nothing.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The pass itself says that it cannot treat this graph.
    #[error("the pass declines this graph: {reason}")]
    Declined {
        /// Its reason, in its words, cut to a sane length.
        reason: String,
    },
    /// The guest broke: a trap, a limit, an output that is no patch.
    #[error("the pass failed")]
    Guest(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The host could not run the guest.
    #[error("the pass could not be run")]
    Host(#[source] Box<dyn std::error::Error + Send + Sync>),
}
