//! Panics.

use inferno_plugin::{Graph, OptimizationPass, PassError, Patch, Target};

struct Trap;

inferno_plugin::optimization_pass!(Trap);

impl OptimizationPass for Trap {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        panic!("a graph of {} nodes is more than this pass can take", graph.nodes.len());
    }
}
