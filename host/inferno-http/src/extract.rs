//! JSON bodies, parameters and names in paths, with every refusal in the API's own error shape.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{header::CONTENT_TYPE, request::Parts},
};
use futures_util::StreamExt as _;
use inferno_package::{PackageRef, Version};
use serde::de::DeserializeOwned;

use crate::{
    MAX_BODY_BYTES,
    error::{self, ApiError},
    listen::TooSlow,
};

/// Bytes of a body that is too large which are waited for.
const MOST_DROPPED: usize = 4 * MAX_BODY_BYTES;

/// A request body read as JSON of a known shape; unknown fields are refused by name.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let json = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(is_json);
        if !json {
            return Err(ApiError::media_type());
        }
        parse(&read(request.into_body()).await?).map(Self)
    }
}

/// JSON of a known shape.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        ApiError::invalid(format!("The request body is not what this route takes: {error}."))
    })
}

/// A whole body of at most [`MAX_BODY_BYTES`].
///
/// Of one that is larger some more is read and dropped before the refusal: most clients read no answer before they have
/// sent all, and would see a broken connection instead of the reason.
async fn read(body: axum::body::Body) -> Result<Vec<u8>, ApiError> {
    let (mut frames, mut bytes, mut received) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(frame) = frames.next().await {
        let frame = frame.map_err(|error| {
            if is_too_slow(&error) {
                return ApiError::too_slow();
            }
            ApiError::invalid("The request body could not be read to its end.")
        })?;
        received += frame.len();
        if received <= MAX_BODY_BYTES {
            bytes.extend_from_slice(&frame);
        } else if received > MOST_DROPPED {
            break;
        }
    }
    if received > MAX_BODY_BYTES { Err(ApiError::too_large(MAX_BODY_BYTES)) } else { Ok(bytes) }
}

/// Parameters of the query string; unknown ones are refused by name.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(params) = Query::from_request_parts(parts, state).await.map_err(|rejection| {
            // Each layer of it says the whole again.
            let mut cause: &dyn std::error::Error = &rejection;
            while let Some(source) = cause.source() {
                cause = source;
            }
            ApiError::invalid(format!("The parameters are not what this route takes: {cause}."))
        })?;
        Ok(Self(params))
    }
}

/// The package that a path names as `{publisher}/{name}`.
#[derive(Debug)]
pub(crate) struct PackagePath(pub(crate) PackageRef);

impl<S: Send + Sync> FromRequestParts<S> for PackagePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (publisher, name): (String, String) = path(parts, state).await?;
        Ok(Self(package(&publisher, &name)?))
    }
}

/// The version that a path names as `{publisher}/{name}/…/{version}`.
#[derive(Debug)]
pub(crate) struct VersionPath(pub(crate) PackageRef, pub(crate) Version);

impl<S: Send + Sync> FromRequestParts<S> for VersionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (publisher, name, version): (String, String, String) = path(parts, state).await?;
        let version =
            version.parse().map_err(|e| ApiError::invalid(format!("No version: {}.", error::chain(&e))))?;
        Ok(Self(package(&publisher, &name)?, version))
    }
}

async fn path<S: Send + Sync, T: DeserializeOwned + Send>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, ApiError> {
    let Path(path) = Path::from_request_parts(parts, state).await.map_err(|_| {
        ApiError::invalid("The path is not in UTF-8 after decoding; spell the name as it is.")
    })?;
    Ok(path)
}

fn package(publisher: &str, name: &str) -> Result<PackageRef, ApiError> {
    format!("{publisher}/{name}")
        .parse()
        .map_err(|e| ApiError::invalid(format!("No name of a package: {}.", error::chain(&e))))
}

fn is_too_slow(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<TooSlow>() || error.source().is_some_and(is_too_slow)
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
}
