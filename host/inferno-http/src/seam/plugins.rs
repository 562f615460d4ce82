//! The installed components.

use inferno_insight::{Frame, Query, Theme, View, Viewport};
use inferno_package::PackageRef;

use super::Problem;
use crate::api::{plugins::PluginInfo, widgets::WidgetInfo};

/// Knows and runs what is installed. Every method may block.
pub trait Plugins: Send + Sync {
    /// Everything that is installed, by name.
    fn list(&self) -> Vec<PluginInfo>;

    /// Switches a component on or off, for good: also after a restart. On also ends a quarantine.
    ///
    /// # Errors
    /// When it is not installed, or the decision cannot be kept.
    fn set_enabled(&self, name: &PackageRef, enabled: bool) -> Result<PluginInfo, Problem>;

    /// Takes a component away.
    ///
    /// # Errors
    /// When it is not installed, or cannot be removed.
    fn remove(&self, name: &PackageRef) -> Result<(), Problem>;

    /// The widgets that can be drawn, by name.
    fn widgets(&self) -> Vec<WidgetInfo>;

    /// The data that a widget needs under these settings, a JSON object.
    ///
    /// # Errors
    /// When there is no such widget, it rests, it declines, or it breaks.
    fn queries(&self, widget: &PackageRef, settings: &str) -> Result<Vec<Query>, Problem>;

    /// What a widget shows.
    ///
    /// # Errors
    /// As [`queries`](Self::queries).
    fn render(
        &self,
        widget: &PackageRef,
        settings: &str,
        frames: &[Frame],
        viewport: Viewport,
        theme: Theme,
    ) -> Result<View, Problem>;
}
