//! Content digests: `sha256:` and 64 lower-case hexadecimal digits.
//!
//! Owns the one textual form used in file names, lock files, statements and APIs. Refuses other algorithms:
//! a second one would need a migration, not a variant that half the code ignores.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const PREFIX: &str = "sha256:";

/// The SHA-256 of some bytes. Equal digests mean equal bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest whose 32 bytes another SHA-256 implementation computed.
    pub const fn from_sha256(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits without the algorithm, as in-toto statements and file names want them.
    pub fn hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The first twelve hexadecimal digits: for people, never for comparison.
    pub fn short(&self) -> String {
        self.hex()[..12].to_owned()
    }

    /// Reads 64 hexadecimal digits that carry no algorithm prefix.
    ///
    /// # Errors
    /// When `hex` is not 64 lower-case hexadecimal digits.
    pub fn from_hex(hex: &str) -> Result<Self, ParseDigestError> {
        let digits = hex.as_bytes();
        if digits.len() != 64 {
            return Err(ParseDigestError::Length { found: digits.len() });
        }
        let nibble = |b: u8| match b {
            b'0'..=b'9' => Ok(b - b'0'),
            b'a'..=b'f' => Ok(b - b'a' + 10),
            _ => Err(ParseDigestError::Digit { found: char::from(b) }),
        };
        let mut out = [0; 32];
        for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(out))
    }
}

/// Computes a [`Digest`] piece by piece.
#[derive(Clone, Default)]
pub struct DigestHasher(Sha256);

impl DigestHasher {
    /// Adds `bytes` to what is hashed.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything added.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl fmt::Debug for DigestHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestHasher(..)")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::from_hex(s.strip_prefix(PREFIX).ok_or(ParseDigestError::Algorithm)?)
    }
}

impl TryFrom<String> for Digest {
    type Error = ParseDigestError;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Digest> for String {
    fn from(d: Digest) -> Self {
        d.to_string()
    }
}

/// Why a text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseDigestError {
    /// It does not start with `sha256:`.
    #[error("a digest starts with `sha256:`")]
    Algorithm,
    /// It has the wrong number of digits.
    #[error("a SHA-256 digest has 64 hexadecimal digits, not {found}")]
    Length {
        /// How many bytes follow the prefix.
        found: usize,
    },
    /// It has a character that is not a lower-case hexadecimal digit.
    #[error("{found:?} is not a lower-case hexadecimal digit")]
    Digit {
        /// The first such character.
        found: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_round_trips(bytes: [u8; 32]) {
            let digest = Digest::from_sha256(bytes);
            prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        }
    }

    #[test]
    fn refuses_what_is_not_a_digest() {
        for (text, error) in [
            ("", ParseDigestError::Algorithm),
            ("sha512:00", ParseDigestError::Algorithm),
            ("sha256:00", ParseDigestError::Length { found: 2 }),
            (&format!("sha256:{}", "A".repeat(64)), ParseDigestError::Digit { found: 'A' }),
        ] {
            assert_eq!(text.parse::<Digest>(), Err(error), "{text}");
        }
    }
}
