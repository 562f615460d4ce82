//! Makes a gated feed-forward's projections and its gate one operation.
//!
//! Owns `silu(x · gateᵀ) · (x · upᵀ)` where nothing else reads what lies in between. Refuses products with biases
//! or several weights, which the fused operation has no place for.

use inferno_plugin::{
    GatedMatmul, Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Placed, Target, ValueId, View,
    log,
};

struct FuseGateUp;

inferno_plugin::optimization_pass!(FuseGateUp);

impl OptimizationPass for FuseGateUp {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let graph = View::new(graph);
        let mut patch = PatchBuilder::new();
        let mut fused = 0;
        for gated in graph.nodes().filter_map(|node| gated_product(&graph, node)) {
            let weights = GatedMatmul { gate: gated.gate.weight.clone(), up: gated.up.weight.clone() };
            let product = patch.add(Op::GatedMatmul(weights), [gated.gate.input()]);
            patch.rewire(gated.product.output(), product);
            for node in [gated.product, gated.silu, gated.gate.node, gated.up.node] {
                patch.remove(node);
            }
            fused += 1;
        }
        log::info(format!("fused {fused} gated feed-forwards"));
        Ok(patch.finish())
    }
}

/// `product = silu(gate) · up`.
struct Gated<'g> {
    product: Placed<'g>,
    silu: Placed<'g>,
    gate: Projection<'g>,
    up: Projection<'g>,
}

/// A product with one matrix and no bias.
struct Projection<'g> {
    node: Placed<'g>,
    weight: &'g String,
}

impl Projection<'_> {
    fn input(&self) -> ValueId {
        self.node.input()
    }
}

/// What a node multiplies, where that is a gate and what it gates, whichever comes first.
fn gated_product<'g>(graph: &View<'g>, product: Placed<'g>) -> Option<Gated<'g>> {
    let (Op::Mul, &[a, b]) = (product.op, product.inputs) else { return None };
    let gated = |active, other| {
        let silu = made_for_one(graph, active).filter(|node| *node.op == Op::Silu)?;
        let gate = projection(graph, silu.input())?;
        let up = projection(graph, other)?;
        (gate.input() == up.input()).then_some(Gated { product, silu, gate, up })
    };
    gated(a, b).or_else(|| gated(b, a))
}

/// The projection that makes a value which is read once.
fn projection<'g>(graph: &View<'g>, value: ValueId) -> Option<Projection<'g>> {
    let node = made_for_one(graph, value)?;
    match node.op {
        Op::Matmul(matmul) if matmul.biases.is_empty() => {
            let [weight] = matmul.weights.as_slice() else { return None };
            Some(Projection { node, weight })
        }
        _ => None,
    }
}

/// What makes a value, where the one who asks is the only one to read it.
fn made_for_one<'g>(graph: &View<'g>, value: ValueId) -> Option<Placed<'g>> {
    graph.is_used_once(value).then(|| graph.producer(value)).flatten()
}

#[cfg(test)]
mod tests;
