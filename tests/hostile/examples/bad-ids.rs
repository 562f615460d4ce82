//! Names nodes, values and outputs that do not exist.

use inferno_plugin::{
    Graph, NewNode, NewValue, Op, OptimizationPass, PassError, Patch, Rewire, Target, ValueRef,
};

struct BadIds;

inferno_plugin::optimization_pass!(BadIds);

impl OptimizationPass for BadIds {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let nowhere = ValueRef::New(NewValue { node: u32::MAX, output: u32::MAX });
        Ok(Patch {
            remove: vec![u32::MAX, graph.nodes.len() as u32],
            add: vec![NewNode { op: Op::Add, inputs: vec![ValueRef::Old(u32::MAX), nowhere] }],
            rewire: vec![Rewire { from: u32::MAX, to: nowhere }],
        })
    }
}
