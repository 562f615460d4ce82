//! Weights as a graph sees them: names, types and shapes, and the bytes behind them for those who compute.
//!
//! A pass sees declarations only. Bytes are reached through [`WeightSource`], which `inferno-models` implements.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::DType;

/// The name of a weight, as its file spells it: `blk.0.attn_q.weight`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct WeightName(Arc<str>);

impl WeightName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for WeightName {
    fn from(s: &str) -> Self {
        Self(s.into())
    }
}

impl From<String> for WeightName {
    fn from(s: String) -> Self {
        Self(s.into())
    }
}

impl From<WeightName> for String {
    fn from(n: WeightName) -> Self {
        n.0.as_ref().to_owned()
    }
}

impl Borrow<str> for WeightName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WeightName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a graph knows of a weight. A vector has one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightDecl {
    /// Its name, unique within the graph.
    pub name: WeightName,
    /// How it is stored.
    pub dtype: DType,
    /// Output features of a matrix; 1 for a vector.
    pub rows: u32,
    /// Input features of a matrix; the length of a vector.
    pub cols: u32,
}

/// A weight with its bytes: `rows` consecutive rows of `dtype.row_bytes(cols)` bytes each.
#[derive(Debug, Clone, Copy)]
pub struct WeightRef<'a> {
    /// How it is stored.
    pub dtype: DType,
    /// Number of rows.
    pub rows: usize,
    /// Values in a row; a whole number of blocks.
    pub cols: usize,
    /// Exactly `rows * row_bytes()` bytes, of no particular alignment.
    pub bytes: &'a [u8],
}

impl<'a> WeightRef<'a> {
    /// The bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.cols / self.dtype.block_len() * self.dtype.block_bytes()
    }

    /// Row `row`, still encoded.
    pub fn row(&self, row: usize) -> &'a [u8] {
        let len = self.row_bytes();
        &self.bytes[row * len..(row + 1) * len]
    }
}

/// Where the bytes of weights come from.
pub trait WeightSource: Send + Sync {
    /// The weight of that name, or `None` when there is none.
    fn get(&self, name: &WeightName) -> Option<WeightRef<'_>>;
}
