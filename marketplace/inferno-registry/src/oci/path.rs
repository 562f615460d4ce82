//! What a path under `/v2` asks for.
//!
//! Owns: the parser of these paths, which is the only way in which a name from outside reaches the database or the
//! folder of blobs, and there only as a type whose construction was its validation. Refuses every other spelling: dots,
//! encoded slashes, NUL, upper case, names of one or three parts. Easily confused with axum's router, which sees one
//! route here, so that an unknown path is answered in OCI's form as well.

use std::fmt;

use inferno_package::{PackageRef, ParsePackageRefError};
use inferno_types::{Digest, ParseDigestError};
use percent_encoding::percent_decode_str;

use super::reference::{Reference, UploadId};

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
mod tests;
