//! Computes every matrix product four times and hands on the mean: right to the last bit, and slow however busy the machine is.

use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Target, View};

struct SlowPass;

inferno_plugin::optimization_pass!(SlowPass);

impl OptimizationPass for SlowPass {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let mut patch = PatchBuilder::new();
        for node in View::new(graph).nodes().filter(|node| matches!(node.op, Op::Matmul(_))) {
            let quarters = [(); 4].map(|()| {
                let product = patch.add(node.op.clone(), [node.input()]);
                patch.add(Op::Scale(0.25), [product])
            });
            let [a, b, c, d] = quarters;
            let halves = [[a, b], [c, d]].map(|pair| patch.add(Op::Add, pair));
            let mean = patch.add(Op::Add, halves);
            patch.rewire(node.output(), mean);
            patch.remove(node);
        }
        Ok(patch.finish())
    }
}
