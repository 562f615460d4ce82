//! The name of a metric, as packages ask for it and operators grant it.
//!
//! Owns its spelling: what Prometheus takes, and only the lower-case part of that, so that there is one spelling.
//! Refuses to know which metrics exist: a server may be newer or older than a package. Easily confused with the
//! metrics themselves, which are `inferno-telemetry`'s.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The most characters that a name may have.
const MAX_LEN: usize = 128;

/// The name of a metric, such as `inferno_generation_tokens_total`: 1 to 128 lower-case ASCII letters, digits and
/// underscores, the first of them a letter.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MetricName(String);

impl MetricName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MetricName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MetricName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for MetricName {
    type Err = ParseMetricNameError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.is_empty() || s.len() > MAX_LEN {
            return Err(ParseMetricNameError::Length { found: s.len() });
        }
        if let Some(found) = s.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_')) {
            return Err(ParseMetricNameError::Character { found });
        }
        if !s.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(ParseMetricNameError::Start);
        }
        Ok(Self(s.to_owned()))
    }
}

impl TryFrom<String> for MetricName {
    type Error = ParseMetricNameError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<MetricName> for String {
    fn from(name: MetricName) -> Self {
        name.0
    }
}

/// Why a text is not a [`MetricName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseMetricNameError {
    /// It is empty or too long.
    #[error("a metric's name has 1 to 128 characters, not {found}")]
    Length {
        /// Its length in bytes.
        found: usize,
    },
    /// It has a character that no name has.
    #[error("a metric's name has only lower-case ASCII letters, digits and underscores, not {found:?}")]
    Character {
        /// The first such character.
        found: char,
    },
    /// It does not begin with a letter.
    #[error("a metric's name begins with a letter")]
    Start,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_refused() {
        let check = |text: &str| text.parse::<MetricName>().expect_err(text).to_string();
        insta::assert_snapshot!(check(""), @"a metric's name has 1 to 128 characters, not 0");
        insta::assert_snapshot!(check(&"a".repeat(129)), @"a metric's name has 1 to 128 characters, not 129");
        insta::assert_snapshot!(check("Tokens"), @"a metric's name has only lower-case ASCII letters, digits and underscores, not 'T'");
        insta::assert_snapshot!(check("a-b"), @"a metric's name has only lower-case ASCII letters, digits and underscores, not '-'");
        insta::assert_snapshot!(check("tokens\u{1b}[2J"), @r"a metric's name has only lower-case ASCII letters, digits and underscores, not '\u{1b}'");
        insta::assert_snapshot!(check("_a"), @"a metric's name begins with a letter");
        insta::assert_snapshot!(check("1a"), @"a metric's name begins with a letter");
    }
}
