//! What a path under `/v2` asks for.
//!
//! Owns: the parser of these paths, which is the only way in which a name from outside reaches the database or the
//! folder of blobs, and there only as a type whose construction was its validation. Refuses every other spelling: dots,
//! encoded slashes, NUL, upper case, names of one or three parts. Easily confused with axum's router, which sees one
//! route here, so that an unknown path is answered in OCI's form as well.

use std::{fmt, str::FromStr};

use inferno_package::{PackageRef, ParsePackageRefError, ParseVersionError, Version};
use inferno_types::{Digest, ParseDigestError};
use percent_encoding::percent_decode_str;

/// The longest path that is looked at. The longest that means anything is shorter than 300.
const MAX_PATH: usize = 1_024;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v2/`: whether this is a registry.
    Base,
    /// `/v2/NAME/tags/list`.
    Tags(PackageRef),
    /// `/v2/NAME/manifests/REFERENCE`.
    Manifest(PackageRef, Reference),
    /// `/v2/NAME/blobs/DIGEST`.
    Blob(PackageRef, Digest),
    /// `/v2/NAME/blobs/uploads/`: where an upload begins.
    Uploads(PackageRef),
    /// `/v2/NAME/blobs/uploads/ID`: one upload.
    Upload(PackageRef, UploadId),
    /// `/v2/NAME/referrers/DIGEST`.
    Referrers(PackageRef, Digest),
}

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

impl Endpoint {
    /// Reads a path, as it stands in the request line.
    ///
    /// # Errors
    /// When it asks for nothing that is here, or a part of it is refused.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        if path.len() > MAX_PATH {
            return Err(PathError::Unknown);
        }
        let rest = path.strip_prefix("/v2").ok_or(PathError::Unknown)?;
        if rest.is_empty() || rest == "/" {
            return Ok(Self::Base);
        }
        let rest = rest.strip_prefix('/').ok_or(PathError::Unknown)?;
        let segments: Vec<String> = rest.split('/').map(decode).collect::<Result<_, _>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            [name @ .., "tags", "list"] => Ok(Self::Tags(package(name)?)),
            [name @ .., "manifests", reference] => Ok(Self::Manifest(package(name)?, reference.parse()?)),
            [name @ .., "blobs", "uploads"] | [name @ .., "blobs", "uploads", ""] => {
                Ok(Self::Uploads(package(name)?))
            }
            [name @ .., "blobs", "uploads", id] => Ok(Self::Upload(package(name)?, id.parse()?)),
            [name @ .., "blobs", digest] => {
                Ok(Self::Blob(package(name)?, digest.parse().map_err(PathError::Digest)?))
            }
            [name @ .., "referrers", digest] => {
                Ok(Self::Referrers(package(name)?, digest.parse().map_err(PathError::Digest)?))
            }
            _ => Err(PathError::Unknown),
        }
    }
}

/// One segment without its percent-encoding. What could be taken for more than one segment is refused.
fn decode(segment: &str) -> Result<String, PathError> {
    let text = percent_decode_str(segment).decode_utf8().map_err(|_| PathError::Encoding)?;
    if text.contains('/') { Err(PathError::Encoding) } else { Ok(text.into_owned()) }
}

fn package(segments: &[&str]) -> Result<PackageRef, PathError> {
    segments.join("/").parse().map_err(PathError::Name)
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("/v2/"),
            Self::Tags(package) => write!(f, "/v2/{package}/tags/list"),
            Self::Manifest(package, reference) => write!(f, "/v2/{package}/manifests/{reference}"),
            Self::Blob(package, digest) => write!(f, "/v2/{package}/blobs/{digest}"),
            Self::Uploads(package) => write!(f, "/v2/{package}/blobs/uploads/"),
            Self::Upload(package, id) => write!(f, "/v2/{package}/blobs/uploads/{id}"),
            Self::Referrers(package, digest) => write!(f, "/v2/{package}/referrers/{digest}"),
        }
    }
}

/// Why a path is not an [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It has the form of nothing that is here.
    #[error(
        "there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`"
    )]
    Unknown,
    /// A segment does not decode, or decodes to more than one.
    #[error("the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly")]
    Encoding,
    /// The name is no package.
    #[error(transparent)]
    Name(ParsePackageRefError),
    /// The digest is none.
    #[error(transparent)]
    Digest(ParseDigestError),
    /// The tag is none.
    #[error("a tag has 1 to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two")]
    Tag,
    /// The upload is none.
    #[error("there is no such upload; begin a new one")]
    Upload,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEX: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    const ID: &str = "0b1c2d3e-4f50-4a6b-8c7d-9eafb0c1d2e3";

    #[test]
    fn paths_that_mean_something() {
        for path in [
            "/v2/".to_owned(),
            "/v2/inferno/throughput/tags/list".to_owned(),
            "/v2/inferno/throughput/manifests/0.1.0".to_owned(),
            format!("/v2/inferno/throughput/manifests/sha256:{HEX}"),
            format!("/v2/inferno/throughput/manifests/sha256-{HEX}"),
            format!("/v2/inferno/throughput/blobs/sha256:{HEX}"),
            "/v2/inferno/throughput/blobs/uploads/".to_owned(),
            format!("/v2/inferno/throughput/blobs/uploads/{ID}"),
            format!("/v2/inferno/throughput/referrers/sha256:{HEX}"),
            // Words of paths are names as well.
            "/v2/blobs/uploads/tags/list".to_owned(),
            "/v2/a/manifests/tags/list".to_owned(),
            "/v2/tags/list/manifests/list".to_owned(),
        ] {
            let endpoint = Endpoint::parse(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(endpoint.to_string(), path);
        }
        let encoded = format!("/v2/inferno/throughput/blobs/sha256%3A{HEX}");
        assert_eq!(Endpoint::parse(&encoded), Endpoint::parse(&encoded.replace("%3A", ":")));
        assert_eq!(Endpoint::parse("/v2"), Ok(Endpoint::Base));
    }

    #[test]
    fn paths_that_are_refused() {
        let long = format!("/v2/{}/x/tags/list", "a".repeat(MAX_PATH));
        let table: Vec<String> = [
            "/v1/",
            "/v2x/",
            "/v2/_catalog",
            "/v2/inferno/throughput",
            "/v2/throughput/tags/list",
            "/v2/a/b/c/tags/list",
            "/v2//x/tags/list",
            "/v2/inferno/../tags/list",
            "/v2/../../etc/passwd/manifests/1.0.0",
            "/v2/inferno/%2e%2e/tags/list",
            "/v2/inferno%2Fthroughput/tags/list",
            "/v2/inferno/a%00b/tags/list",
            "/v2/inferno/%ff/tags/list",
            "/v2/inferno/x%E2%88%95y/tags/list",
            "/v2/%D1%96nferno/x/tags/list",
            "/v2/Inferno/x/tags/list",
            "/v2/inferno/x/manifests/..",
            "/v2/inferno/x/manifests/%2e%2e%2f1.0.0",
            "/v2/inferno/x/manifests/1.0.0+linux",
            "/v2/inferno/x/manifests/md5:0123",
            "/v2/inferno/x/blobs/sha256:../../../etc/passwd",
            "/v2/inferno/x/blobs/sha512:00",
            "/v2/inferno/x/blobs/uploads/..",
            "/v2/inferno/x/blobs/uploads/0B1C2D3E-4F50-4A6B-8C7D-9EAFB0C1D2E3",
            &long,
        ]
        .iter()
        .map(|path| format!("{path:.60}: {}", Endpoint::parse(path).expect_err(path)))
        .collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        /v1/: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
        /v2x/: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
        /v2/_catalog: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
        /v2/inferno/throughput: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
        /v2/throughput/tags/list: a package is written `publisher/name`, with one slash; this has 0
        /v2/a/b/c/tags/list: a package is written `publisher/name`, with one slash; this has 2
        /v2//x/tags/list: the publisher of a package has 1 to 64 characters, not 0
        /v2/inferno/../tags/list: the name of a package has only lower-case ASCII letters, digits and hyphens, not '.'
        /v2/../../etc/passwd/manifests/1.0.0: a package is written `publisher/name`, with one slash; this has 3
        /v2/inferno/%2e%2e/tags/list: the name of a package has only lower-case ASCII letters, digits and hyphens, not '.'
        /v2/inferno%2Fthroughput/tags/list: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
        /v2/inferno/a%00b/tags/list: the name of a package has only lower-case ASCII letters, digits and hyphens, not '\0'
        /v2/inferno/%ff/tags/list: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
        /v2/inferno/x%E2%88%95y/tags/list: the name of a package has only lower-case ASCII letters, digits and hyphens, not '∕'
        /v2/%D1%96nferno/x/tags/list: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'і'
        /v2/Inferno/x/tags/list: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'I'
        /v2/inferno/x/manifests/..: a tag has 1 to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two
        /v2/inferno/x/manifests/%2e%2e%2f1.0.0: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
        /v2/inferno/x/manifests/1.0.0+linux: a tag has 1 to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two
        /v2/inferno/x/manifests/md5:0123: a digest starts with `sha256:`
        /v2/inferno/x/blobs/sha256:../../../etc/passwd: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
        /v2/inferno/x/blobs/sha512:00: a digest starts with `sha256:`
        /v2/inferno/x/blobs/uploads/..: there is no such upload; begin a new one
        /v2/inferno/x/blobs/uploads/0B1C2D3E-4F50-4A6B-8C7D-9EAFB0C1: there is no such upload; begin a new one
        /v2/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
        ");
    }

    proptest! {
        #[test]
        fn whatever_parses_prints_as_a_path_that_parses_to_the_same(path in "/v2/[a-zA-Z0-9%./:_-]{0,40}/(tags/list|manifests/|blobs/|blobs/uploads/|referrers/)[a-zA-Z0-9%.:-]{0,12}") {
            if let Ok(endpoint) = Endpoint::parse(&path) {
                prop_assert_eq!(Endpoint::parse(&endpoint.to_string()), Ok(endpoint));
            }
        }
    }
}
