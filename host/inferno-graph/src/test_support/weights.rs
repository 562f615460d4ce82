//! Weights in memory, encoded as a file would have them.

use std::{collections::BTreeMap, sync::Arc};

use rand::RngExt;

use crate::{DType, Weight, WeightDecl, WeightError, WeightName, WeightSource, quant};

/// An in-memory [`WeightSource`].
#[derive(Debug, Clone, Default)]
pub struct MapWeights {
    weights: BTreeMap<WeightName, (WeightDecl, Weight)>,
}

impl MapWeights {
    /// Encodes `rows × cols` values as `dtype` under this name, in place of what had it before.
    ///
    /// # Panics
    /// When there are not `rows × cols` values, or a row is no whole number of blocks.
    pub fn insert(&mut self, name: &str, dtype: DType, rows: u32, cols: u32, values: &[f32]) {
        assert_eq!(values.len(), rows as usize * cols as usize, "`{name}` has {rows} × {cols} values");
        let bytes = values.chunks_exact(cols as usize).flat_map(|row| quant::quantize_row(dtype, row));
        let decl = WeightDecl { name: name.into(), dtype, rows, cols };
        let weight = Weight::new(dtype, rows as usize, cols as usize, Arc::new(bytes.collect()));
        self.weights.insert(decl.name.clone(), (decl, weight));
    }

    /// As [`insert`](Self::insert) with values spread evenly over `centre − spread .. centre + spread`.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn insert_random(
        &mut self,
        rng: &mut impl RngExt,
        (name, dtype, rows, cols): (&str, DType, u32, u32),
        centre: f32,
        spread: f32,
    ) {
        let count = rows as usize * cols as usize;
        let values: Vec<f32> =
            (0..count).map(|_| centre + spread * (2.0 * rng.random::<f32>() - 1.0)).collect();
        self.insert(name, dtype, rows, cols, &values);
    }

    /// What a graph needs to know of them.
    pub fn declarations(&self) -> impl Iterator<Item = WeightDecl> {
        self.weights.values().map(|(decl, _)| decl.clone())
    }
}

impl WeightSource for MapWeights {
    fn get(&self, name: &WeightName) -> Result<Weight, WeightError> {
        let found = self.weights.get(name).map(|(_, weight)| weight.clone());
        found.ok_or_else(|| WeightError::Missing { name: name.clone() })
    }
}
