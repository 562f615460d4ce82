//! Answers to the pages' questions while nobody is there to answer them: each says that it is not available.

use std::{sync::Arc, time::Duration};

use inferno_http::{
    api::{
        marketplace::{InstallPlan, InstallRequest, SearchParams},
        opportunity::FoundOpportunity,
        plugins::PluginInfo,
        widgets::WidgetInfo,
    },
    seam::{Answer, Boards, Fetched, Insight, Marketplace, Playground, Plugins, Problem, ProblemKind, Toy},
};
use inferno_insight::{
    Board, Frame, MetricInfo, ProcessSnapshot, Query, Reading, Snapshot, Theme, Unit, View, Viewport,
};
use inferno_package::{
    PackageRef, Version,
    catalog::{PackageDetail, SearchPage},
};
use inferno_types::Digest;
use tokio::sync::watch;

pub(crate) struct Pending;

fn pending<T>() -> Result<T, Problem> {
    let retry_after = Duration::from_secs(60);
    let message = "This server does not offer this.";
    Err(Problem::new(ProblemKind::Unavailable { retry_after }, "not_offered", message))
}

impl Insight for Pending {
    fn catalogue(&self) -> Vec<MetricInfo> {
        Vec::new()
    }
    fn query(&self, _: &Query) -> Result<Frame, Problem> {
        pending()
    }
    fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        let (sender, receiver) = watch::channel(Arc::new(nothing()));
        drop(sender);
        receiver
    }
    fn opportunities(&self) -> Vec<FoundOpportunity> {
        Vec::new()
    }
}

impl Plugins for Pending {
    fn list(&self) -> Vec<PluginInfo> {
        Vec::new()
    }
    fn set_enabled(&self, _: &PackageRef, _: bool) -> Result<PluginInfo, Problem> {
        pending()
    }
    fn remove(&self, _: &PackageRef) -> Result<(), Problem> {
        pending()
    }
    fn widgets(&self) -> Vec<WidgetInfo> {
        Vec::new()
    }
    fn queries(&self, _: &PackageRef, _: &str) -> Result<Vec<Query>, Problem> {
        pending()
    }
    fn render(&self, _: &PackageRef, _: &str, _: &[Frame], _: Viewport, _: Theme) -> Result<View, Problem> {
        pending()
    }
}

impl Marketplace for Pending {
    fn search(&self, _: &SearchParams) -> Result<SearchPage, Problem> {
        pending()
    }
    fn package(&self, _: &PackageRef) -> Result<PackageDetail, Problem> {
        pending()
    }
    fn plan(&self, _: &PackageRef, _: Option<&Version>) -> Result<InstallPlan, Problem> {
        pending()
    }
    fn install(&self, _: &InstallRequest) -> Result<PluginInfo, Problem> {
        pending()
    }
    fn fetch(&self, _: &PackageRef, _: &Version) -> Result<Fetched, Problem> {
        pending()
    }
}

impl Playground for Pending {
    fn prepare(&self, _: &PackageRef, _: &Version, _: &Digest) -> Result<Box<dyn Toy>, Problem> {
        pending()
    }
}

impl Boards for Pending {
    fn board(&self) -> Answer<'_, Board> {
        Box::pin(async { pending() })
    }
    fn save(&self, _: Board) -> Answer<'_, Board> {
        Box::pin(async { pending() })
    }
}

fn nothing() -> Snapshot {
    let none = Reading::unavailable;
    Snapshot {
        at: 0.0,
        models: Vec::new(),
        process: ProcessSnapshot {
            resident_bytes: none(Unit::Bytes),
            cpu_ratio: none(Unit::Ratio),
            threads: none(Unit::Count),
            uptime_seconds: none(Unit::Seconds),
        },
        requests_per_second: none(Unit::PerSecond),
    }
}
