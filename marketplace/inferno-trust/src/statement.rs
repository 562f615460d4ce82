//! The in-toto statement that is signed.
//!
//! Owns: its text, written and read. One subject, whose name is the package (`inferno/fuse-qkv`, no version)
//! and whose digest is the component's SHA-256; the predicate says the rest. Refuses statements of another
//! type, with another number of subjects, or that say more than we understand: a new field is a new predicate
//! type. Easily confused with the bundle, which carries the statement and its signature.

use inferno_package::{Capability, Kind, PackageRef, Version};
use inferno_types::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Release,
    json::{self, JsonError},
};

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The type of our predicate. A URN, since a type is a name: it needs no host that someone could lose.
pub const PREDICATE_TYPE: &str = "urn:inferno:package-release:v1";

/// A release and the digest of its component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) release: Release,
    pub(crate) digest: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "_type")]
    statement_type: String,
    subject: [WireSubject; 1],
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: WirePredicate,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSubject {
    name: PackageRef,
    digest: WireDigest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireDigest {
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePredicate {
    name: PackageRef,
    version: Version,
    kind: Kind,
    grants: Vec<Capability>,
}

impl Statement {
    /// The JSON that is signed. Equal statements give equal bytes.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let release = &self.release;
        let wire = Wire {
            statement_type: STATEMENT_TYPE.to_owned(),
            subject: [WireSubject {
                name: release.name().clone(),
                digest: WireDigest { sha256: self.digest.hex() },
            }],
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: WirePredicate {
                name: release.name().clone(),
                version: release.version().clone(),
                kind: release.kind(),
                grants: release.requests().iter().cloned().collect(),
            },
        };
        serde_json::to_vec(&wire).expect("strings and lists of strings are always JSON")
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        let value = json::parse(bytes).map_err(StatementError::Json)?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("_type") != STATEMENT_TYPE {
            return Err(StatementError::StatementType { found: shorten(text("_type")) });
        }
        if text("predicateType") != PREDICATE_TYPE {
            return Err(StatementError::PredicateType { found: shorten(text("predicateType")) });
        }
        let subjects = value.get("subject").and_then(Value::as_array).map_or(0, Vec::len);
        if subjects != 1 {
            return Err(StatementError::Subjects { found: subjects });
        }
        let wire: Wire =
            serde_json::from_value(value).map_err(|e| StatementError::Shape { reason: e.to_string() })?;
        let [subject] = wire.subject;
        if subject.name != wire.predicate.name {
            return Err(StatementError::TwoNames { subject: subject.name, predicate: wire.predicate.name });
        }
        let digest = Digest::from_hex(&subject.digest.sha256)
            .map_err(|e| StatementError::Shape { reason: e.to_string() })?;
        let WirePredicate { name, version, kind, grants } = wire.predicate;
        let release = Release::new(name, version, kind).with_requests(grants.into_iter().collect());
        Ok(Self { release, digest })
    }
}

/// The beginning of a text from outside, for quoting it in an error.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Why a signed payload is not a statement about a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It is not JSON, or says a key twice.
    #[error("the signed statement cannot be read")]
    Json(#[source] JsonError),
    /// It is not an in-toto v1 statement.
    #[error("the signed statement has the type {found:?}; `https://in-toto.io/Statement/v1` is needed")]
    StatementType {
        /// Its `_type`, shortened.
        found: String,
    },
    /// It states something other than a release.
    #[error(
        "the signed statement is about {found:?}; only `{PREDICATE_TYPE}` says that a component may be installed"
    )]
    PredicateType {
        /// Its `predicateType`, shortened.
        found: String,
    },
    /// It does not have one subject.
    #[error("the signed statement has {found} subjects; a release is one component, so one is needed")]
    Subjects {
        /// How many it has.
        found: usize,
    },
    /// Subject and predicate disagree.
    #[error(
        "the signed statement calls the component {subject} and then {predicate}; ask its publisher to sign again"
    )]
    TwoNames {
        /// The name of the subject.
        subject: PackageRef,
        /// The name in the predicate.
        predicate: PackageRef,
    },
    /// A field is missing, unknown or refused.
    #[error("the signed statement is not a release as this version knows it: {reason}")]
    Shape {
        /// Which field, and why.
        reason: String,
    },
}
