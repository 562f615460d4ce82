//! The figures: windows and snapshots from the recorder, findings from the analyzers.

use std::sync::Arc;

use inferno_http::{
    api::opportunity::FoundOpportunity,
    seam::{Insight, Problem},
};
use inferno_insight::{Frame, MetricInfo, Query, Snapshot};
use inferno_telemetry::Recorder;
use tokio::sync::watch;

use super::{Findings, problem};

/// Who knows the figures.
pub(crate) struct Figures {
    pub(crate) recorder: Recorder,
    pub(crate) findings: Arc<Findings>,
}

impl Insight for Figures {
    fn catalogue(&self) -> Vec<MetricInfo> {
        self.recorder.catalogue()
    }

    fn query(&self, query: &Query) -> Result<Frame, Problem> {
        self.recorder.query(query).map_err(|error| problem::query(&error))
    }

    fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.recorder.snapshots()
    }

    fn opportunities(&self) -> Vec<FoundOpportunity> {
        self.findings.list()
    }
}
