//! Types of the values that flow through a graph.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The index of a value within its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ValueId(pub u32);

impl ValueId {
    /// The identifier as an index into [`Graph::values`](crate::Graph::values).
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ValueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

/// What one element of a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elem {
    /// An activation. A backend may compute it in another precision within its stated tolerance.
    F32,
    /// A token, a position or a row number.
    U32,
}

/// One dimension of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dim {
    /// `T`: the tokens of the batch, known when it runs.
    Tokens,
    /// `R`: the rows whose logits the batch asks for.
    Rows,
    /// A number fixed by the model.
    Fixed(u32),
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens => f.write_str("T"),
            Self::Rows => f.write_str("R"),
            Self::Fixed(n) => n.fmt(f),
        }
    }
}

/// Element type and shape: `U32 [T]` or `F32 [T, 576]`, say.
///
/// Every value has a symbolic leading dimension and at most one fixed one, its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ValueType {
    /// What one element is.
    pub elem: Elem,
    /// The leading dimension.
    pub lead: Dim,
    /// The elements of one row; 1 for a vector such as the tokens.
    pub width: u32,
}

impl ValueType {
    /// Activations: `F32 [lead, width]`.
    pub const fn rows(lead: Dim, width: u32) -> Self {
        Self { elem: Elem::F32, lead, width }
    }

    /// Indices: `U32 [lead]`.
    pub const fn indices(lead: Dim) -> Self {
        Self { elem: Elem::U32, lead, width: 1 }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.elem {
            Elem::F32 => write!(f, "f32[{}, {}]", self.lead, self.width),
            Elem::U32 => write!(f, "u32[{}]", self.lead),
        }
    }
}
