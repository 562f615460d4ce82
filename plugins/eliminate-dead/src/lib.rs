//! Removes what no answer depends on.
//!
//! Owns three kinds of node: those that only hand their input on, those that nothing uses, and those that are used
//! only by such. Refuses to touch an attention, used or not: it also writes the cache of its layer.

use inferno_plugin::{
    Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Placed, Target, ValueId, View, log,
};

struct EliminateDead;

inferno_plugin::optimization_pass!(EliminateDead);

impl OptimizationPass for EliminateDead {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let view = View::new(graph);
        let live = live_values(graph, &view);
        let mut patch = PatchBuilder::new();
        let mut removed = 0;
        for node in view.nodes() {
            let used = node.outputs.iter().any(|output| live[*output as usize]);
            if hands_on(node) {
                if used {
                    patch.rewire(node.output(), source(&view, node.output()));
                }
            } else if used || matches!(node.op, Op::Attention(_)) {
                continue;
            }
            patch.remove(node);
            removed += 1;
        }
        log::info(format!("removed {removed} nodes"));
        Ok(patch.finish())
    }
}

/// Whether a node's output is its input. Multiplying by one is exact for every float.
fn hands_on(node: Placed<'_>) -> bool {
    match node.op {
        Op::Identity => true,
        Op::Scale(factor) => *factor == 1.0,
        _ => false,
    }
}

/// The value that is really read when `value` is, behind everything that only hands it on.
fn source(view: &View<'_>, value: ValueId) -> ValueId {
    let mut value = value;
    while let Some(node) = view.producer(value).filter(|node| hands_on(*node)) {
        value = node.input();
    }
    value
}

/// For each value, whether the logits or a cache depend on it. Readers come after what they read, so one pass
/// backwards sees every use of a value before the node that makes it.
fn live_values(graph: &Graph, view: &View<'_>) -> Vec<bool> {
    let mut live = vec![false; graph.values.len()];
    live[graph.logits as usize] = true;
    for node in view.nodes().rev() {
        let used = node.outputs.iter().any(|output| live[*output as usize]);
        if used || matches!(node.op, Op::Attention(_)) {
            for input in node.inputs {
                live[*input as usize] = true;
            }
        }
    }
    live
}

#[cfg(test)]
mod tests;
