//! Calls itself until the stack ends.

use inferno_plugin::{Graph, OptimizationPass, PassError, Patch, Target};

struct DeepRecursion;

inferno_plugin::optimization_pass!(DeepRecursion);

impl OptimizationPass for DeepRecursion {
    fn apply(graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        let depth = descend(&[u64::from(graph.context_length); 16]);
        Err(PassError::Internal(format!("came back from a depth of {depth}")))
    }
}

/// Each frame needs the one below it for its own result, so no compiler makes a loop of it.
fn descend(frame: &[u64; 16]) -> u64 {
    let deeper = std::hint::black_box(frame.map(|word| word.wrapping_add(1)));
    if deeper[0] == 0 { 0 } else { descend(&deeper).wrapping_add(deeper[15]) }
}
