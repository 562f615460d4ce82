//! What `serve` and `model optimize` have in common: which model, whose passes, how many threads.

use std::{num::NonZeroUsize, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use inferno_backend::Backend as _;
use inferno_backend_cpu::CpuBackend;
use inferno_http::api::optimization::OptimizationReport;
use inferno_models::Model;
use inferno_trust::Policy;
use inferno_types::ModelId;

use crate::{
    assemble::{
        installed::Loaded,
        model::{self, ModelFile},
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

/// A model, ready to be prepared on its backend.
pub(super) struct Ready {
    pub(super) config: Config,
    pub(super) policy: Policy,
    pub(super) file: ModelFile,
    pub(super) model: Model,
    pub(super) backend: CpuBackend,
    pub(super) optimized: Optimized,
    pub(super) report: OptimizationReport,
}

impl LoadArguments {
    /// Opens the model, loads the passes, and optimizes. `reuse` allows an earlier optimization.
    pub(super) fn load(&self, model: Option<&str>, reuse: bool) -> Result<Ready> {
        let home = Home::find()?;
        let path = self.config.clone().unwrap_or_else(|| home.config());
        let config = Config::read(&path, self.config.is_some())?;
        let development = if self.development { Development::On } else { Development::Off };
        let policy = plugins::policy(&home, &config, development)?;
        let mut file = match &self.file {
            Some(path) => model::outside(path)?,
            None => model::find(&home, model)?,
        };
        if let Some(name) = &self.name {
            file.id = name.clone();
        }
        let model = Model::open(&file.path).with_context(|| format!("could not load {}", file.id))?;
        // A loaded pass keeps what it needs of the host alive.
        let loaded = match self.no_passes {
            true => Loaded::default(),
            false => plugins::load(&home, &config, &policy)?.1,
        };
        let backend = CpuBackend::new(self.threads.or(config.engine.threads));
        let slot = Slot { folder: home.cache("optimizations")?, model: file.digest, reuse };
        let optimized = optimized::optimize(&model, &backend, loaded, Some(&slot))?;
        let report = report::describe(&file, backend.target(), &policy, model.graph(), &optimized);
        Ok(Ready { config, policy, file, model, backend, optimized, report })
    }
}
