//! What a manifest or an upload is called: digests, tags, identifiers.
//!
//! Owns their spelling in a path. Refuses a second spelling of the same thing. Easily confused with a version: every
//! version is a tag, but OCI allows tags that are no version, and a registry must be able to say that it has none.

use std::{fmt, str::FromStr};

use inferno_package::{ParseVersionError, Version};
use inferno_types::Digest;

use super::path::PathError;

/// Which manifest of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The one with this digest.
    Digest(Digest),
    /// The one that has this tag.
    Tag(Tag),
}

/// A tag as OCI allows it: 1 to 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// The version that it names. Everything that is pushed here has one for its tag.
    pub(crate) fn version(&self) -> Result<Version, ParseVersionError> {
        self.0.parse()
    }

    /// The manifest whose referrers it names, in the schema for clients that know no referrers API.
    pub(crate) fn referrers_of(&self) -> Option<Digest> {
        Digest::from_hex(self.0.strip_prefix("sha256-")?).ok()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Tag {
    type Err = PathError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        let first = s.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        if first && s.len() <= 128 && s.bytes().all(inner) {
            Ok(Self(s.to_owned()))
        } else {
            Err(PathError::Tag)
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => digest.fmt(f),
            Self::Tag(tag) => tag.fmt(f),
        }
    }
}

impl FromStr for Reference {
    type Err = PathError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        // A tag has no colon, and a digest always has one.
        if s.contains(':') {
            s.parse().map(Self::Digest).map_err(PathError::Digest)
        } else {
            s.parse().map(Self::Tag)
        }
    }
}

/// The name of an upload: 128 random bits, spelled as a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UploadId([u8; 16]);

impl UploadId {
    /// The identifier with these random bits.
    pub(crate) fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for UploadId {
    type Err = PathError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let hex: String = s.split('-').collect();
        let mut bytes = [0; 16];
        if hex.len() != 32 || !hex.is_ascii() {
            return Err(PathError::Upload);
        }
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let text = std::str::from_utf8(pair).map_err(|_| PathError::Upload)?;
            *byte = u8::from_str_radix(text, 16).map_err(|_| PathError::Upload)?;
        }
        // One spelling only: the hyphens in their places and the digits in lower case.
        let id = Self(bytes);
        if id.to_string() == s { Ok(id) } else { Err(PathError::Upload) }
    }
}
