//! Leaves out what one layer in the middle adds to the residual stream.

use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Target, View};

struct DropsNode;

inferno_plugin::optimization_pass!(DropsNode);

impl OptimizationPass for DropsNode {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let sums: Vec<_> = View::new(graph).nodes().filter(|node| *node.op == Op::Add).collect();
        let Some(sum) = sums.get(sums.len() / 2) else {
            return Err(PassError::Unsupported("a graph without sums".into()));
        };
        let mut patch = PatchBuilder::new();
        patch.rewire(sum.output(), sum.input());
        patch.remove(*sum);
        Ok(patch.finish())
    }
}
