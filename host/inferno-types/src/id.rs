//! Names of models and numbers of requests.
//!
//! A [`ModelId`] is what a user types and an API echoes; the content it stands for is a `Digest`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The name a model is served under: 1 to 128 characters of `A–Z a–z 0–9 . _ -`, not starting with a dot.
///
/// Safe as a file name and as a URL path segment on every platform we run on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelId(String);

impl ModelId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModelId {
    type Err = ParseModelIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.is_empty() || s.len() > 128 {
            return Err(ParseModelIdError::Length { found: s.len() });
        }
        if s.starts_with('.') {
            return Err(ParseModelIdError::LeadingDot);
        }
        match s.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))) {
            Some(found) => Err(ParseModelIdError::Character { found }),
            None => Ok(Self(s.to_owned())),
        }
    }
}

impl TryFrom<String> for ModelId {
    type Error = ParseModelIdError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> Self {
        id.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a model name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseModelIdError {
    /// Empty or too long.
    #[error("a model name has 1 to 128 characters, not {found}")]
    Length {
        /// Its length in bytes.
        found: usize,
    },
    /// It would be a hidden file, or `..`.
    #[error("a model name does not start with a dot")]
    LeadingDot,
    /// A character outside the allowed set.
    #[error("a model name is made of letters, digits, `.`, `_` and `-`, not {found:?}")]
    Character {
        /// The first such character.
        found: char,
    },
}

/// The number of a request within one engine, in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_name_is_a_safe_path_segment() {
        assert_eq!("SmolLM2-135M.Q4_1".parse::<ModelId>().unwrap().as_str(), "SmolLM2-135M.Q4_1");
        for bad in ["", "..", ".hidden", "a/b", "a\\b", "a b", "ü", "a\0", &"x".repeat(129)] {
            assert!(bad.parse::<ModelId>().is_err(), "{bad:?}");
        }
    }
}
