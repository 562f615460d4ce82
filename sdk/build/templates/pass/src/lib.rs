//! Computes matrix products that share their input in one.
//!
//! Owns products without biases. Refuses everything else: whatever it does not know stays as it is.

use inferno_plugin::{
    Graph, Matmul, Op, OptimizationPass, PassError, Patch, PatchBuilder, Placed, Slice, Target,
    ValueId, View, log,
};

struct MyPlugin;

inferno_plugin::optimization_pass!(MyPlugin);

impl OptimizationPass for MyPlugin {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let graph = View::new(graph);
        let mut patch = PatchBuilder::new();
        let mut joined = 0;
        for value in graph.nodes().flat_map(|node| node.outputs) {
            let products = products_of(&graph, *value);
            if products.len() > 1 {
                join(&graph, *value, &products, &mut patch);
                joined += products.len();
            }
        }
        log::info(format!("joined {joined} products"));
        Ok(patch.finish())
    }
}

/// A matrix product, and the node that it is.
struct Product<'g> {
    node: Placed<'g>,
    matmul: &'g Matmul,
}

/// The products without biases that read a value.
fn products_of<'g>(graph: &View<'g>, value: ValueId) -> Vec<Product<'g>> {
    let product = |node: Placed<'g>| match node.op {
        Op::Matmul(matmul) if matmul.biases.is_empty() => Some(Product { node, matmul }),
        _ => None,
    };
    graph.users(value).filter_map(product).collect()
}

/// One product with the weights of all, and a slice of its result in place of each.
fn join(graph: &View<'_>, value: ValueId, products: &[Product<'_>], patch: &mut PatchBuilder) {
    let weights = products
        .iter()
        .flat_map(|product| product.matmul.weights.clone())
        .collect();
    let all = patch.add(
        Op::Matmul(Matmul {
            weights,
            biases: vec![],
        }),
        [value],
    );
    let mut start = 0;
    for Product { node, .. } in products {
        let len = graph.width(node.output());
        let part = patch.add(Op::Slice(Slice { start, len }), [all]);
        patch.rewire(node.output(), part);
        patch.remove(*node);
        start += len;
    }
}

#[cfg(test)]
mod tests;
