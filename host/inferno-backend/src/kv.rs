//! The shape of a paged KV cache (Kwon et al. 2023).
//!
//! Owns what a block is and how its values are kept. Refuses the knowledge of who owns which block, which is the
//! engine's.

use std::fmt;

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
    /// bfloat16, rounded to nearest: the same memory, a wider range, eight bits of precision for eleven. What processors with
    /// tile products read without converting it.
    Bf16,
    /// GGML's Q8_0: of each position and head, a signed byte per element and a binary16 scale per 32 of them. About half the
    /// memory of binary16; a number is off by no more than 1/254 of the largest of its 32.
    Q8_0,
}

impl KvType {
    /// Its name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::Q8_0 => "q8_0",
        }
    }
}

impl fmt::Display for KvType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
