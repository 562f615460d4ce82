//! Never returns.

use inferno_plugin::{Graph, OptimizationPass, PassError, Patch, Target};

struct EndlessLoop;

inferno_plugin::optimization_pass!(EndlessLoop);

impl OptimizationPass for EndlessLoop {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let mut spins = u64::from(graph.context_length);
        while std::hint::black_box(spins) != u64::MAX {
            spins = spins.wrapping_mul(2) % 1_000_003;
        }
        Ok(Patch { remove: vec![], add: vec![], rewire: vec![] })
    }
}
