//! A model file, opened.

use std::{fs::File, path::Path, sync::Arc};

use inferno_graph::{Graph, WeightSource};

use crate::{
    arch::{self, ArchError},
    config::{Config, ConfigError, ROPE_FACTORS},
    gguf::{self, FileWeights, GgufError, Header, Limits, MetadataError},
    summary::Summary,
    template::{ChatTemplate, TemplateError},
    tokenizer::{Tokenizer, TokenizerError},
};

/// Everything that serving a model takes; its weights are read from the file as they are needed.
pub struct Model {
    graph: Graph,
    weights: Arc<FileWeights<File>>,
    tokenizer: Arc<Tokenizer>,
    chat_template: Result<ChatTemplate, TemplateError>,
    config: Config,
    summary: Summary,
}

impl Model {
    /// Opens a GGUF file and checks all of its header. The file stays open, and must not change.
    ///
    /// A chat template that does not compile does not keep a model from completing text, so it is reported by
    /// [`chat_template`](Self::chat_template).
    ///
    /// # Errors
    /// When the file cannot be read, is malformed, or holds a model that is not supported.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        let mut file = File::open(path).map_err(ModelError::Open)?;
        let header = Header::read(&mut file, &Limits::default())?;
        let config = config(&header)?;
        let summary = Summary::new(&header, &config)?;
        let graph = arch::build_graph(&config, gguf::declarations(&header)?)?;
        let tokenizer = Arc::new(Tokenizer::from_metadata(header.metadata())?);
        let weights = Arc::new(FileWeights::new(&header, file)?);
        // A tokenizer may know fewer tokens than the matrices have rows, which are padded, but not more.
        let (tokens, rows) = (tokenizer.vocabulary_len(), graph_vocabulary(&graph));
        if tokens > rows {
            return Err(ModelError::Vocabulary { tokens, rows });
        }
        let chat_template = ChatTemplate::from_metadata(header.metadata(), Arc::clone(&tokenizer));
        Ok(Self { graph, weights, tokenizer, chat_template, config, summary })
    }

    /// What the model computes, unoptimized.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Its weights, each read from the file whenever nobody holds it.
    pub fn weights(&self) -> Arc<dyn WeightSource> {
        Arc::clone(&self.weights) as Arc<dyn WeightSource>
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> Arc<Tokenizer> {
        Arc::clone(&self.tokenizer)
    }

    /// Its chat template.
    ///
    /// # Errors
    /// When it has none that can be used.
    pub fn chat_template(&self) -> Result<&ChatTemplate, TemplateError> {
        self.chat_template.as_ref().map_err(Clone::clone)
    }

    /// Its hyperparameters.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The facts of [`inspect`].
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("summary", &self.summary).finish_non_exhaustive()
    }
}

/// Reads the header of a file and tells what it holds.
///
/// # Errors
/// As [`Model::open`], as far as the header and the hyperparameters go.
pub fn inspect(path: impl AsRef<Path>) -> Result<Summary, ModelError> {
    let header = Header::read(File::open(path).map_err(ModelError::Open)?, &Limits::default())?;
    Ok(Summary::new(&header, &config(&header)?)?)
}

fn config(header: &Header) -> Result<Config, ConfigError> {
    let has_factors = header.tensors().iter().any(|tensor| tensor.name == ROPE_FACTORS);
    Config::read(header.metadata(), has_factors)
}

/// Tokens that both ends of the graph can take: rows of the embedding and columns of the logits.
fn graph_vocabulary(graph: &Graph) -> usize {
    let table = graph.weights().get("token_embd.weight").map_or(0, |weight| weight.rows);
    table.min(graph.vocabulary()) as usize
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
