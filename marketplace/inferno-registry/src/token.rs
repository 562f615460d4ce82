//! Tokens of publishers: made here, shown once, kept only as a hash.
//!
//! Owns the form of a token. Refuses to print one by accident: `Debug` is opaque and there is no `Display`. Easily
//! confused with a signing key: a token says who may push here, a key says whose word a component is.

use std::fmt;

use inferno_types::Digest;

use crate::Broken;

/// What every token begins with, so that scanners for leaked secrets can find one.
const PREFIX: &str = "inferno_";
/// The longest text that is looked up as a token.
const MAX_LEN: usize = 128;

/// A secret that lets its holder push as one publisher.
#[derive(Clone)]
pub struct PublisherToken(String);

impl PublisherToken {
    pub(crate) fn generate() -> Result<Self, Broken> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(Broken::Random)?;
        // A digest only for its spelling of 32 bytes as hexadecimal digits.
        Ok(Self(format!("{PREFIX}{}", Digest::from_sha256(bytes).hex())))
    }

    /// The text, to be shown to the publisher once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0).expect("our own tokens are short")
    }
}

impl fmt::Debug for PublisherToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublisherToken(..)")
    }
}

/// The SHA-256 of a token: enough to recognize it, useless to anybody who reads the database.
///
/// It is looked up by an index, whose time tells at most something about hashes, never about tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenHash(Digest);

impl TokenHash {
    /// The hash of what a client sent, unless it is too long to be a token.
    pub(crate) fn of(text: &str) -> Option<Self> {
        (text.len() <= MAX_LEN).then(|| Self(Digest::of(text.as_bytes())))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// What a token is called when it is listed or revoked. It is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenId(pub(crate) i64);

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for TokenId {
    type Err = std::num::ParseIntError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_random_and_never_printed_by_accident() {
        let (one, two) = (PublisherToken::generate().unwrap(), PublisherToken::generate().unwrap());
        assert_ne!(one.reveal(), two.reveal());
        assert_eq!(one.reveal().len(), PREFIX.len() + 64);
        assert!(!format!("{one:?} {:?}", one.hash()).contains(&one.reveal()[PREFIX.len()..]));
        assert_eq!(TokenHash::of(one.reveal()), Some(one.hash()));
        assert_eq!(TokenHash::of(&"a".repeat(MAX_LEN + 1)), None);
    }
}
