//! The seams, answered from memory.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use inferno_http::{
    HttpObserver,
    api::{
        marketplace::{InstallPlan, InstallRequest, SearchParams},
        opportunity::FoundOpportunity,
        plugins::{PluginFigures, PluginInfo, PluginState},
        widgets::WidgetInfo,
    },
    seam::{
        Answer, Boards, Fetched, Input, Insight, Marketplace, Played, Playground, Plugins, Problem,
        ProblemKind, Toy,
    },
};
use inferno_insight::{
    Board, Frame, MetricInfo, MetricKind, ModelSnapshot, ProcessSnapshot, Provenance, Query, RawView,
    Reading, Snapshot, Theme, Unit, View, ViewLimits, Viewport,
};
use inferno_package::{
    Kind, PackageRef, Version,
    catalog::{PackageDetail, PublisherInfo, SearchPage},
};
use inferno_types::Digest;
use tokio::sync::watch;

/// The widgets: one that draws how often it was called and for whom, one that draws until it is released, one that
/// declines, one whose query has no answer.
pub(crate) const WIDGETS: [&str; 4] = ["test/counting", "test/endless", "test/declining", "test/greedy"];

/// Answers everything.
pub(crate) struct Fake {
    pub(crate) snapshots: watch::Sender<Arc<Snapshot>>,
    pub(crate) renders: AtomicUsize,
    pub(crate) reports: AtomicUsize,
    /// Why connections were cut, in order.
    pub(crate) cuts: Mutex<Vec<&'static str>>,
    pub(crate) released: (Mutex<bool>, Condvar),
    board: Mutex<Board>,
}

impl Fake {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            snapshots: watch::Sender::new(Arc::new(snapshot(0.0))),
            renders: AtomicUsize::new(0),
            reports: AtomicUsize::new(0),
            cuts: Mutex::default(),
            released: (Mutex::new(false), Condvar::new()),
            board: Mutex::default(),
        })
    }

    /// Lets `test/endless` end.
    pub(crate) fn release(&self) {
        *self.released.0.lock().unwrap() = true;
        self.released.1.notify_all();
    }
}

/// A moment that is told by its time.
pub(crate) fn snapshot(at: f64) -> Snapshot {
    let none = Reading::unavailable(Unit::Count);
    let process =
        ProcessSnapshot { resident_bytes: none, cpu_ratio: none, threads: none, uptime_seconds: none };
    Snapshot { at, models: Vec::new(), process, requests_per_second: none }
}

/// The same with a name that takes `bytes`.
pub(crate) fn large_snapshot(at: f64, bytes: usize) -> Snapshot {
    let none = Reading::unavailable(Unit::Count);
    let model = ModelSnapshot {
        model: "m".repeat(bytes),
        generation_tokens_per_second: none,
        prompt_tokens_per_second: none,
        time_to_first_token_p50: none,
        time_to_first_token_p95: none,
        inter_token_p50: none,
        inter_token_p95: none,
        requests_waiting: none,
        requests_running: none,
        kv_utilization: none,
    };
    Snapshot { models: vec![model], ..snapshot(at) }
}

fn name(name: &str) -> PackageRef {
    name.parse().unwrap()
}

fn version() -> Version {
    "0.1.0".parse().unwrap()
}

fn missing(name: &PackageRef) -> Problem {
    Problem::new(
        ProblemKind::NotFound,
        "plugin_not_found",
        format!("{name} is not installed. Install it first."),
    )
}

impl HttpObserver for Fake {
    fn answered(&self, _: &str, _: &str, _: u16, _: Duration) {}
    fn connection_cut(&self, reason: &'static str) {
        self.cuts.lock().unwrap().push(reason);
    }
    fn csp_report(&self) {
        self.reports.fetch_add(1, SeqCst);
    }
    fn render(&self) -> String {
        String::new()
    }
}

impl Insight for Fake {
    fn catalogue(&self) -> Vec<MetricInfo> {
        vec![MetricInfo {
            name: "inferno_known".into(),
            help: "What the tests know".into(),
            unit: Unit::Count,
            kind: MetricKind::Gauge,
            provenance: Provenance::Measured,
            labels: vec![],
        }]
    }

    fn query(&self, query: &Query) -> Result<Frame, Problem> {
        query
            .check()
            .map_err(|e| Problem::new(ProblemKind::Invalid, "invalid_query", format!("No query: {e}.")))?;
        if query.metric != "inferno_known" {
            let message = format!("There is no metric `{}`. See GET /api/metrics.", query.metric);
            return Err(Problem::new(ProblemKind::NotFound, "metric_not_found", message));
        }
        Ok(Frame {
            metric: query.metric.clone(),
            unit: Unit::Count,
            provenance: Provenance::Measured,
            times: vec![1000.0],
            series: vec![],
        })
    }

    fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.subscribe()
    }

    fn opportunities(&self) -> Vec<FoundOpportunity> {
        vec![]
    }
}

fn plugin(of: &PackageRef) -> PluginInfo {
    PluginInfo {
        name: of.to_string(),
        version: Some(version()),
        kind: Some(Kind::Widget),
        digest: Some(Digest::of(b"component")),
        signer: Some("test".into()),
        description: "For a test.".into(),
        requested: vec!["log".into()],
        granted: vec![],
        state: PluginState::Active,
        needs_restart: false,
        stats: PluginFigures::default(),
    }
}

impl Plugins for Fake {
    fn list(&self) -> Vec<PluginInfo> {
        vec![plugin(&name("test/counting"))]
    }

    fn set_enabled(&self, of: &PackageRef, enabled: bool) -> Result<PluginInfo, Problem> {
        if of.to_string() != "test/counting" {
            return Err(missing(of));
        }
        let state = if enabled { PluginState::Active } else { PluginState::Disabled };
        Ok(PluginInfo { state, ..plugin(of) })
    }

    fn remove(&self, of: &PackageRef) -> Result<(), Problem> {
        if of.to_string() == "test/counting" { Ok(()) } else { Err(missing(of)) }
    }

    fn widgets(&self) -> Vec<WidgetInfo> {
        let info = |of| WidgetInfo {
            name: name(of),
            version: version(),
            digest: Digest::of(b"component"),
            description: "For a test.".into(),
            schema: serde_json::Map::new(),
            problem: None,
        };
        WIDGETS.map(info).to_vec()
    }

    fn queries(&self, widget: &PackageRef, settings: &str) -> Result<Vec<Query>, Problem> {
        let query = |metric: &str| Query {
            metric: metric.into(),
            aggregate: inferno_insight::Aggregate::Last,
            window_seconds: 60,
            step_seconds: 1,
        };
        match widget.to_string().as_str() {
            "test/declining" => {
                let message = format!("test/declining does not take these settings: {settings}.");
                Err(Problem::new(ProblemKind::Refused, "widget_declined", message))
            }
            "test/greedy" => Ok(vec![query("inferno_secret")]),
            known if WIDGETS.contains(&known) => Ok(vec![query("inferno_known")]),
            _ => Err(missing(widget)),
        }
    }

    fn render(
        &self,
        widget: &PackageRef,
        settings: &str,
        frames: &[Frame],
        viewport: Viewport,
        theme: Theme,
    ) -> Result<View, Problem> {
        if widget.to_string() == "test/endless" {
            let (released, condition) = &self.released;
            let _released = condition.wait_while(released.lock().unwrap(), |released| !*released).unwrap();
        }
        let count = self.renders.fetch_add(1, SeqCst) + 1;
        let text = format!(
            "{widget} {count} {settings} {} {}x{} {theme:?}",
            frames.len(),
            viewport.width,
            viewport.height
        );
        let node =
            serde_json::json!({"tag": "text", "val": {"text": text, "style": "body", "tone": "neutral"}});
        let raw: RawView = serde_json::from_value(serde_json::json!({"nodes": [node], "root": 0})).unwrap();
        Ok(raw.check(&ViewLimits::default()).unwrap())
    }
}

impl Marketplace for Fake {
    fn search(&self, wanted: &SearchParams) -> Result<SearchPage, Problem> {
        if wanted.text.as_deref() == Some("down") {
            let message = "The registry http://127.0.0.1:1 does not answer. Check `[registry] url`.";
            return Err(Problem::new(ProblemKind::Upstream, "registry_unreachable", message));
        }
        Ok(SearchPage {
            packages: vec![],
            total: u64::from(wanted.limit.unwrap_or(0)),
            offset: wanted.offset,
        })
    }

    fn package(&self, of: &PackageRef) -> Result<PackageDetail, Problem> {
        if of.publisher() != "test" {
            let message =
                format!("There is no package {of}. Search for it by GET /api/marketplace/packages.");
            return Err(Problem::new(ProblemKind::NotFound, "package_not_found", message));
        }
        Ok(PackageDetail {
            name: of.clone(),
            kind: Kind::Widget,
            description: "For a test.".into(),
            license: "Apache-2.0".into(),
            readme: None,
            publisher: PublisherInfo { name: "test".into(), keys: vec![] },
            versions: vec![],
        })
    }

    fn plan(&self, of: &PackageRef, at: Option<&Version>) -> Result<InstallPlan, Problem> {
        Ok(InstallPlan {
            name: of.clone(),
            version: at.cloned().unwrap_or_else(version),
            kind: Kind::Widget,
            description: "For a test.".into(),
            digest: Digest::of(b"component"),
            size: 9,
            signer: "ab".repeat(32),
            trusted: false,
            previous: None,
            signer_changed: false,
            older: false,
            requests: vec!["log".parse().unwrap(), "metric:inferno_known".parse().unwrap()],
        })
    }

    fn install(&self, agreed: &InstallRequest) -> Result<PluginInfo, Problem> {
        if agreed.digest != Digest::of(b"component") {
            let message = "The component is not the one that was agreed to. Ask for a new plan.";
            return Err(Problem::new(ProblemKind::Conflict, "plan_changed", message));
        }
        Ok(plugin(&agreed.name))
    }

    fn fetch(&self, _: &PackageRef, _: &Version) -> Result<Fetched, Problem> {
        Ok(Fetched { component: b"component".to_vec(), bundle: b"{}".to_vec() })
    }
}

struct Echo;

impl Toy for Echo {
    fn run(&self, input: Input) -> Result<Played, Problem> {
        let output = match input {
            Input::Widget { settings, frames, .. } => {
                serde_json::json!({"settings": settings, "frames": frames})
            }
            Input::Analyzer { frames } => serde_json::json!({"frames": frames}),
            Input::OptimizationPass { graph, target } => {
                serde_json::json!({"nodes": graph.nodes.len(), "device": target.device})
            }
        };
        Ok(Played { output, elapsed: Duration::from_millis(2) })
    }
}

impl Playground for Fake {
    fn prepare(&self, _: &PackageRef, _: &Version, digest: &Digest) -> Result<Box<dyn Toy>, Problem> {
        if *digest != Digest::of(b"component") {
            let message = "The registry has other bytes than those. Reload the page.";
            return Err(Problem::new(ProblemKind::Refused, "digest_differs", message));
        }
        Ok(Box::new(Echo))
    }
}

impl Boards for Fake {
    fn board(&self) -> Answer<'_, Board> {
        Box::pin(async { Ok(self.board.lock().unwrap().clone()) })
    }

    fn save(&self, changed: Board) -> Answer<'_, Board> {
        Box::pin(async move {
            let mut board = self.board.lock().unwrap();
            if changed.revision != board.revision {
                let message = "Somebody else changed the board. Load it again.";
                return Err(Problem::new(ProblemKind::Conflict, "board_conflict", message));
            }
            *board = Board { revision: changed.revision + 1, ..changed };
            Ok(board.clone())
        })
    }
}
