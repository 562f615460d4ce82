//! What a model computes: its graph, its weights, its hyperparameters.
//!
//! Owns all of a file but its text, which takes longer to read: weights can be brought to a backend meanwhile. Easily
//! confused with [`Model`](crate::Model), which is both.

use std::{fs::File, path::Path, sync::Arc};

use inferno_graph::{Graph, WeightSource};

use crate::{
    ModelError, UnreadText, arch,
    config::{Config, ConfigError, ROPE_FACTORS},
    gguf::{self, FileWeights, Header, Limits},
    summary::Summary,
};

/// A model without its text. Its weights are read from the file as they are needed.
pub struct Network {
    graph: Graph,
    weights: Arc<FileWeights<File>>,
    config: Config,
    summary: Summary,
}

impl Network {
    /// Opens a GGUF file and checks all of its header but the text, which is handed over as it is. The file stays open,
    /// and must not change.
    ///
    /// # Errors
    /// When the file cannot be read, is malformed, or holds a model that is not supported.
    pub fn open(path: impl AsRef<Path>) -> Result<(Self, UnreadText), ModelError> {
        let mut file = File::open(path).map_err(ModelError::Open)?;
        let header = Header::read(&mut file, &Limits::default())?;
        let config = config(&header)?;
        let summary = Summary::new(&header, &config)?;
        let graph = arch::build_graph(&config, gguf::declarations(&header)?)?;
        let weights = Arc::new(FileWeights::new(&header, file)?);
        Ok((Self { graph, weights, config, summary }, UnreadText(header.into_metadata())))
    }

    /// What it computes, unoptimized.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Its weights, each read from the file whenever nobody holds it.
    pub fn weights(&self) -> Arc<dyn WeightSource> {
        Arc::clone(&self.weights) as Arc<dyn WeightSource>
    }

    /// Its hyperparameters.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The facts of [`inspect`](crate::inspect).
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Tokens that both ends of the graph can take: rows of the embedding and columns of the logits.
    pub(crate) fn vocabulary(&self) -> usize {
        let table = self.graph.weights().get("token_embd.weight").map_or(0, |weight| weight.rows);
        table.min(self.graph.vocabulary()) as usize
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("summary", &self.summary).finish_non_exhaustive()
    }
}

pub(crate) fn config(header: &Header) -> Result<Config, ConfigError> {
    let has_factors = header.tensors().iter().any(|tensor| tensor.name == ROPE_FACTORS);
    Config::read(header.metadata(), has_factors)
}
