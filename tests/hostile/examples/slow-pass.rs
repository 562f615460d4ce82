//! Computes every matrix product four times and hands on the mean: right to the last bit, and slow however busy the machine is.

use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Target, View};

struct SlowPass;

inferno_plugin::optimization_pass!(SlowPass);

impl OptimizationPass for SlowPass {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let mut patch = PatchBuilder::new();
        // Not that of the logits, the largest: values may take four times the room that they took, and no more.
        let products = View::new(graph).nodes().filter(|node| matches!(node.op, Op::Matmul(_)));
        for node in products.filter(|node| node.output() != graph.logits) {
            let [a, b, c, d] = [(); 4].map(|()| patch.add(node.op.clone(), [node.input()]));
            let pairs = [[a, b], [c, d]].map(|pair| patch.add(Op::Add, pair));
            let sum = patch.add(Op::Add, pairs);
            let mean = patch.add(Op::Scale(0.25), [sum]);
            patch.rewire(node.output(), mean);
            patch.remove(node);
        }
        Ok(patch.finish())
    }
}
