//! Cuts the last token off the vocabulary.

use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Slice, Target, View};

struct ChangesShape;

inferno_plugin::optimization_pass!(ChangesShape);

impl OptimizationPass for ChangesShape {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let len = View::new(graph).width(graph.logits) - 1;
        let mut patch = PatchBuilder::new();
        let cut = patch.add(Op::Slice(Slice { start: 0, len }), [graph.logits]);
        patch.rewire(graph.logits, cut);
        Ok(patch.finish())
    }
}
