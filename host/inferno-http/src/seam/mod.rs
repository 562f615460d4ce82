//! What the routes ask of the rest of the binary, as traits that it implements.
//!
//! Owns the questions and the one way in which an answer may fail. Refuses to know who answers: telemetry, the plugin
//! host, the store and the registry's client are not named in this crate. What says that it may block
//! is called on threads that are there to be blocked.

mod boards;
mod insight;
mod marketplace;
mod playground;
mod plugins;
mod problem;

use std::sync::Arc;

pub use boards::{Answer, Boards};
pub use insight::Insight;
pub use marketplace::{Fetched, Marketplace};
pub use playground::{Input, Played, Playground, Toy};
pub use plugins::Plugins;
pub use problem::{Problem, ProblemKind};

use crate::HttpObserver;

/// All of them.
#[derive(Clone)]
pub struct Seams {
    /// Who counts requests.
    pub observer: Arc<dyn HttpObserver>,
    /// Who knows the figures.
    pub insight: Arc<dyn Insight>,
    /// Who runs components.
    pub plugins: Arc<dyn Plugins>,
    /// Who finds and installs packages.
    pub marketplace: Arc<dyn Marketplace>,
    /// Who runs one call of a component for comparison.
    pub playground: Arc<dyn Playground>,
    /// Who keeps the board.
    pub boards: Arc<dyn Boards>,
}

impl std::fmt::Debug for Seams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seams").finish_non_exhaustive()
    }
}
