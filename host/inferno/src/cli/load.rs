//! What `serve` and `model optimize` have in common: which model, whose passes, how many threads.

use std::{collections::BTreeSet, num::NonZeroUsize, path::PathBuf};

use anyhow::Result;
use clap::Args;
use inferno_backend::Backend as _;
use inferno_backend_cpu::{CpuBackend, Pinning};
use inferno_http::api::optimization::OptimizationReport;
use inferno_models::Network;
use inferno_plugin_host::{PluginHost, PluginIdentity};
use inferno_trust::Policy;
use inferno_types::ModelId;

use crate::{
    assemble::{
        installed::Loaded,
        model::{self, ModelFile},
        opening::{Opening, Reading},
        optimized::{self, Optimized, Slot},
        plugins::{self, Development},
    },
    config::Config,
    home::Home,
    report,
};

/// Which model, whose passes, how many threads.
#[derive(Debug, Args)]
pub(super) struct LoadArguments {
    /// A GGUF file outside the library.
    #[arg(long, value_name = "GGUF", conflicts_with = "model")]
    file: Option<PathBuf>,
    /// What requests call the model [default: its name in the library, or its file's].
    #[arg(long)]
    name: Option<ModelId>,
    /// Trust the development key in `keys/development.pem` too. Shown wherever the server describes itself.
    #[arg(long)]
    development: bool,
    /// Run no optimization passes.
    #[arg(long)]
    no_passes: bool,
    /// Threads for computing [default: one per core].
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// The configuration file [default: `config.toml` in the installation's folder, where there is one].
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Where everything is, and what is allowed.
pub(crate) struct Opened {
    pub(crate) home: Home,
    pub(crate) config: Config,
    pub(crate) policy: Policy,
}

/// A network, ready to be prepared on its backend, its text, which may still be being read, and what is to run beside it.
pub(super) struct Ready {
    pub(super) opened: Opened,
    pub(super) host: PluginHost,
    /// Everything but the passes, which have had their say.
    pub(super) components: Loaded,
    /// The passes that had it.
    pub(super) ran: BTreeSet<PluginIdentity>,
    pub(super) file: ModelFile,
    pub(super) network: Network,
    pub(super) text: Reading,
    pub(super) backend: CpuBackend,
    pub(super) optimized: Optimized,
    pub(super) report: OptimizationReport,
}

impl LoadArguments {
    /// Finds the installation and reads its configuration.
    pub(super) fn open(&self) -> Result<Opened> {
        let home = Home::find()?;
        let path = self.config.clone().unwrap_or_else(|| home.config());
        let config = Config::read(&path, self.config.is_some())?;
        let development = if self.development { Development::On } else { Development::Off };
        let policy = plugins::policy(&home, &config, development)?;
        Ok(Opened { home, config, policy })
    }

    /// Finds the model and begins to open it.
    pub(super) fn begin(&self, opened: &Opened, model: Option<&str>) -> Result<Opening> {
        let mut found = match &self.file {
            Some(path) => model::outside(path)?,
            None => model::find(&opened.home, model)?,
        };
        if let Some(name) = &self.name {
            found.id = name.clone();
        }
        found.open()
    }

    /// All of it, for a command that is no server: every installed pass has its say. `reuse` allows an earlier
    /// optimization.
    pub(super) fn load(&self, model: Option<&str>, reuse: bool) -> Result<Ready> {
        let opened = self.open()?;
        let model = self.begin(&opened, model)?;
        let plugins = plugins::load(&opened.home, &opened.config, &opened.policy)?;
        self.optimize(opened, model, plugins, &BTreeSet::new(), reuse)
    }

    /// Waits for the network and optimizes it. `off` names packages whose passes are not to run; `reuse` allows an earlier
    /// optimization.
    pub(super) fn optimize(
        &self,
        opened: Opened,
        model: Opening,
        (host, mut components): (PluginHost, Loaded),
        off: &BTreeSet<String>,
        reuse: bool,
    ) -> Result<Ready> {
        let Opened { home, config, policy } = &opened;
        let (file, network, text) = model.opened()?;
        let mut passes = std::mem::take(&mut components.passes);
        passes.retain(|pass| !self.no_passes && !off.contains(&pass.plugin().name.to_string()));
        let ran = passes.iter().map(|pass| pass.plugin().clone()).collect();
        let threads = self.threads.or(config.engine.threads);
        let pinning = match config.engine.pin_threads {
            None => Pinning::IfAll,
            Some(true) => Pinning::Always,
            Some(false) => Pinning::Never,
        };
        let backend = CpuBackend::pinned(threads, pinning);
        let slot = Slot { folder: home.cache("optimizations")?, model: file.digest, reuse };
        let refused = components.refused.clone();
        let loaded = Loaded { passes, refused, ..Loaded::default() };
        let (optimized, text) = match optimized::earlier(&network, &backend, &loaded, &slot) {
            Some(optimized) => (optimized, text),
            // What is measured should be alone.
            None => {
                let text = text.done()?;
                (optimized::decide(&network, &backend, loaded, Some(&slot))?, text)
            }
        };
        let report = report::describe(&file, backend.target(), policy, network.graph(), &optimized);
        Ok(Ready { opened, host, components, ran, file, network, text, backend, optimized, report })
    }
}
