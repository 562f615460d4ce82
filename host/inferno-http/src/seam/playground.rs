//! One call of a signed component, installed or not.

use inferno_insight::{Frame, Theme, Viewport};
use inferno_package::{PackageRef, Version};
use inferno_types::Digest;

use super::Problem;
use crate::api::graph::{Graph, Target};

/// What a component is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// To draw.
    Widget {
        /// A JSON object.
        settings: String,
        /// In the order of its queries.
        frames: Vec<Frame>,
        /// The space that it has.
        viewport: Viewport,
        /// The colours.
        theme: Theme,
    },
    /// To look for opportunities in.
    Analyzer {
        /// In the order of its queries.
        frames: Vec<Frame>,
    },
    /// To improve.
    OptimizationPass {
        /// The graph, which need not be a good one: nothing of this reaches a model.
        graph: Graph,
        /// The hardware that it is to run on.
        target: Target,
    },
}

/// What it answered, as JSON, and how long it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// A view, a list of opportunities, or a patch.
    pub output: serde_json::Value,
    /// The call alone.
    pub elapsed: std::time::Duration,
}

/// Has components that can be run once, installed or not.
pub trait Playground: Send + Sync {
    /// The version with this digest, verified like what is installed: nothing unsigned runs. May block, and may ask
    /// another server.
    ///
    /// # Errors
    /// When it is not to be had, or is refused.
    fn prepare(&self, name: &PackageRef, version: &Version, digest: &Digest)
    -> Result<Box<dyn Toy>, Problem>;
}

/// A component that is ready to be run.
pub trait Toy: Send {
    /// Runs it. May block for as long as its limits let it.
    ///
    /// # Errors
    /// When it is of another kind than its input, declines, or breaks.
    fn run(&self, input: Input) -> Result<Played, Problem>;
}
