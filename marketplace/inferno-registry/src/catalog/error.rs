//! Errors of the catalog, in its own shape.

use axum::{
    Json,
    extract::{FromRequestParts, Path, rejection::PathRejection},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use inferno_package::{PackageRef, ParsePackageRefError, ParseVersionError, Version};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::{Broken, access::AuthError, broken::chain};

/// An answer that is an error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistryErrorBody)]
pub(crate) struct ErrorBody {
    error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistryErrorDetail)]
pub(crate) struct ErrorDetail {
    /// For programs, such as `unknown-package`.
    code: &'static str,
    /// For people; it says what to do.
    message: String,
}

/// Why a request to the catalog failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogError {
    #[error("the path is refused: {reason}")]
    Path { reason: String },
    #[error("the name of the package is refused")]
    Name(#[from] ParsePackageRefError),
    #[error("the version is refused")]
    Version(#[from] ParseVersionError),
    #[error("the query is refused: {reason}")]
    Query { reason: String },
    #[error("the body is refused: {reason}")]
    Body { reason: String },
    #[error("there is no published package {package}; search for it by a part of its name")]
    NoPackage { package: PackageRef },
    #[error("{package} has no published version {version}")]
    NoVersion { package: PackageRef, version: Version },
    #[error("there is no publisher of this name")]
    NoPublisher,
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<PathRejection> for CatalogError {
    fn from(rejection: PathRejection) -> Self {
        Self::Path { reason: rejection.body_text() }
    }
}

/// The segments of a path, refused in the catalog's own shape.
#[derive(Debug)]
pub(crate) struct Segments<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = CatalogError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, CatalogError> {
        let Path(segments) = Path::from_request_parts(parts, state).await?;
        Ok(Self(segments))
    }
}

impl IntoResponse for CatalogError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Path { .. } => (StatusCode::BAD_REQUEST, "invalid-path"),
            Self::Name(_) => (StatusCode::BAD_REQUEST, "invalid-name"),
            Self::Version(_) => (StatusCode::BAD_REQUEST, "invalid-version"),
            Self::Query { .. } => (StatusCode::BAD_REQUEST, "invalid-query"),
            Self::Body { .. } => (StatusCode::BAD_REQUEST, "invalid-body"),
            Self::NoPackage { .. } => (StatusCode::NOT_FOUND, "unknown-package"),
            Self::NoVersion { .. } => (StatusCode::NOT_FOUND, "unknown-version"),
            Self::NoPublisher => (StatusCode::NOT_FOUND, "unknown-publisher"),
            Self::Auth(AuthError::OtherPublisher { .. } | AuthError::CrossSite) => {
                (StatusCode::FORBIDDEN, "forbidden")
            }
            Self::Auth(AuthError::Broken(broken)) | Self::Broken(broken) => {
                tracing::error!(error = %chain(broken), "a request to the catalog failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
            Self::Auth(_) => (StatusCode::UNAUTHORIZED, "unauthorized"),
        };
        let message = match status {
            // The details go to the log, not to the client.
            StatusCode::INTERNAL_SERVER_ERROR => "the registry failed; its log says why".to_owned(),
            _ => chain(&self),
        };
        (status, Json(ErrorBody { error: ErrorDetail { code, message } })).into_response()
    }
}
