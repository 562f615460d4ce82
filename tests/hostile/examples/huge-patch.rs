//! Hands out a patch of four million removals and a hundred thousand nodes.

use inferno_plugin::{Graph, NewNode, Op, OptimizationPass, PassError, Patch, Target, ValueRef};

struct HugePatch;

inferno_plugin::optimization_pass!(HugePatch);

impl OptimizationPass for HugePatch {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let node = NewNode { op: Op::Identity, inputs: vec![ValueRef::Old(graph.logits)] };
        Ok(Patch { remove: vec![0; 4_000_000], add: vec![node; 100_000], rewire: vec![] })
    }
}
