//! `inferno.toml`: what a publisher says about a package.
//!
//! Owns the text format and its limits. Refuses unknown keys (a misspelt `log` must not silently ask for
//! nothing), control characters (descriptions are shown in terminals) and files of unreasonable size. Easily
//! confused with the signed statement of `inferno-trust`, which repeats name, version, kind and requests under
//! a signature: the manifest is what is *said*, the statement is what is *vouched for*.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Capability, Kind, PackageRef, ParsePackageRefError, ParseVersionError, Requests, UnknownKind, Version,
};

/// The largest manifest that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// The longest description, in characters: one paragraph in a list of packages.
const MAX_DESCRIPTION: usize = 512;
/// The longest licence expression, in characters.
const MAX_LICENSE: usize = 128;

/// A parsed `inferno.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    name: PackageRef,
    version: Version,
    kind: Kind,
    description: String,
    license: String,
    requests: Requests,
}

/// The file as TOML spells it: strings that nothing has looked at yet.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    package: WirePackage,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    grants: BTreeMap<String, bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePackage {
    name: String,
    version: String,
    kind: String,
    description: String,
    license: String,
}

impl Manifest {
    /// Reads the text of an `inferno.toml`.
    ///
    /// # Errors
    /// When the text is too large, is not TOML, has an unknown key or lacks one, or when a value is refused;
    /// the error names the key.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        if text.len() > MAX_BYTES {
            return Err(ManifestError::Size { found: text.len() });
        }
        let wire: Wire = toml::from_str(text).map_err(|e| ManifestError::Format { reason: e.to_string() })?;
        Ok(Self {
            name: wire.package.name.parse().map_err(ManifestError::Name)?,
            version: wire.package.version.parse().map_err(ManifestError::Version)?,
            kind: wire.package.kind.parse().map_err(ManifestError::Kind)?,
            description: one_line("package.description", wire.package.description, MAX_DESCRIPTION)?,
            license: one_line("package.license", wire.package.license, MAX_LICENSE)?,
            requests: parse_requests(&wire.grants)?,
        })
    }

    /// What the package is called.
    pub fn name(&self) -> &PackageRef {
        &self.name
    }

    /// Which release of it this is.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// What its component does.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// One line for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The licence, by custom an SPDX expression; it is shown, not interpreted.
    pub fn license(&self) -> &str {
        &self.license
    }

    /// The capabilities that it asks for.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }
}

fn one_line(key: &'static str, text: String, max: usize) -> Result<String, ManifestError> {
    let found = text.chars().count();
    if text.trim().is_empty() || found > max {
        return Err(ManifestError::Length { key, max, found });
    }
    if text.chars().any(char::is_control) {
        return Err(ManifestError::ControlCharacter { key });
    }
    Ok(text)
}

fn parse_requests(grants: &BTreeMap<String, bool>) -> Result<Requests, ManifestError> {
    let mut requests = Vec::new();
    for (key, &wanted) in grants {
        let capability: Capability =
            key.parse().map_err(|_| ManifestError::UnknownGrant { key: key.chars().take(64).collect() })?;
        if wanted {
            requests.push(capability);
        }
    }
    Ok(requests.into_iter().collect())
}

impl FromStr for Manifest {
    type Err = ManifestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Prints an `inferno.toml` that parses to the same manifest.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wire = Wire {
            package: WirePackage {
                name: self.name.to_string(),
                version: self.version.to_string(),
                kind: self.kind.to_string(),
                description: self.description.clone(),
                license: self.license.clone(),
            },
            grants: self.requests.iter().map(|capability| (capability.to_string(), true)).collect(),
        };
        f.write_str(&toml::to_string(&wire).map_err(|_| fmt::Error)?)
    }
}

/// Why a text is not a [`Manifest`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The file is too large to read.
    #[error("inferno.toml has at most 65536 bytes, not {found}")]
    Size {
        /// Its size in bytes.
        found: usize,
    },
    /// It is not TOML, or a key is unknown, missing or of another type.
    #[error("inferno.toml cannot be read: {reason}")]
    Format {
        /// What the TOML parser says, with the line and the key.
        reason: String,
    },
    /// The key `package.name` is refused.
    #[error("`package.name` in inferno.toml is refused")]
    Name(#[source] ParsePackageRefError),
    /// The key `package.version` is refused.
    #[error("`package.version` in inferno.toml is refused")]
    Version(#[source] ParseVersionError),
    /// The key `package.kind` is refused.
    #[error("`package.kind` in inferno.toml is refused")]
    Kind(#[source] UnknownKind),
    /// A text is empty or too long.
    #[error("`{key}` in inferno.toml has 1 to {max} characters, not all blank; this has {found}")]
    Length {
        /// Which key.
        key: &'static str,
        /// The most characters it may have.
        max: usize,
        /// How many it has.
        found: usize,
    },
    /// A text has a control character, such as a line break.
    #[error("`{key}` in inferno.toml is one line of text; remove the line breaks and control characters")]
    ControlCharacter {
        /// Which key.
        key: &'static str,
    },
    /// A key of `[grants]` is no capability.
    #[error("`grants.{key}` in inferno.toml asks for a capability that does not exist; there is `log`")]
    UnknownGrant {
        /// The key.
        key: String,
    },
}

#[cfg(test)]
mod tests;
