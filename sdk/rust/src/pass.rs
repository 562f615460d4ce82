//! The trait of an optimization pass, and how it becomes a component's export.

use crate::{Graph, PassError, Patch, Target, bindings::pass::exports::inferno::plugin::pass::Guest};

/// Proposes a change to the computation graph of a model when it is loaded.
pub trait OptimizationPass {
    /// Reads a graph and the hardware it will run on, and proposes a patch. An empty patch says that there is
    /// nothing to do.
    ///
    /// The host makes each call on a fresh instance, so a pass keeps nothing between calls.
    ///
    /// # Errors
    /// [`PassError::Unsupported`] when the graph is not one that the pass understands,
    /// [`PassError::Internal`] when the pass finds itself in a state that it holds to be impossible.
    fn apply(graph: &Graph, target: &Target) -> Result<Patch, PassError>;
}

impl<P: OptimizationPass> Guest for P {
    fn apply(graph: Graph, target: Target) -> Result<Patch, PassError> {
        #[cfg(target_arch = "wasm32")]
        crate::log::through(sink);
        <P as OptimizationPass>::apply(&graph, &target)
    }
}

#[cfg(target_arch = "wasm32")]
fn sink(level: crate::log::Level, message: &str) {
    use crate::{bindings::pass::inferno::plugin::log, log::Level};
    let level = match level {
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
    };
    log::log(level, message);
}

/// Exports an [`OptimizationPass`] from the component that this crate becomes. Exports nothing on other targets
/// than WebAssembly, where the crate is an ordinary library.
#[macro_export]
macro_rules! optimization_pass {
    ($pass:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::__private::pass::export_optimization_pass!($pass with_types_in $crate::__private::pass);

        // Elsewhere the pass counts as used, and must still be one.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&$crate::Graph, &$crate::Target) -> Result<$crate::Patch, $crate::PassError> =
            <$pass as $crate::OptimizationPass>::apply;
    };
}
