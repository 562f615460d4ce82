//! `inferno.toml`: what a publisher says about a package.
//!
//! Owns the text format and its limits. Refuses unknown keys (a misspelt `log` must not silently ask for
//! nothing), control characters (descriptions are shown in terminals) and files of unreasonable size. Easily
//! confused with the signed statement of `inferno-trust`, which repeats name, version, kind and requests under
//! a signature: the manifest is what is *said*, the statement is what is *vouched for*.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Capability, Kind, MetricName, PackageRef, ParseMetricNameError, ParsePackageRefError, ParseVersionError,
    Requests, UnknownKind, Version,
};

/// The largest manifest that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// The longest description, in characters: one paragraph in a list of packages.
const MAX_DESCRIPTION: usize = 512;
/// The longest licence expression, in characters.
const MAX_LICENSE: usize = 128;
/// The most metrics that one package may ask for: an operator is to read the list before granting it.
const MAX_METRICS: usize = 64;

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
    #[serde(default, skip_serializing_if = "WireGrants::is_empty")]
    grants: WireGrants,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WireGrants {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    log: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<String>,
}

impl WireGrants {
    fn is_empty(&self) -> bool {
        !self.log && self.metrics.is_empty()
    }
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
        let kind = wire.package.kind.parse().map_err(ManifestError::Kind)?;
        Ok(Self {
            name: wire.package.name.parse().map_err(ManifestError::Name)?,
            version: wire.package.version.parse().map_err(ManifestError::Version)?,
            kind,
            description: one_line("package.description", wire.package.description, MAX_DESCRIPTION)?,
            license: one_line("package.license", wire.package.license, MAX_LICENSE)?,
            requests: parse_requests(wire.grants, kind)?,
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

fn parse_requests(grants: WireGrants, kind: Kind) -> Result<Requests, ManifestError> {
    if grants.metrics.len() > MAX_METRICS {
        return Err(ManifestError::Metrics { found: grants.metrics.len() });
    }
    if kind == Kind::OptimizationPass && !grants.metrics.is_empty() {
        return Err(ManifestError::MetricsOfPass);
    }
    let mut requests: Vec<_> = grants.log.then_some(Capability::Log).into_iter().collect();
    for text in grants.metrics {
        let name: MetricName = text
            .parse()
            .map_err(|cause| ManifestError::Metric { found: text.chars().take(64).collect(), cause })?;
        requests.push(Capability::Metric(name));
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
            grants: WireGrants {
                log: self.requests.contains(&Capability::Log),
                metrics: self.requests.metrics().map(MetricName::to_string).collect(),
            },
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
    /// It asks for more metrics than anybody reads.
    #[error("`grants.metrics` in inferno.toml names at most 64 metrics; this names {found}")]
    Metrics {
        /// How many it names.
        found: usize,
    },
    /// An optimization pass asks for metrics.
    #[error("`grants.metrics` in inferno.toml is for widgets and analyzers; a pass is given no metrics")]
    MetricsOfPass,
    /// An entry of `grants.metrics` is no name of a metric.
    #[error("{found:?} in `grants.metrics` of inferno.toml is refused")]
    Metric {
        /// The entry, shortened.
        found: String,
        /// Why.
        #[source]
        cause: ParseMetricNameError,
    },
}

#[cfg(test)]
mod tests;
