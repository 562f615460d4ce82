//! Says that it cannot treat the graph. Not hostile, but a case that its callers must treat as well.

use inferno_plugin::{Graph, OptimizationPass, PassError, Patch, Target};

struct Declines;

inferno_plugin::optimization_pass!(Declines);

impl OptimizationPass for Declines {
    fn apply(_: &Graph, target: &Target) -> Result<Patch, PassError> {
        Err(PassError::Unsupported(format!("knows nothing of {}", target.backend)))
    }
}
