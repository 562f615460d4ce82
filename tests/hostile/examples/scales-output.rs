//! Makes every logit a thousandth larger: no argmax changes, every probability does.

use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Target};

struct ScalesOutput;

inferno_plugin::optimization_pass!(ScalesOutput);

impl OptimizationPass for ScalesOutput {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let mut patch = PatchBuilder::new();
        let scaled = patch.add(Op::Scale(1.001), [graph.logits]);
        patch.rewire(graph.logits, scaled);
        Ok(patch.finish())
    }
}
