//! Weights as a graph sees them: names, types and shapes, and the bytes behind them for those who compute.
//!
//! A pass sees declarations only. Bytes are reached through [`WeightSource`], which `inferno-models` implements; a
//! source need not hold them, so that a backend that keeps weights in a form of its own keeps them once.

use std::{borrow::Borrow, fmt, io, ops::Range, sync::Arc};

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

impl WeightDecl {
    /// The bytes of this weight, once they are known to be what is declared.
    ///
    /// # Errors
    /// When the source does not have it, has something else under its name, or cannot read it.
    pub fn load(&self, source: &(impl WeightSource + ?Sized)) -> Result<Weight, WeightError> {
        let found = source.get(&self.name)?;
        self.describes(found.dtype, found.rows, found.cols, found.bytes().len())?;
        Ok(found)
    }

    /// Holds what a source has under this name to what is declared: the type, the shape, and how many bytes there are.
    ///
    /// # Errors
    /// When it is something else.
    pub fn describes(&self, dtype: DType, rows: usize, cols: usize, bytes: usize) -> Result<(), WeightError> {
        let declared = dtype == self.dtype && rows == self.rows as usize && cols == self.cols as usize;
        let expected = dtype.row_bytes(cols).and_then(|row| row.checked_mul(rows));
        if declared && expected == Some(bytes) {
            return Ok(());
        }
        Err(WeightError::Undeclared { name: self.name.clone() })
    }
}

/// A weight that is held: its bytes stay in memory for as long as a clone of it lives.
#[derive(Clone)]
pub struct Weight {
    /// How it is stored.
    pub dtype: DType,
    /// Number of rows.
    pub rows: usize,
    /// Values in a row; a whole number of blocks.
    pub cols: usize,
    bytes: Arc<Vec<u8>>,
}

impl Weight {
    /// A weight of `rows` rows of `cols` values, encoded as `dtype`.
    pub fn new(dtype: DType, rows: usize, cols: usize, bytes: Arc<Vec<u8>>) -> Self {
        Self { dtype, rows, cols, bytes }
    }

    /// All rows, still encoded, of no particular alignment.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The weight, borrowed.
    pub fn as_ref(&self) -> WeightRef<'_> {
        WeightRef { dtype: self.dtype, rows: self.rows, cols: self.cols, bytes: &self.bytes }
    }
}

impl fmt::Debug for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dtype, rows, cols, bytes } = self;
        write!(f, "Weight({rows} × {cols} {dtype}, {} bytes)", bytes.len())
    }
}

/// A borrowed weight: `rows` consecutive rows of `dtype.row_bytes(cols)` bytes each.
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
    /// The weight of that name. Whoever needs it again holds it: a source may read it each time that it is asked.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    fn get(&self, name: &WeightName) -> Result<Weight, WeightError>;

    /// Replaces `into` by some rows of a weight, still encoded: for who needs each of them once, and not all of a large matrix at
    /// the same time.
    ///
    /// # Errors
    /// As [`WeightDecl::load`].
    ///
    /// # Panics
    /// When the weight has no such rows.
    fn rows(&self, decl: &WeightDecl, rows: Range<usize>, into: &mut Vec<u8>) -> Result<(), WeightError> {
        let weight = decl.load(self)?;
        let row = weight.as_ref().row_bytes();
        into.clear();
        into.extend_from_slice(&weight.bytes()[rows.start * row..rows.end * row]);
        Ok(())
    }
}

/// Why a weight could not be had.
#[derive(Debug, thiserror::Error)]
pub enum WeightError {
    /// The source has nothing of that name.
    #[error("there is no weight `{name}`")]
    Missing {
        /// Its name.
        name: WeightName,
    },
    /// The source has another type, shape or size under that name than the graph declares.
    #[error("weight `{name}` is not as the graph declares it")]
    Undeclared {
        /// Its name.
        name: WeightName,
    },
    /// The bytes could not be read.
    #[error("weight `{name}` cannot be read; was its file changed or cut short since it was opened?")]
    Read {
        /// Its name.
        name: WeightName,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
