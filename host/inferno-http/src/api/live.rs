//! The messages of the socket at `/socket.io`, namespace `/`.
//!
//! The server sends `snapshot` every second, and `view` or `viewError` for each watched widget. A client sends
//! `watch`, which replaces what it watched before.

use inferno_insight::{Theme, View, Viewport};
use inferno_package::PackageRef;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The most widgets that one client watches.
pub const MAX_WATCHED: usize = 64;

/// `watch`: the widgets to draw every second from now on, instead of those named before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// At most 64.
    pub widgets: Vec<WatchedWidget>,
}

/// A widget to draw.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchedWidget {
    /// What the answers call it: the client's choice, at most 64 bytes.
    pub id: String,
    /// The package.
    #[schema(value_type = String)]
    pub widget: PackageRef,
    /// Settings that fit its schema.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// The space that it has.
    pub viewport: Viewport,
    /// The colours that the reader has chosen.
    pub theme: Theme,
}

/// `view`: what a watched widget shows now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ViewMessage {
    /// What the client called it.
    pub id: String,
    /// What it shows.
    pub view: View,
}

/// `viewError`: why a watched widget shows nothing. Without an `id`, why a whole `watch` was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ViewErrorMessage {
    /// What the client called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A stable code, as in the errors of the routes.
    pub code: String,
    /// A sentence that says what to do.
    pub message: String,
}
