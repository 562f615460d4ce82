//! Makes the matrix products behind an attention's queries, keys and values one.
//!
//! Owns the three products that feed one attention and share their input. Refuses everything else that shares an
//! input: gate and up belong to `fuse-gate-up`, which fuses more than the product.

use inferno_plugin::{
    Graph, Matmul, Op, OptimizationPass, PassError, Patch, PatchBuilder, Placed, Slice, Target, ValueId,
    View, log,
};

struct FuseQkv;

inferno_plugin::optimization_pass!(FuseQkv);

impl OptimizationPass for FuseQkv {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let graph = View::new(graph);
        let mut patch = PatchBuilder::new();
        let mut fused = 0;
        for attention in graph.nodes().filter(|node| matches!(node.op, Op::Attention(_))) {
            if let Some(projections) = projections(&graph, attention)
                && !projections.iter().any(|projection| patch.removes(projection.node))
            {
                fuse(&graph, &projections, &mut patch);
                fused += 1;
            }
        }
        log::info(format!("fused the projections of {fused} attentions"));
        Ok(patch.finish())
    }
}

/// A matrix product that feeds an attention.
struct Projection<'g> {
    node: Placed<'g>,
    matmul: &'g Matmul,
}

/// The products behind queries, keys and values, where they can become one: three of them, of one input, and
/// all or none with biases.
fn projections<'g>(graph: &View<'g>, attention: Placed<'g>) -> Option<[Projection<'g>; 3]> {
    let &[q, k, v] = attention.inputs else { return None };
    let [q, k, v] = [projection(graph, q)?, projection(graph, k)?, projection(graph, v)?];
    let distinct = q.node.id != k.node.id && k.node.id != v.node.id && v.node.id != q.node.id;
    let alike = [&k, &v].iter().all(|other| {
        other.node.input() == q.node.input() && other.matmul.biases.is_empty() == q.matmul.biases.is_empty()
    });
    (distinct && alike).then_some([q, k, v])
}

/// The product behind a value, seen through what models put between it and the attention.
fn projection<'g>(graph: &View<'g>, value: ValueId) -> Option<Projection<'g>> {
    let node = graph.producer(value)?;
    match node.op {
        Op::Matmul(matmul) => Some(Projection { node, matmul }),
        Op::Rope(_) | Op::RmsNorm(_) => projection(graph, node.input()),
        _ => None,
    }
}

/// One product with the weights of all, and a slice of its result in place of each.
fn fuse(graph: &View<'_>, projections: &[Projection<'_>], patch: &mut PatchBuilder) {
    let all = Matmul {
        weights: projections.iter().flat_map(|p| p.matmul.weights.clone()).collect(),
        biases: projections.iter().flat_map(|p| p.matmul.biases.clone()).collect(),
    };
    let product = patch.add(Op::Matmul(all), [projections[0].node.input()]);
    let mut start = 0;
    for Projection { node, .. } in projections {
        let len = graph.width(node.output());
        let part = patch.add(Op::Slice(Slice { start, len }), [product]);
        patch.rewire(node.output(), part);
        patch.remove(*node);
        start += len;
    }
}

#[cfg(test)]
mod tests;
