//! The hyperparameters of a Llama-like model, read from metadata.
//!
//! Owns what the keys mean and which combinations we can compute. What would change the result and is not
//! understood here is an error, never ignored.

use inferno_graph::{RopeScaling, RopeStyle};

use crate::gguf::{Metadata, MetadataError};

/// The model families that can be loaded, as `general.architecture` spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Llama, SmolLM2, Mistral.
    Llama,
    /// Qwen2, Qwen2.5: biases on the projections of attention.
    Qwen2,
    /// Qwen3: a norm on each head of query and key.
    Qwen3,
}

impl Architecture {
    /// Every supported family.
    pub const ALL: [Self; 3] = [Self::Llama, Self::Qwen2, Self::Qwen3];

    /// The name in `general.architecture`, and the prefix of the family's keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
        }
    }

    /// How its files lay out the rotated pairs.
    const fn rope_style(self) -> RopeStyle {
        match self {
            Self::Llama => RopeStyle::Interleaved,
            Self::Qwen2 | Self::Qwen3 => RopeStyle::Halves,
        }
    }
}

/// Everything the graph of a Llama-like model depends on, except its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The family.
    pub architecture: Architecture,
    /// Transformer blocks.
    pub layers: u32,
    /// The most positions of a sequence.
    pub context_length: u32,
    /// Elements of a token's embedding.
    pub width: u32,
    /// Elements within the feed-forward part.
    pub feed_forward: u32,
    /// Query heads.
    pub heads: u32,
    /// Key and value heads.
    pub kv_heads: u32,
    /// Elements of one head.
    pub head_dim: u32,
    /// Added to the mean square in every norm.
    pub eps: f32,
    /// The positions a token sees, itself included; absent: all before it.
    pub window: Option<u32>,
    /// Elements of a head that are rotated.
    pub rotary_dim: u32,
    /// The base of the rotation's wavelengths.
    pub rope_base: f32,
    /// Which elements pair up.
    pub rope_style: RopeStyle,
    /// How frequencies are stretched.
    pub rope_scaling: RopeScaling,
}

/// More blocks than any model has; keeps a hostile file from a graph of billions of nodes.
const MAX_LAYERS: u32 = 1024;
/// The tensor that holds Llama 3.1's frequency factors.
pub(crate) const ROPE_FACTORS: &str = "rope_freqs.weight";

impl Config {
    /// Reads the hyperparameters. `has_rope_factors` says whether the file has a tensor `rope_freqs.weight`.
    ///
    /// # Errors
    /// When the architecture is not supported, or a key is missing, malformed, or asks for what the graph
    /// cannot express.
    pub fn read(metadata: &Metadata, has_rope_factors: bool) -> Result<Self, ConfigError> {
        let name = metadata.str("general.architecture")?;
        let architecture = Architecture::ALL
            .into_iter()
            .find(|a| a.name() == name)
            .ok_or_else(|| ConfigError::Architecture { found: name.to_owned() })?;
        let keys = Keys { metadata, prefix: name };

        let width = keys.positive("embedding_length")?;
        let heads = keys.positive("attention.head_count")?;
        let head_dim = match keys.positive_or_none("attention.key_length")? {
            Some(head_dim) => head_dim,
            None if width.is_multiple_of(heads) => width / heads,
            None => return Err(ConfigError::HeadDim { width, heads }),
        };
        keys.must_be("attention.value_length", head_dim, head_dim)?;
        keys.must_be("expert_count", 0, 0)?;
        let context_length = keys.positive("context_length")?;
        let layers = keys.positive("block_count")?;
        if layers > MAX_LAYERS {
            return Err(keys.range("block_count", "from 1 to 1024", layers).into());
        }
        let window = keys
            .u32_or_none("attention.sliding_window")?
            .filter(|window| *window != 0 && *window < context_length);
        Ok(Self {
            architecture,
            layers,
            context_length,
            width,
            feed_forward: keys.positive("feed_forward_length")?,
            heads,
            kv_heads: keys.positive_or_none("attention.head_count_kv")?.unwrap_or(heads),
            head_dim,
            eps: keys.metadata.f32(&keys.key("attention.layer_norm_rms_epsilon"))?,
            window,
            rotary_dim: keys.positive_or_none("rope.dimension_count")?.unwrap_or(head_dim),
            rope_base: keys.f32_or_none("rope.freq_base")?.unwrap_or(10_000.0),
            rope_style: architecture.rope_style(),
            rope_scaling: keys.rope_scaling(has_rope_factors, context_length)?,
        })
    }
}

/// The keys of one architecture.
struct Keys<'a> {
    metadata: &'a Metadata,
    prefix: &'a str,
}

impl Keys<'_> {
    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    fn range(&self, name: &str, expected: &'static str, found: impl ToString) -> MetadataError {
        MetadataError::Range { key: self.key(name), expected, found: found.to_string() }
    }

    fn u32_or_none(&self, name: &str) -> Result<Option<u32>, MetadataError> {
        self.metadata.u32_or_none(&self.key(name))
    }

    fn f32_or_none(&self, name: &str) -> Result<Option<f32>, MetadataError> {
        self.metadata.f32_or_none(&self.key(name))
    }

    fn positive_or_none(&self, name: &str) -> Result<Option<u32>, MetadataError> {
        match self.u32_or_none(name)? {
            Some(0) => Err(self.range(name, "at least 1", 0)),
            other => Ok(other),
        }
    }

    fn positive(&self, name: &str) -> Result<u32, MetadataError> {
        self.positive_or_none(name)?.ok_or_else(|| MetadataError::Missing { key: self.key(name) })
    }

    /// Refuses an integer that changes the result in a way we do not compute.
    fn must_be(&self, name: &str, default: u32, only: u32) -> Result<(), ConfigError> {
        match self.u32_or_none(name)?.unwrap_or(default) {
            found if found == only => Ok(()),
            found => Err(self.unsupported(name, found, only)),
        }
    }

    fn must_be_f32(&self, name: &str, only: f32) -> Result<(), ConfigError> {
        match self.f32_or_none(name)? {
            Some(found) if found != only => Err(self.unsupported(name, found, only)),
            _ => Ok(()),
        }
    }

    fn unsupported(&self, name: &str, found: impl ToString, only: impl ToString) -> ConfigError {
        ConfigError::Unsupported { key: self.key(name), found: found.to_string(), only: only.to_string() }
    }

    fn rope_scaling(&self, has_factors: bool, context_length: u32) -> Result<RopeScaling, ConfigError> {
        let kind_key = "rope.scaling.type";
        let kind = self.metadata.str_or_none(&self.key(kind_key))?;
        // `rope.scale_linear` is what writers used before there were kinds of scaling.
        let factor = match self.f32_or_none("rope.scaling.factor")? {
            Some(factor) => Some(factor),
            None => self.f32_or_none("rope.scale_linear")?,
        }
        .filter(|factor| *factor != 0.0 && *factor != 1.0);
        self.must_be_f32("rope.scaling.attn_factor", 1.0)?;

        let scaling = match (kind, factor) {
            (None | Some("none"), None) | (Some("linear" | "yarn"), None) | (Some("none"), Some(_)) => {
                RopeScaling::None
            }
            (None | Some("linear"), Some(factor)) => RopeScaling::Linear { factor },
            (Some("yarn"), Some(factor)) => {
                self.must_be_f32("rope.scaling.yarn_ext_factor", 1.0)?;
                self.must_be_f32("rope.scaling.yarn_attn_factor", 1.0)?;
                self.must_be_f32("rope.scaling.yarn_beta_fast", 32.0)?;
                self.must_be_f32("rope.scaling.yarn_beta_slow", 1.0)?;
                let original = self.positive_or_none("rope.scaling.original_context_length")?;
                RopeScaling::Yarn { factor, original_context: original.unwrap_or(context_length) }
            }
            (Some(other), _) => return Err(self.unsupported(kind_key, other, "none, linear or yarn")),
        };
        match (scaling, has_factors) {
            (scaling, false) => Ok(scaling),
            (RopeScaling::None, true) => Ok(RopeScaling::Factors { weight: ROPE_FACTORS.into() }),
            (_, true) => {
                Err(self.unsupported(kind_key, kind.unwrap_or("linear"), "none beside rope_freqs.weight"))
            }
        }
    }
}

/// Why metadata does not describe a model that we can run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// Another family of models.
    #[error("architecture `{found}` is not supported; supported are {}", Architecture::ALL.map(Architecture::name).join(", "))]
    Architecture {
        /// What `general.architecture` says.
        found: String,
    },
    /// A key is missing or malformed.
    #[error("a hyperparameter is missing or wrong")]
    Metadata(#[from] MetadataError),
    /// The embedding cannot be cut into heads and the file does not give their size.
    #[error(
        "an embedding of {width} cannot be cut into {heads} heads; the file needs `attention.key_length`"
    )]
    HeadDim {
        /// Elements of the embedding.
        width: u32,
        /// Query heads.
        heads: u32,
    },
    /// A value that is meaningful to others but not computed here.
    #[error("`{key}` is {found}; only {only} is supported")]
    Unsupported {
        /// The key.
        key: String,
        /// Its value.
        found: String,
        /// What can be computed.
        only: String,
    },
}
