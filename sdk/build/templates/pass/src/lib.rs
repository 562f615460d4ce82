//! Removes scales that change nothing, and joins those that follow each other.
//!
//! Owns scales. Refuses everything else: whatever it does not know stays as it is.

use inferno_plugin::{Graph, Op, OptimizationPass, PassError, Patch, PatchBuilder, Placed, Target, View, log};

struct MyPlugin;

inferno_plugin::optimization_pass!(MyPlugin);

impl OptimizationPass for MyPlugin {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let graph = View::new(graph);
        let mut patch = PatchBuilder::new();
        for node in graph.nodes() {
            match node.op {
                Op::Scale(1.0) => {
                    patch.remove(node);
                    patch.rewire(node.output(), node.input());
                }
                Op::Scale(factor) => join(&graph, node, *factor, &mut patch),
                _ => {}
            }
        }
        let patch = patch.finish();
        log::info(format!("removed {} scales", patch.remove.len()));
        Ok(patch)
    }
}

/// Joins a scale with the one before it, where nobody else reads what lies between them.
fn join(graph: &View<'_>, second: Placed<'_>, factor: f32, patch: &mut PatchBuilder) {
    let Some(first) = graph.producer(second.input()) else { return };
    let Op::Scale(before) = first.op else { return };
    if *before == 1.0 || patch.removes(first) || !graph.is_used_once(first.output()) {
        return;
    }
    let joined = patch.add(Op::Scale(before * factor), [first.input()]);
    patch.remove(first);
    patch.remove(second);
    patch.rewire(second.output(), joined);
}

#[cfg(test)]
mod tests;
