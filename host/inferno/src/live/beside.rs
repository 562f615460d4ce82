//! Everything that runs beside the answers, put together.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use anyhow::{Context as _, Result};
use inferno_http::{Facts, HostNames, seam::Seams};
use inferno_plugin_host::{HostConfig, PluginHost, PluginIdentity};
use inferno_telemetry::Recorder;
use tokio::runtime::Handle;

use super::{
    Analysts, Figures, Findings, Market, Records, Roster, Setting, Shop, Shown, StoredBoard, Toys, now,
};
use crate::{
    assemble::{installed::Loaded, plugins},
    cli::Opened,
    document,
    join::Observer,
    packages::Packages,
};

/// What was loaded at the start.
pub(crate) struct Installed {
    /// The host that runs it.
    pub(crate) host: PluginHost,
    /// Everything but the passes.
    pub(crate) components: Loaded,
    /// The passes that had their say when the model was loaded.
    pub(crate) ran: BTreeSet<PluginIdentity>,
}

/// What runs beside the answers.
pub(crate) struct Beside {
    analysts: Analysts,
    recorder: Recorder,
    seams: Seams,
    policy: String,
    development: Option<String>,
    names: Vec<String>,
    started_at: u64,
}

impl Beside {
    /// Starts it. The async runtime that this is awaited in writes to the database.
    pub(crate) async fn start(
        opened: Opened,
        installed: Installed,
        mut records: Records,
        shop: &Shop,
    ) -> Result<Self> {
        let Opened { home, config, policy } = opened;
        let runtime = Handle::current();
        let recorder = records.recorder().await?;
        let Records { store, off, metrics, gauges, .. } = records;
        let packages = Packages::open(home.clone(), policy.clone(), shop.url().clone());
        let packages = Arc::new(packages);
        let (described, development) = (policy.to_string(), policy.is_development());
        let operator = plugins::grants(&config)?;
        let Installed { host, components, ran } = installed;
        let setting =
            Setting { home, policy, operator, host, metrics: metrics.clone(), store: store.clone(), runtime };
        let roster = Arc::new(Roster::new(setting, components, off, ran));
        let market = Arc::new(Market { packages: Arc::clone(&packages), roster: Arc::clone(&roster) });
        let toys = PluginHost::new(HostConfig::default()).context("could not start the playground")?;
        let findings = Arc::new(Findings::default());
        let analysts = Analysts::start(Arc::clone(&roster), recorder.clone(), Arc::clone(&findings))
            .context("could not start to ask analyzers")?;
        let remover = Arc::clone(&market);
        let remove = Box::new(move |name: &_| remover.remove(name));
        let seams = Seams {
            observer: Arc::new(Observer { metrics, gauges }),
            insight: Arc::new(Figures { recorder: recorder.clone(), findings }),
            plugins: Arc::new(Shown { roster: Arc::clone(&roster), remove }),
            marketplace: market,
            playground: Arc::new(Toys::new(toys, packages, roster)),
            boards: Arc::new(StoredBoard(store)),
        };
        Ok(Self {
            analysts,
            recorder,
            seams,
            development: development.then(|| described.clone()),
            policy: described,
            names: config.server.names,
            started_at: now(),
        })
    }

    /// Ends it, and writes down what was measured since the last time. Blocks until that is done.
    pub(crate) fn stop(self) {
        let Self { analysts, recorder, .. } = self;
        drop(analysts);
        recorder.stop();
    }

    /// The answers to what the routes ask.
    pub(crate) fn seams(&self) -> Seams {
        self.seams.clone()
    }

    /// What the server is.
    pub(crate) fn facts(&self, shop: &Shop) -> Facts {
        Facts {
            policy: self.policy.clone(),
            development: self.development.clone(),
            started_at: self.started_at,
            registry: shop.info(),
            openapi: Arc::new(LazyLock::new(document::openapi)),
            hosts: HostNames::from_iter(self.names.iter().cloned()),
        }
    }
}
