//! `/api/marketplace/…`: finding and installing packages, from whichever registry this server uses.

use inferno_package::{Capability, Kind, PackageRef, Version, catalog::PackageDetail};
use inferno_types::Digest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The most packages of one page of a search.
pub const MAX_PAGE: u32 = 100;

/// What to search for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// Words of name or description.
    pub text: Option<String>,
    /// Only packages of this kind.
    #[param(value_type = Option<String>)]
    pub kind: Option<Kind>,
    /// Only packages of this publisher.
    pub publisher: Option<String>,
    /// How many to skip.
    pub offset: u64,
    /// How many to give at most, 1 to 100; 20 unless said otherwise.
    pub limit: Option<u32>,
}

/// A package, and whether it is installed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MarketPackage {
    /// What the registry says.
    #[serde(flatten)]
    pub package: PackageDetail,
    /// The version that is installed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub installed: Option<Version>,
}

/// What somebody thinks of installing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// The package.
    #[schema(value_type = String, example = "inferno/throughput")]
    pub name: PackageRef,
    /// The version; the newest that is not yanked unless said otherwise.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub version: Option<Version>,
}

/// What installing would do, for a person to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstallPlan {
    /// The package.
    #[schema(value_type = String)]
    pub name: PackageRef,
    /// The version.
    #[schema(value_type = String)]
    pub version: Version,
    /// What its component does.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// One line for people.
    pub description: String,
    /// The digest of the component.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// The identifier of the key that signed it.
    pub signer: String,
    /// Whether that key is trusted here for this publisher already. If not, installing begins to trust it.
    pub trusted: bool,
    /// The version that is installed now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub previous: Option<Version>,
    /// Whether somebody else signed what is installed now.
    pub signer_changed: bool,
    /// Whether what is installed now is newer.
    pub older: bool,
    /// The capabilities that it asks for.
    #[schema(value_type = Vec<String>)]
    pub requests: Vec<Capability>,
}

/// A person's decision about a plan. What it names must be what the plan named, so that nobody agrees to one thing and
/// gets another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstallRequest {
    /// The package.
    #[schema(value_type = String)]
    pub name: PackageRef,
    /// The version.
    #[schema(value_type = String)]
    pub version: Version,
    /// The digest of the component.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// The identifier of the key that signed it, which is trusted for this publisher from now on.
    pub signer: String,
    /// The capabilities that are granted, of those it asks for.
    #[schema(value_type = Vec<String>)]
    pub grants: Vec<Capability>,
    /// Whether it may be older than what is installed now; it may not unless said.
    #[serde(default)]
    pub allow_older: bool,
}
