//! Feeds the logits through two nodes that read each other.

use inferno_plugin::{
    Graph, NewNode, NewValue, Op, OptimizationPass, PassError, Patch, Rewire, Target, ValueRef,
};

struct MakesCycle;

inferno_plugin::optimization_pass!(MakesCycle);

impl OptimizationPass for MakesCycle {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let output = |node| ValueRef::New(NewValue { node, output: 0 });
        Ok(Patch {
            remove: vec![],
            add: vec![
                NewNode { op: Op::Add, inputs: vec![ValueRef::Old(graph.logits), output(1)] },
                NewNode { op: Op::Identity, inputs: vec![output(0)] },
            ],
            rewire: vec![Rewire { from: graph.logits, to: output(0) }],
        })
    }
}
