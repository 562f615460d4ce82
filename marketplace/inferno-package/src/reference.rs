//! The name of a package: `publisher/name`.
//!
//! Owns the one spelling of a name. Refuses everything that could be read as a path, a second spelling or
//! another script: there is no normalisation, so equal names are equal bytes. Easily confused with a
//! [`crate::Version`]ed release, which is one name at one version.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The most characters that a publisher or a name may have.
const MAX_PART: usize = 64;

/// The name of a package, such as `inferno/fuse-qkv`.
///
/// Both parts are 1 to 64 lower-case ASCII letters, digits and single hyphens, begin with a letter and do not
/// end with a hyphen. So a name can stand in a path, a URL or an OCI reference without any escaping, and no
/// two names differ only by script, case or an invisible character.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageRef {
    publisher: String,
    name: String,
}

impl PackageRef {
    /// Who publishes it: the part before the slash.
    pub fn publisher(&self) -> &str {
        &self.publisher
    }

    /// What its publisher calls it: the part after the slash.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for PackageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.publisher, self.name)
    }
}

impl fmt::Debug for PackageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PackageRef {
    type Err = ParsePackageRefError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (publisher, name) = s.split_once('/').ok_or(ParsePackageRefError::Slash { found: 0 })?;
        if let more @ 1.. = name.matches('/').count() {
            return Err(ParsePackageRefError::Slash { found: more + 1 });
        }
        Ok(Self { publisher: parse_part(Part::Publisher, publisher)?, name: parse_part(Part::Name, name)? })
    }
}

fn parse_part(part: Part, text: &str) -> Result<String, ParsePackageRefError> {
    // Bytes, not characters, so that a hostile name is measured without being decoded; a name that passes is
    // ASCII, where the two are the same.
    if text.is_empty() || text.len() > MAX_PART {
        return Err(ParsePackageRefError::Length { part, found: text.len() });
    }
    if let Some(found) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(ParsePackageRefError::Character { part, found });
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(ParsePackageRefError::Start { part });
    }
    if text.ends_with('-') || text.contains("--") {
        return Err(ParsePackageRefError::Hyphen { part });
    }
    Ok(text.to_owned())
}

impl TryFrom<String> for PackageRef {
    type Error = ParsePackageRefError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<PackageRef> for String {
    fn from(r: PackageRef) -> Self {
        r.to_string()
    }
}

/// The two halves of a [`PackageRef`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before the slash.
    Publisher,
    /// After the slash.
    Name,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Publisher => "publisher",
            Self::Name => "name",
        })
    }
}

/// Why a text is not a [`PackageRef`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParsePackageRefError {
    /// There is not exactly one slash.
    #[error("a package is written `publisher/name`, with one slash; this has {found}")]
    Slash {
        /// How many slashes there are.
        found: usize,
    },
    /// A part is empty or too long.
    #[error("the {part} of a package has 1 to 64 characters, not {found}")]
    Length {
        /// Which part.
        part: Part,
        /// Its length in bytes.
        found: usize,
    },
    /// A part has a character outside the alphabet.
    #[error("the {part} of a package has only lower-case ASCII letters, digits and hyphens, not {found:?}")]
    Character {
        /// Which part.
        part: Part,
        /// The first such character.
        found: char,
    },
    /// A part begins with a digit or a hyphen.
    #[error("the {part} of a package begins with a letter")]
    Start {
        /// Which part.
        part: Part,
    },
    /// A hyphen stands at the end or beside another.
    #[error("in the {part} of a package, each hyphen stands between two letters or digits")]
    Hyphen {
        /// Which part.
        part: Part,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> String {
        text.parse::<PackageRef>().expect_err(text).to_string()
    }

    #[test]
    fn names_that_are_refused() {
        let long = format!("inferno/{}", "a".repeat(65));
        let table: Vec<String> = [
            "",
            "/",
            "inferno",
            "inferno/",
            "/x",
            "a/b/c",
            "inferno/../etc",
            "../x",
            "inferno/%2e%2e",
            "inferno/a\0",
            "Inferno/x",
            "inferno/Fuse",
            "inferno/fuse_qkv",
            "inferno/fuse qkv",
            "\u{456}nferno/x",
            "inferno\u{2215}x",
            "inferno/x\u{2024}y",
            "inferno/1up",
            "inferno/-a",
            "inferno/a-",
            "inferno/a--b",
            "inferno/a\n",
            &long,
        ]
        .iter()
        .map(|text| format!("{text:.20?}: {}", refused(text)))
        .collect();
        insta::assert_snapshot!(table.join("\n"), @r#"
        "": a package is written `publisher/name`, with one slash; this has 0
        "/": the publisher of a package has 1 to 64 characters, not 0
        "inferno": a package is written `publisher/name`, with one slash; this has 0
        "inferno/": the name of a package has 1 to 64 characters, not 0
        "/x": the publisher of a package has 1 to 64 characters, not 0
        "a/b/c": a package is written `publisher/name`, with one slash; this has 2
        "inferno/../etc": a package is written `publisher/name`, with one slash; this has 2
        "../x": the publisher of a package has only lower-case ASCII letters, digits and hyphens, not '.'
        "inferno/%2e%2e": the name of a package has only lower-case ASCII letters, digits and hyphens, not '%'
        "inferno/a\0": the name of a package has only lower-case ASCII letters, digits and hyphens, not '\0'
        "Inferno/x": the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'I'
        "inferno/Fuse": the name of a package has only lower-case ASCII letters, digits and hyphens, not 'F'
        "inferno/fuse_qkv": the name of a package has only lower-case ASCII letters, digits and hyphens, not '_'
        "inferno/fuse qkv": the name of a package has only lower-case ASCII letters, digits and hyphens, not ' '
        "іnferno/x": the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'і'
        "inferno∕x": a package is written `publisher/name`, with one slash; this has 0
        "inferno/x․y": the name of a package has only lower-case ASCII letters, digits and hyphens, not '․'
        "inferno/1up": the name of a package begins with a letter
        "inferno/-a": the name of a package begins with a letter
        "inferno/a-": in the name of a package, each hyphen stands between two letters or digits
        "inferno/a--b": in the name of a package, each hyphen stands between two letters or digits
        "inferno/a\n": the name of a package has only lower-case ASCII letters, digits and hyphens, not '\n'
        "inferno/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": the name of a package has 1 to 64 characters, not 65
        "#);
    }

    proptest! {
        #[test]
        fn names_round_trip(text in "[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,20}){0,2}/[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,20}){0,2}") {
            let parsed: PackageRef = text.parse()?;
            prop_assert_eq!(parsed.to_string(), text);
        }

        #[test]
        fn whatever_parses_prints_as_it_was(text in "\\PC{0,12}/\\PC{0,12}") {
            if let Ok(parsed) = text.parse::<PackageRef>() {
                prop_assert_eq!(parsed.to_string(), text);
            }
        }
    }
}
