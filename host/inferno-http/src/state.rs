//! What the routes share: the models being served and the seams to the rest of the binary.

use std::{collections::BTreeMap, sync::Arc};

use inferno_engine::EngineHandle;
use inferno_models::Model;
use inferno_types::ModelId;

use crate::{api::optimization::OptimizationReport, error::ApiError, observe::HttpObserver};

/// A loaded model and the engine that runs it.
#[derive(Debug)]
pub struct ServedModel {
    /// The name clients use.
    pub id: ModelId,
    /// When it was loaded, in seconds since 1970.
    pub created: u64,
    /// Its tokenizer and chat template.
    pub model: Arc<Model>,
    /// The most positions a sequence may have here.
    pub context_length: u32,
    /// Where requests go.
    pub engine: EngineHandle,
    /// What each optimization pass did to its graph.
    pub optimization: OptimizationReport,
}

/// The state behind every route.
pub struct Server {
    models: BTreeMap<ModelId, ServedModel>,
    observer: Arc<dyn HttpObserver>,
    development: Option<String>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("models", &self.models.keys()).finish_non_exhaustive()
    }
}

impl Server {
    /// A server of these models. `development` describes the trust policy when it is a development policy, and is
    /// then shown by `/health`.
    pub fn new(
        models: impl IntoIterator<Item = ServedModel>,
        observer: Arc<dyn HttpObserver>,
        development: Option<String>,
    ) -> Self {
        let models = models.into_iter().map(|m| (m.id.clone(), m)).collect();
        Self { models, observer, development }
    }

    pub(crate) fn models(&self) -> impl Iterator<Item = &ServedModel> {
        self.models.values()
    }

    pub(crate) fn observer(&self) -> &dyn HttpObserver {
        &*self.observer
    }

    pub(crate) fn development(&self) -> Option<&str> {
        self.development.as_deref()
    }

    /// The model of that name.
    pub(crate) fn model(&self, name: &str) -> Result<&ServedModel, ApiError> {
        name.parse::<ModelId>()
            .ok()
            .and_then(|id| self.models.get(&id))
            .ok_or_else(|| ApiError::no_model(name, self.models.keys()))
    }
}
