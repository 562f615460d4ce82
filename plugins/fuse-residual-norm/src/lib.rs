//! Makes a residual addition and the norm of its sum one operation.
//!
//! Owns norms over the whole row of a sum. Refuses norms over heads, and norms of rows picked from a sum: there the
//! sum has more rows than the norm, and fusing would norm rows that nobody asked for.

use inferno_plugin::{
    Graph, Norm, Op, OptimizationPass, PassError, Patch, PatchBuilder, Placed, Target, View, log,
};

struct FuseResidualNorm;

inferno_plugin::optimization_pass!(FuseResidualNorm);

impl OptimizationPass for FuseResidualNorm {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let graph = View::new(graph);
        let mut patch = PatchBuilder::new();
        let mut fused = 0;
        for (sum, node, norm) in graph.nodes().filter_map(|node| normed_sum(&graph, node)) {
            // Of two norms of one sum the first is fused; the other reads the sum that the fused one hands out.
            if patch.removes(sum) {
                continue;
            }
            let both = patch.add(Op::AddRmsNorm(norm.clone()), sum.inputs.iter().copied());
            patch.rewire(sum.output(), both.output(0));
            patch.rewire(node.output(), both.output(1));
            patch.remove(sum);
            patch.remove(node);
            fused += 1;
        }
        log::info(format!("fused {fused} sums with their norms"));
        Ok(patch.finish())
    }
}

/// The sum that a node norms row by row, the node, and how it norms.
fn normed_sum<'g>(graph: &View<'g>, node: Placed<'g>) -> Option<(Placed<'g>, Placed<'g>, &'g Norm)> {
    let Op::RmsNorm(norm) = node.op else { return None };
    let whole_row = graph.weight(&norm.weight)?.cols == graph.width(node.input());
    let sum = graph.producer(node.input()).filter(|producer| *producer.op == Op::Add)?;
    whole_row.then_some((sum, node, norm))
}

#[cfg(test)]
mod tests;
