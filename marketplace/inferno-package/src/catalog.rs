//! What a registry says about packages, as JSON: shared by registry, client and front end.
//!
//! Owns the shapes of the catalog's answers. Refuses to be proof of anything: a registry can say what it likes, and
//! what may run is decided by `inferno-trust` from the bytes and their bundle. Easily confused with
//! [`Manifest`](crate::Manifest), which a publisher writes.
//!
//! Keys are camel case; times are milliseconds since 1970 in UTC.

use inferno_types::Digest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Capability, Kind, PackageRef, Version};

/// A package in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageSummary {
    /// What it is called.
    #[schema(value_type = String, example = "inferno/throughput")]
    pub name: PackageRef,
    /// What its component does.
    #[schema(value_type = String, example = "widget")]
    pub kind: Kind,
    /// One line for people, of the newest version.
    pub description: String,
    /// The licence, as its publisher spells it.
    pub license: String,
    /// Who publishes it.
    pub publisher: String,
    /// The newest version that is not yanked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "0.1.0")]
    pub latest: Option<Version>,
    /// When its newest version was published.
    pub updated_at: u64,
    /// How many versions there are, yanked ones included.
    pub versions: u32,
}

/// Everything about one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageDetail {
    /// What it is called.
    #[schema(value_type = String, example = "inferno/throughput")]
    pub name: PackageRef,
    /// What its component does.
    #[schema(value_type = String, example = "widget")]
    pub kind: Kind,
    /// One line for people, of the newest version.
    pub description: String,
    /// The licence, as its publisher spells it.
    pub license: String,
    /// Markdown of the newest version, untrusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readme: Option<String>,
    /// Who publishes it.
    pub publisher: PublisherInfo,
    /// Every version, newest first.
    pub versions: Vec<VersionDetail>,
}

/// A publisher and the keys that the registry knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublisherInfo {
    /// The part of its packages' names before the slash.
    pub name: String,
    /// Its keys, also those that are revoked.
    pub keys: Vec<PublisherKey>,
}

/// A key of a publisher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublisherKey {
    /// Its identifier: the SHA-256 of the public key, in hexadecimal digits.
    pub id: String,
    /// The public key, as PEM.
    pub public_key: String,
    /// Whether nothing new is accepted from it.
    pub revoked: bool,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionDetail {
    /// Which.
    #[schema(value_type = String, example = "0.1.0")]
    pub version: Version,
    /// The digest of the component.
    #[schema(value_type = String, example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub digest: Digest,
    /// The digest of its OCI manifest.
    #[schema(value_type = String)]
    pub manifest_digest: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// When it was published.
    pub published_at: u64,
    /// The identifier of the key that signed it.
    pub signer: String,
    /// The capabilities that it asks for.
    #[schema(value_type = Vec<String>, example = json!(["log", "metric:inferno_generation_tokens_total"]))]
    pub requests: Vec<Capability>,
    /// What its component does.
    #[schema(value_type = String, example = "widget")]
    pub kind: Kind,
    /// Absent while it may be installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yanked: Option<Yank>,
}

/// That a version is not to be installed any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Yank {
    /// Since when.
    pub at: u64,
    /// Why, in its publisher's words.
    pub reason: String,
}

/// A part of the answer to a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchPage {
    /// The packages of this part, best first.
    pub packages: Vec<PackageSummary>,
    /// How many there are in all parts together.
    pub total: u64,
    /// How many come before this part.
    pub offset: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_written_in_camel_case_and_without_absent_keys() {
        let summary = PackageSummary {
            name: "inferno/throughput".parse().expect("a name"),
            kind: Kind::Widget,
            description: "Tokens per second".into(),
            license: "Apache-2.0".into(),
            publisher: "inferno".into(),
            latest: None,
            updated_at: 1,
            versions: 0,
        };
        let json = serde_json::to_string(&summary).expect("JSON");
        insta::assert_snapshot!(json, @r#"{"name":"inferno/throughput","kind":"widget","description":"Tokens per second","license":"Apache-2.0","publisher":"inferno","updatedAt":1,"versions":0}"#);
        assert_eq!(serde_json::from_str::<PackageSummary>(&json).expect("it was just written"), summary);
        let hostile = json.replace("inferno/throughput", "../throughput");
        assert!(serde_json::from_str::<PackageSummary>(&hostile).is_err(), "names are parsed, not copied");
    }
}
