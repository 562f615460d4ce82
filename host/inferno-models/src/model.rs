//! A model file, opened: its network and its text.

use std::{fs::File, path::Path, sync::Arc};

use inferno_graph::{Graph, WeightSource};

use crate::{
    arch::ArchError,
    config::{Config, ConfigError},
    gguf::{GgufError, Header, Limits, MetadataError},
    network::{self, Network},
    summary::Summary,
    template::{ChatTemplate, Renderer, TemplateError},
    text::Text,
    tokenizer::{Tokenizer, TokenizerError},
};

/// Everything that serving a model takes.
#[derive(Debug)]
pub struct Model {
    network: Network,
    text: Text,
}

impl Model {
    /// Opens a GGUF file and checks all of its header. The file stays open, and must not change.
    ///
    /// A chat template that cannot be used does not keep a model from completing text, so it is reported by
    /// [`chat_template`](Self::chat_template), or when it is run.
    ///
    /// # Errors
    /// When the file cannot be read, is malformed, or holds a model that is not supported.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        let (network, text) = Network::open(path)?;
        Self::new(network, text.read()?)
    }

    /// A model of the network and the text of one file.
    ///
    /// # Errors
    /// When the tokenizer has tokens that the network has no weights for.
    pub fn new(network: Network, text: Text) -> Result<Self, ModelError> {
        // A tokenizer may know fewer tokens than the matrices have rows, which are padded, but not more.
        let (tokens, rows) = (text.tokenizer.vocabulary_len(), network.vocabulary());
        if tokens > rows {
            return Err(ModelError::Vocabulary { tokens, rows });
        }
        Ok(Self { network, text })
    }

    /// What of it computes.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What the model computes, unoptimized.
    pub fn graph(&self) -> &Graph {
        self.network.graph()
    }

    /// Its weights, each read from the file whenever nobody holds it.
    pub fn weights(&self) -> Arc<dyn WeightSource> {
        self.network.weights()
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> Arc<Tokenizer> {
        Arc::clone(&self.text.tokenizer)
    }

    /// Its chat template.
    ///
    /// # Errors
    /// When it has none that can be used.
    pub fn chat_template(&self) -> Result<&ChatTemplate, TemplateError> {
        self.text.chat_template.as_ref().map_err(Clone::clone)
    }

    /// Has its chat template run by `renderer`; until then it is run in this process.
    #[must_use]
    pub fn render_with(mut self, renderer: Arc<dyn Renderer>) -> Self {
        if let Ok(template) = &mut self.text.chat_template {
            template.render_with(renderer);
        }
        self
    }

    /// Its hyperparameters.
    pub fn config(&self) -> &Config {
        self.network.config()
    }

    /// The facts of [`inspect`].
    pub fn summary(&self) -> &Summary {
        self.network.summary()
    }
}

/// Reads the header of a file and tells what it holds.
///
/// # Errors
/// As [`Model::open`], as far as the header and the hyperparameters go.
pub fn inspect(path: impl AsRef<Path>) -> Result<Summary, ModelError> {
    let header = Header::read(File::open(path).map_err(ModelError::Open)?, &Limits::default())?;
    Ok(Summary::new(&header, &network::config(&header)?)?)
}

/// Why a model file was not opened.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The operating system refused.
    #[error("cannot open the model file")]
    Open(#[source] std::io::Error),
    /// The container is malformed.
    #[error("the file is not a usable GGUF file")]
    Gguf(#[from] GgufError),
    /// A metadata entry is missing or malformed.
    #[error("the file's metadata is incomplete")]
    Metadata(#[from] MetadataError),
    /// The hyperparameters are missing, malformed or not supported.
    #[error("the model's hyperparameters cannot be used")]
    Config(#[from] ConfigError),
    /// The weights do not make a graph.
    #[error("the model's weights cannot be used")]
    Arch(#[from] ArchError),
    /// The tokenizer is malformed or not supported.
    #[error("the model's tokenizer cannot be used")]
    Tokenizer(#[from] TokenizerError),
    /// Tokens that the model has no embedding or no logit for.
    #[error("the tokenizer has {tokens} tokens, but the weights have room for {rows}")]
    Vocabulary {
        /// Tokens in the vocabulary.
        tokens: usize,
        /// Rows of the smaller of embedding and output.
        rows: usize,
    },
}
