//! What the routes share: the models being served, what this server is, and the seams to the rest of the binary.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use inferno_engine::EngineHandle;
use inferno_graph::{Graph, Target};
use inferno_models::Model;
use inferno_types::{Digest, ModelId};

use crate::{
    api::{optimization::OptimizationReport, system::RegistryInfo},
    blocking::Pools,
    error::ApiError,
    guard::HostNames,
    seam::Seams,
    site::Site,
};

/// A loaded model and the engine that runs it.
#[derive(Debug)]
pub struct ServedModel {
    /// The name clients use.
    pub id: ModelId,
    /// The digest of its file.
    pub digest: Digest,
    /// When it was loaded, in milliseconds since 1970.
    pub loaded_at: u64,
    /// Its tokenizer, chat template and original graph.
    pub model: Arc<Model>,
    /// The graph that runs.
    pub optimized: Arc<Graph>,
    /// The hardware that it was optimized for.
    pub target: Target,
    /// The most positions a sequence may have here.
    pub context_length: u32,
    /// Where requests go.
    pub engine: EngineHandle,
    /// What each optimization pass did to its graph.
    pub optimization: OptimizationReport,
}

/// What this server is.
#[derive(Clone)]
pub struct Facts {
    /// The trust policy in force.
    pub policy: String,
    /// The same, when it is a development policy: shown wherever the server describes itself.
    pub development: Option<String>,
    /// When it started, in milliseconds since 1970.
    pub started_at: u64,
    /// Where packages come from.
    pub registry: RegistryInfo,
    /// The OpenAPI document of all its routes, put together when somebody asks for it: no start should wait for that.
    pub openapi: Arc<LazyLock<utoipa::openapi::OpenApi>>,
    /// The names by which browsers may reach it.
    pub hosts: HostNames,
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts")
            .field("policy", &self.policy)
            .field("started_at", &self.started_at)
            .field("registry", &self.registry)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// The state behind every route.
#[derive(Debug)]
pub struct Server {
    models: BTreeMap<ModelId, ServedModel>,
    pub(crate) seams: Seams,
    pub(crate) facts: Facts,
    pub(crate) pools: Pools,
    pub(crate) site: Site,
}

impl Server {
    /// A server of these models.
    pub fn new(models: impl IntoIterator<Item = ServedModel>, seams: Seams, facts: Facts) -> Self {
        let models = models.into_iter().map(|m| (m.id.clone(), m)).collect();
        Self { models, seams, facts, pools: Pools::new(), site: Site::embedded() }
    }

    pub(crate) fn models(&self) -> impl Iterator<Item = &ServedModel> {
        self.models.values()
    }

    /// The model of that name.
    pub(crate) fn model(&self, name: &str) -> Result<&ServedModel, ApiError> {
        name.parse::<ModelId>()
            .ok()
            .and_then(|id| self.models.get(&id))
            .ok_or_else(|| ApiError::no_model(name, self.models.keys()))
    }
}
