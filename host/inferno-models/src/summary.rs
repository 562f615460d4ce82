//! What `inferno model show` tells about a file, from its header alone.

use std::collections::BTreeMap;

use inferno_graph::DType;
use serde::Serialize;

use crate::{
    config::Config,
    gguf::{Header, MetadataError},
};

/// Facts about a model, all of them read from its file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// `general.name`, if it has one.
    pub name: Option<String>,
    /// `general.license`, if it has one.
    pub license: Option<String>,
    /// The family: `llama`, `qwen2`, `qwen3`.
    pub architecture: &'static str,
    /// Values of all tensors together.
    pub parameters: u64,
    /// The length of the file.
    pub file_bytes: u64,
    /// How the values are stored: for each type its share.
    pub quantization: BTreeMap<DType, TypeShare>,
    /// The most positions of a sequence.
    pub context_length: u32,
    /// Transformer blocks.
    pub layers: u32,
    /// Elements of an embedding.
    pub width: u32,
    /// Elements within the feed-forward part.
    pub feed_forward: u32,
    /// Query heads.
    pub heads: u32,
    /// Key and value heads.
    pub kv_heads: u32,
    /// Elements of one head.
    pub head_dim: u32,
    /// Tokens in the vocabulary.
    pub vocabulary: usize,
    /// `tokenizer.ggml.model` and, where it has one, `tokenizer.ggml.pre`: `gpt2/smollm`.
    pub tokenizer: String,
    /// Whether the file carries a chat template.
    pub chat_template: bool,
}

/// What one type of storage holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TypeShare {
    /// Tensors stored so.
    pub tensors: usize,
    /// Values in them.
    pub values: u64,
    /// Bytes they take.
    pub bytes: u64,
}

impl Summary {
    pub(crate) fn new(header: &Header, config: &Config) -> Result<Self, MetadataError> {
        let metadata = header.metadata();
        let mut quantization = BTreeMap::<DType, TypeShare>::new();
        for tensor in header.tensors() {
            let share = quantization.entry(tensor.dtype).or_default();
            share.tensors += 1;
            // Each tensor lies within the file and none overlaps another, so the sums fit.
            share.values += tensor.values();
            share.bytes += tensor.bytes;
        }
        let model = metadata.str("tokenizer.ggml.model")?;
        let tokenizer = match metadata.str_or_none("tokenizer.ggml.pre")? {
            Some(pre) => format!("{model}/{pre}"),
            None => model.to_owned(),
        };
        let text = |key| Ok::<_, MetadataError>(metadata.str_or_none(key)?.map(str::to_owned));
        Ok(Self {
            name: text("general.name")?,
            license: text("general.license")?,
            architecture: config.architecture.name(),
            parameters: quantization.values().map(|share| share.values).sum(),
            file_bytes: header.file_len(),
            quantization,
            context_length: config.context_length,
            layers: config.layers,
            width: config.width,
            feed_forward: config.feed_forward,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            vocabulary: metadata.strings("tokenizer.ggml.tokens")?.len(),
            tokenizer,
            chat_template: metadata.str_or_none("tokenizer.chat_template")?.is_some(),
        })
    }
}
