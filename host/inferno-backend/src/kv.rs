//! The shape of a paged KV cache (Kwon et al. 2023).
//!
//! Owns what a block is and how its values are kept. Refuses the knowledge of who owns which block, which is the
//! engine's.

use std::{fmt, str::FromStr};

/// The index of a block of the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

/// How keys and values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KvType {
    /// As they are computed: for comparing with the reference.
    F32,
    /// IEEE binary16, rounded to nearest: half the memory, and what other servers do by default.
    #[default]
    F16,
    /// Signed bytes with a binary16 scale per 32 values of a head, as GGML's `Q8_0`: about a quarter.
    Q8_0,
}

impl KvType {
    /// The bytes of `values` values of one head at one position.
    pub const fn bytes(self, values: usize) -> usize {
        match self {
            Self::F32 => values * 4,
            Self::F16 => values * 2,
            Self::Q8_0 => values + values.div_ceil(32) * 2,
        }
    }

    /// Its name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Q8_0 => "q8_0",
        }
    }
}

impl fmt::Display for KvType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no [`KvType`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no type for keys and values; use f16, q8_0 or f32")]
pub struct UnknownKvType(String);

impl FromStr for KvType {
    type Err = UnknownKvType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = [Self::F32, Self::F16, Self::Q8_0].into_iter().find(|kind| kind.name() == text);
        named.ok_or_else(|| UnknownKvType(text.to_owned()))
    }
}

/// The shape of a paged KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvLayout {
    /// Positions in one block.
    pub block_len: u32,
    /// Blocks in the cache, each spanning all layers.
    pub blocks: u32,
    /// How keys and values are kept.
    pub kind: KvType,
}

impl KvLayout {
    /// Blocks that hold `positions` positions.
    pub const fn blocks_for(&self, positions: u32) -> u32 {
        positions.div_ceil(self.block_len)
    }
}
