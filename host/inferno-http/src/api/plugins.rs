//! `GET /api/plugins`: what is installed, what it may do, and how it behaves.

use inferno_package::{Kind, Version};
use inferno_types::Digest;
use serde::Serialize;
use utoipa::ToSchema;

/// An installed component.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginInfo {
    /// Its package; of a folder whose manifest cannot be read, the folder's name.
    pub name: String,
    /// Its version. Absent like the next ones where a refused folder does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub version: Option<Version>,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "widget")]
    pub kind: Option<Kind>,
    /// The digest of its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub digest: Option<Digest>,
    /// Who signed it, as the trust policy calls them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// One line for people.
    pub description: String,
    /// The capabilities that its signature covers: `log`, `metric:NAME`.
    pub requested: Vec<String>,
    /// Those of them that the operator grants.
    pub granted: Vec<String>,
    /// Whether it runs.
    pub state: PluginState,
    /// Whether its state takes effect only when the server starts again: passes run when a model is loaded.
    pub needs_restart: bool,
    /// How it behaves, since the server started.
    pub stats: PluginFigures,
}

/// Whether a component runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum PluginState {
    /// It does.
    Active,
    /// The operator switched it off.
    Disabled,
    /// It broke too often and rests for a while.
    Suspended(Suspension),
    /// It went on breaking and rests until it is enabled again; the text says what it did last.
    Quarantined(String),
    /// It was not even loaded; the text says why.
    Refused(String),
}

/// A rest after faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// How long it still lasts, in milliseconds.
    pub retry_after_ms: u64,
    /// What it did last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a component behaves. All of it is measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginFigures {
    /// Calls.
    pub calls: u64,
    /// Calls that ended in a fault: a trap, a limit, an answer that is none.
    pub faults: u64,
    /// Things it asked for and was not granted.
    pub denials: u64,
    /// The mean time of a call; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_ms: Option<f64>,
    /// The time of the last call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<f64>,
    /// The most memory that any call took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// The last fault, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_fault: Option<String>,
}
