//! `GET /api/widgets` and `POST /api/widgets/{publisher}/{name}/render`.

use inferno_insight::{Frame, Query, Theme, View, Viewport};
use inferno_package::{PackageRef, Version};
use inferno_types::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A widget that can be put on the board.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WidgetInfo {
    /// Its package.
    #[schema(value_type = String)]
    pub name: PackageRef,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// The digest of its bytes.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// One line for people.
    pub description: String,
    /// A JSON Schema of its settings: an object of booleans, numbers, integers, strings and enumerations of strings.
    #[schema(value_type = Object)]
    pub schema: Map<String, Value>,
    /// Why it has no schema of its own to offer, where it failed to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// How to draw a widget once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenderRequest {
    /// Settings that fit its schema.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// The space that it has.
    pub viewport: Viewport,
    /// The colours that the reader has chosen.
    pub theme: Theme,
    /// Data to draw instead of this server's, in the order of the queries.
    #[serde(default)]
    pub frames: Option<Vec<Frame>>,
}

/// What was drawn, and of what.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderResponse {
    /// The data that it asked for.
    pub queries: Vec<Query>,
    /// The data that it got.
    pub frames: Vec<Frame>,
    /// What it shows.
    pub view: View,
    /// How long both calls took, in milliseconds. Measured.
    pub elapsed_ms: f64,
}
