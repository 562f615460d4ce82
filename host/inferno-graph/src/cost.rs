//! What a graph costs on paper: bytes of weights and multiply-adds per token.
//!
//! An estimate from shapes alone, to stand beside the machine's measured limits and to bound what a patch may
//! add. Easily confused with the cost check of `optimize`, which measures on the real backend.

use serde::Serialize;

use crate::{Graph, Op, WeightName};

/// Estimated cost of one token in decode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StaticCost {
    /// Bytes of weights read, each use counted.
    pub weight_bytes: u64,
    /// Multiply-adds in projections.
    pub multiply_adds: u64,
    /// Further multiply-adds in attention for each position in the context.
    pub multiply_adds_per_position: u64,
    /// Activations produced, whether or not a backend writes them to memory.
    pub activations: u64,
}

impl StaticCost {
    /// The cost of a whole graph, with logits for the one token.
    pub fn of(graph: &Graph) -> Self {
        let mut cost = Self::default();
        for node in graph.nodes() {
            cost.add_weights(graph, &node.op);
            if let Op::Attention { heads, head_dim, .. } = node.op {
                cost.multiply_adds_per_position += 2 * u64::from(heads) * u64::from(head_dim);
            }
            cost.activations +=
                node.outputs.iter().map(|v| u64::from(graph.value_type(*v).width)).sum::<u64>();
        }
        cost
    }

    fn add_weights(&mut self, graph: &Graph, op: &Op) {
        let size = |name: &WeightName| {
            let decl = graph.weights().get(name).expect("a checked graph names weights it has");
            let row = decl.dtype.row_bytes(decl.cols as usize).expect("a declared row is whole blocks");
            (row as u64, u64::from(decl.rows), u64::from(decl.cols))
        };
        for name in op.weights() {
            let (row_bytes, rows, cols) = size(name);
            if matches!(op, Op::Embedding { .. }) {
                self.weight_bytes += row_bytes;
                continue;
            }
            self.weight_bytes += row_bytes * rows;
            if matches!(op, Op::MatMul { .. } | Op::GatedMatMul { .. }) && rows > 1 {
                self.multiply_adds += rows * cols;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, test_support::TinyLlama};

    #[test]
    fn counts_what_a_token_reads() {
        let (graph, _) = TinyLlama { layers: 1, dtype: DType::Q8_0, ..TinyLlama::default() }.build();
        // q, o: 64 × 64; k, v: 32 × 64; gate, up, down: 96 × 64; output: 80 × 64.
        let products = 2 * 64 * 64 + 2 * 32 * 64 + 3 * 96 * 64 + 80 * 64;
        let cost = StaticCost::of(&graph);
        assert_eq!(cost.multiply_adds, products);
        // 34 bytes for 32 values, one embedding row, three norms of 64 floats.
        assert_eq!(cost.weight_bytes, products / 32 * 34 + 68 + 3 * 256);
        assert_eq!(cost.multiply_adds_per_position, 2 * 64);
    }
}
