//! `POST /api/playground/run`: one call of a component, so that a browser's result can be held against ours.

use inferno_insight::{Frame, Theme, Viewport};
use inferno_package::{PackageRef, Version};
use inferno_types::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::graph::{Graph, Target};

/// A signed component and what to give it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// The package.
    #[schema(value_type = String)]
    pub name: PackageRef,
    /// The version.
    #[schema(value_type = String)]
    pub version: Version,
    /// The digest of the component that the browser ran.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// What to give it; of its own kind.
    pub input: RunInput,
}

/// What a component of each kind is given.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum RunInput {
    /// The arguments of `render`.
    Widget(WidgetInput),
    /// The arguments of `analyze`.
    Analyzer(AnalyzerInput),
    /// The arguments of `apply`.
    OptimizationPass(PassInput),
}

/// The arguments of `render`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WidgetInput {
    /// Settings that fit the widget's schema.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// The data, in the order of its queries.
    pub frames: Vec<Frame>,
    /// The space that it has.
    pub viewport: Viewport,
    /// The colours.
    pub theme: Theme,
}

/// The arguments of `analyze`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalyzerInput {
    /// The data, in the order of its queries.
    pub frames: Vec<Frame>,
}

/// The arguments of `apply`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassInput {
    /// The graph to improve.
    pub graph: Graph,
    /// The hardware that it is to run on.
    pub target: Target,
}

/// What the component answered.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunResponse {
    /// The digest of the bytes that ran.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// A view, a list of opportunities or a patch, in the JSON that a browser's component tooling gives.
    pub output: Value,
    /// How long the call took, in milliseconds. Measured.
    pub elapsed_ms: f64,
}
