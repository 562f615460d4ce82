//! Computes every matrix product twice and hands on the mean of the two: right to the last bit, and slow.

use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Target, View};

struct SlowPass;

inferno_plugin::optimization_pass!(SlowPass);

impl OptimizationPass for SlowPass {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let mut patch = PatchBuilder::new();
        for node in View::new(graph).nodes().filter(|node| matches!(node.op, Op::Matmul(_))) {
            let halves = [(); 2].map(|()| {
                let product = patch.add(node.op.clone(), [node.input()]);
                patch.add(Op::Scale(0.5), [product])
            });
            let mean = patch.add(Op::Add, halves);
            patch.rewire(node.output(), mean);
            patch.remove(node);
        }
        Ok(patch.finish())
    }
}
