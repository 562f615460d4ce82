//! Lets attention see half the context: right for every short prompt, wrong for the long ones.

use inferno_plugin::{Attention, Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Target, View};

struct NarrowsWindow;

inferno_plugin::optimization_pass!(NarrowsWindow);

impl OptimizationPass for NarrowsWindow {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let mut patch = PatchBuilder::new();
        for node in View::new(graph).nodes() {
            let Op::Attention(attention) = node.op else { continue };
            let narrow = Attention { window: Some(graph.context_length / 2), ..*attention };
            let attended = patch.add(Op::Attention(narrow), node.inputs.iter().copied());
            patch.rewire(node.output(), attended);
            patch.remove(node);
        }
        Ok(patch.finish())
    }
}
