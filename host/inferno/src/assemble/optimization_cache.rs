//! What was decided about a model's passes, kept for the next start.
//!
//! Keyed by everything the decision depends on: model, passes with their order and signers, target, and our own
//! version. Holds patches, not graphs: a patch from the cache goes through the type check again.

use std::{fs, path::PathBuf};

use anyhow::Result;
use inferno_graph::{Graph, PassIdentity, Patch, Target, optimize::Report, replay};
use inferno_types::Digest;
use serde::{Deserialize, Serialize};

/// A place in the cache for one model.
#[derive(Debug, Clone)]
pub struct Slot {
    /// The cache's folder.
    pub folder: PathBuf,
    /// The model.
    pub model: Digest,
    /// Whether an earlier decision may be taken over; otherwise it is made again and replaces it.
    pub reuse: bool,
}

/// An earlier decision.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) accepted: Vec<Patch>,
    pub(super) report: Report,
}

impl Slot {
    /// The name of the decision about these passes on this target.
    pub(super) fn key(&self, passes: &[PassIdentity], target: &Target) -> Digest {
        let all = (env!("CARGO_PKG_VERSION"), self.model, passes, target);
        Digest::of(&serde_json::to_vec(&all).expect("the parts of a key are plain values"))
    }

    pub(super) fn read(&self, key: &Digest) -> Option<Record> {
        let text = fs::read(self.path(key)).ok()?;
        serde_json::from_slice(&text)
            .inspect_err(|error| tracing::warn!(%key, %error, "a kept optimization is damaged and made anew"))
            .ok()
    }

    pub(super) fn write(&self, key: &Digest, record: &Record) -> Result<()> {
        // Written aside and renamed, so that a crash leaves the old decision or the new one.
        let path = self.path(key);
        let aside = path.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&aside, serde_json::to_vec(record)?)?;
        Ok(fs::rename(&aside, &path)?)
    }

    fn path(&self, key: &Digest) -> PathBuf {
        self.folder.join(format!("{}.json", key.hex()))
    }
}

impl Record {
    pub(super) fn replay(self, graph: &Graph) -> Option<(Graph, Report)> {
        let replayed = replay(graph, &self.accepted)
            .inspect_err(|error| tracing::warn!(%error, "a kept optimization does not fit and is made anew"));
        Some((replayed.ok()?, self.report))
    }
}
