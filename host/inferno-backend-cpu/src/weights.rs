//! Weights held for as long as a plan needs them, without copying.

use std::sync::Arc;

use inferno_backend::BackendError;
use inferno_graph::{Graph, WeightName, WeightRef, WeightSource, quant::dequantize_row};

/// A matrix, used as it is stored.
pub(crate) struct Matrix {
    /// Borrowed from `_source`, whatever its lifetime says; see [`Matrix::get`].
    weight: WeightRef<'static>,
    _source: Arc<dyn WeightSource>,
}

impl Matrix {
    /// The matrix and its bytes.
    pub(crate) fn get(&self) -> WeightRef<'_> {
        self.weight
    }
}

/// Where a graph's weights come from, each checked against its declaration when it is taken.
pub(crate) struct Weights<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) source: Arc<dyn WeightSource>,
}

impl Weights<'_> {
    fn checked(&self, name: &WeightName) -> Result<WeightRef<'_>, BackendError> {
        let wrong = || BackendError::Weight { name: name.clone() };
        let decl = self.graph.weights().get(name).ok_or_else(wrong)?;
        let found = self.source.get(name).ok_or_else(wrong)?;
        let bytes = decl.dtype.row_bytes(found.cols).and_then(|row| row.checked_mul(found.rows));
        let same = found.dtype == decl.dtype
            && found.rows == decl.rows as usize
            && found.cols == decl.cols as usize
            && bytes == Some(found.bytes.len());
        if same { Ok(found) } else { Err(wrong()) }
    }

    /// Holds a matrix.
    pub(crate) fn matrix(&self, name: &WeightName) -> Result<Matrix, BackendError> {
        let weight = self.checked(name)?;
        // SAFETY: only the lifetime is changed. The bytes are borrowed from the value in the `Arc`, which lives,
        // unmoved and only ever shared, at least as long as the clone kept beside them; `get` gives them out for
        // no longer than that.
        let weight = unsafe { std::mem::transmute::<WeightRef<'_>, WeightRef<'static>>(weight) };
        Ok(Matrix { weight, _source: Arc::clone(&self.source) })
    }

    /// Decodes a vector.
    pub(crate) fn vector(&self, name: &WeightName) -> Result<Vec<f32>, BackendError> {
        let weight = self.checked(name)?;
        let mut out = vec![0.0; weight.cols];
        dequantize_row(weight.dtype, weight.row(0), &mut out);
        Ok(out)
    }
}
