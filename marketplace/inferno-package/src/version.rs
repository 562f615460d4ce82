//! The version of a release: semantic versioning, without build metadata.
//!
//! Owns order and spelling of versions. Refuses build metadata (`1.0.0+linux`): semver orders two versions
//! that differ only in it as equal, and one version must name one artifact. Easily confused with the version
//! of the plugin contract, which a component states in its imports.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The most bytes that the text of a version may have.
const MAX_LEN: usize = 64;

/// A semantic version, such as `0.1.0` or `1.0.0-beta.2`. Ordered by precedence.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(semver::Version);

impl Version {
    /// The release `major.minor.patch`.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.len() > MAX_LEN {
            return Err(ParseVersionError::Length { found: s.len() });
        }
        let version =
            semver::Version::parse(s).map_err(|e| ParseVersionError::Semver { reason: e.to_string() })?;
        if !version.build.is_empty() {
            return Err(ParseVersionError::BuildMetadata);
        }
        Ok(Self(version))
    }
}

impl TryFrom<String> for Version {
    type Error = ParseVersionError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Version> for String {
    fn from(v: Version) -> Self {
        v.to_string()
    }
}

/// Why a text is not a [`Version`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseVersionError {
    /// The text is too long.
    #[error("a version has at most 64 characters, not {found}")]
    Length {
        /// Its length in bytes.
        found: usize,
    },
    /// It is not semantic versioning.
    #[error("a version is written `major.minor.patch`, as semver.org describes: {reason}")]
    Semver {
        /// What the semver parser says.
        reason: String,
    },
    /// It carries build metadata.
    #[error("leave out the build metadata (what follows `+`): one version names one artifact")]
    BuildMetadata,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_that_are_refused() {
        let long = format!("1.0.0-{}", "a".repeat(64));
        let table: Vec<String> =
            ["", "1", "1.0", "v1.0.0", "1.0.0+linux", "01.0.0", "1.0.0-é", "99999999999999999999.0.0", &long]
                .iter()
                .map(|text| format!("{text:.24?}: {}", text.parse::<Version>().expect_err(text)))
                .collect();
        insta::assert_snapshot!(table.join("\n"), @r#"
        "": a version is written `major.minor.patch`, as semver.org describes: empty string, expected a semver version
        "1": a version is written `major.minor.patch`, as semver.org describes: unexpected end of input while parsing major version number
        "1.0": a version is written `major.minor.patch`, as semver.org describes: unexpected end of input while parsing minor version number
        "v1.0.0": a version is written `major.minor.patch`, as semver.org describes: unexpected character 'v' while parsing major version number
        "1.0.0+linux": leave out the build metadata (what follows `+`): one version names one artifact
        "01.0.0": a version is written `major.minor.patch`, as semver.org describes: invalid leading zero in major version number
        "1.0.0-é": a version is written `major.minor.patch`, as semver.org describes: empty identifier segment in pre-release identifier
        "99999999999999999999.0.0": a version is written `major.minor.patch`, as semver.org describes: value of major version number exceeds u64::MAX
        "1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": a version has at most 64 characters, not 70
        "#);
    }

    #[test]
    fn a_beta_comes_before_its_release() -> Result<(), ParseVersionError> {
        assert!("1.0.0-beta.2".parse::<Version>()? < Version::new(1, 0, 0));
        Ok(())
    }

    proptest! {
        #[test]
        fn versions_round_trip(text in "(0|[1-9][0-9]{0,4})\\.(0|[1-9][0-9]{0,4})\\.(0|[1-9][0-9]{0,4})(-[a-z]{1,8}(\\.[1-9]{1,3})?)?") {
            let parsed: Version = text.parse()?;
            prop_assert_eq!(parsed.to_string(), text);
        }
    }
}
