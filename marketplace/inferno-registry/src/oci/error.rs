//! Errors as OCI's clients read them: a list of codes and messages.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::path::PathError;
use crate::{
    Broken,
    access::AuthError,
    broken::chain,
    publish::Refusal,
    storage::{BodyError, KeepError, UploadError},
};

/// OCI's codes, as far as they are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    SizeInvalid,
    Unauthorized,
    Denied,
    Unsupported,
    TooManyRequests,
    /// Not one of OCI's, which has none for a fault of the registry.
    Unknown,
}

impl Code {
    const fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Denied => "DENIED",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct OciError {
    status: StatusCode,
    code: Code,
    message: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl OciError {
    pub(crate) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What is not here.
    pub(crate) fn unknown(code: Code, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }
}

impl IntoResponse for OciError {
    fn into_response(self) -> Response {
        let body = json!({ "errors": [{ "code": self.code.as_str(), "message": self.message }] });
        let mut response = (self.status, Json(body)).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<Broken> for OciError {
    /// The details go to the log, not to the client.
    fn from(broken: Broken) -> Self {
        tracing::error!(error = %chain(&broken), "a request to the registry failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Unknown, "the registry failed; its log says why")
    }
}

impl From<PathError> for OciError {
    fn from(error: PathError) -> Self {
        let (status, code) = match &error {
            PathError::Unknown => (StatusCode::NOT_FOUND, Code::Unsupported),
            PathError::Encoding | PathError::Name(_) => (StatusCode::BAD_REQUEST, Code::NameInvalid),
            PathError::Digest(_) => (StatusCode::BAD_REQUEST, Code::DigestInvalid),
            PathError::Tag => (StatusCode::BAD_REQUEST, Code::ManifestInvalid),
            PathError::Upload => (StatusCode::NOT_FOUND, Code::BlobUploadUnknown),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<AuthError> for OciError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Broken(broken) => broken.into(),
            AuthError::OtherPublisher { .. } | AuthError::CrossSite => {
                Self::new(StatusCode::FORBIDDEN, Code::Denied, error.to_string())
            }
            AuthError::Missing | AuthError::Scheme | AuthError::Unknown => {
                Self::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, error.to_string()).with_header(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"inferno\""),
                )
            }
        }
    }
}

impl From<BodyError> for OciError {
    fn from(error: BodyError) -> Self {
        let (status, code) = match error {
            BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Code::SizeInvalid),
            BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, Code::BlobUploadInvalid),
            BodyError::Cut => (StatusCode::BAD_REQUEST, Code::BlobUploadInvalid),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<UploadError> for OciError {
    fn from(error: UploadError) -> Self {
        let (status, code) = match error {
            UploadError::Body(error) => return error.into(),
            UploadError::Broken(error) => return error.into(),
            UploadError::Unknown => (StatusCode::NOT_FOUND, Code::BlobUploadUnknown),
            UploadError::Busy => (StatusCode::CONFLICT, Code::BlobUploadInvalid),
            UploadError::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<KeepError> for OciError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Broken(broken) => broken.into(),
            KeepError::TooMuchLoose { .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, error.to_string())
            }
        }
    }
}

impl From<Refusal> for OciError {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::Broken(broken) => return broken.into(),
            Refusal::BlobUnknown { .. } => (StatusCode::NOT_FOUND, Code::ManifestBlobUnknown),
            Refusal::NoSubject { .. } => (StatusCode::NOT_FOUND, Code::ManifestUnknown),
            Refusal::Digest { .. } => (StatusCode::BAD_REQUEST, Code::DigestInvalid),
            Refusal::Size { .. } => (StatusCode::BAD_REQUEST, Code::SizeInvalid),
            Refusal::ArtifactType { .. } | Refusal::ContentType { .. } => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Unsupported)
            }
            Refusal::TooManyVersions { .. } | Refusal::TooManyPackages { .. } => {
                (StatusCode::FORBIDDEN, Code::Denied)
            }
            ref conflict if conflict.is_conflict() => (StatusCode::CONFLICT, Code::Denied),
            ref denied if denied.is_about_a_key() => (StatusCode::FORBIDDEN, Code::Denied),
            _ => (StatusCode::BAD_REQUEST, Code::ManifestInvalid),
        };
        Self::new(status, code, chain(&refusal))
    }
}
