//! Applies a feed-forward's activation to the wrong one of its two projections.

use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Target, View};

struct SwapsGateUp;

inferno_plugin::optimization_pass!(SwapsGateUp);

impl OptimizationPass for SwapsGateUp {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let view = View::new(graph);
        let mut patch = PatchBuilder::new();
        for product in view.nodes().filter(|node| *node.op == Op::Mul) {
            let &[active, up] = product.inputs else { continue };
            let Some(silu) = view.producer(active).filter(|node| *node.op == Op::Silu) else { continue };
            let active = patch.add(Op::Silu, [up]);
            let swapped = patch.add(Op::Mul, [active.into(), inferno_plugin::ValueRef::Old(silu.input())]);
            patch.rewire(product.output(), swapped);
            patch.remove(product);
            patch.remove(silu);
        }
        Ok(patch.finish())
    }
}
