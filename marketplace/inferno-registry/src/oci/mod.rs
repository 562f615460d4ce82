//! The OCI Distribution API 1.1 under `/v2`.
//!
//! Owns: status codes, headers and the shape of errors as OCI's clients expect them, and who may push. Refuses deletion
//! (versions are immutable), image indexes, and everything that is not a component or belongs to one. Easily confused
//! with `publish`, which decides what may be pushed; here is how it is asked and answered.
//!
//! Where it is stricter than the specification: a referrer whose subject is not here is refused, since a signature can
//! only be judged beside what it signs; tags are versions; and manifests have at most 256 KiB.

mod blobs;
mod error;
#[cfg_attr(
    not(feature = "test-support"),
    expect(unreachable_pub, reason = "`testing` offers it to fuzz targets")
)]
pub(crate) mod image;
mod listing;
mod manifests;
#[cfg_attr(
    not(feature = "test-support"),
    expect(unreachable_pub, reason = "`testing` offers it to fuzz targets")
)]
pub(crate) mod path;
#[cfg_attr(
    not(feature = "test-support"),
    expect(unreachable_pub, reason = "`testing` offers it to fuzz targets")
)]
pub(crate) mod reference;
mod uploads;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
    routing::any,
};
use inferno_package::PackageRef;
use inferno_types::Digest;
use serde::de::DeserializeOwned;

use self::{
    error::{Code, OciError},
    path::{Endpoint, PathError},
};
use crate::{access, shared::Shared};

/// The digest of what is answered.
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// The routes. Every path under `/v2` is read by [`Endpoint::parse`], so that none is answered in another form.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new().route("/v2", any(answer)).route("/v2/", any(answer)).route("/v2/{*path}", any(answer))
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let mut response = dispatch(&shared, request).await.unwrap_or_else(OciError::into_response);
    let headers = response.headers_mut();
    headers.insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
    // What strangers uploaded is never a document or a script of this origin.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}

/// A request whose path has been read. Its body goes apart: it can be read once, and by one.
struct Call<'a> {
    shared: &'a Arc<Shared>,
    uri: Uri,
    headers: HeaderMap,
}

async fn dispatch(shared: &Arc<Shared>, request: Request) -> Result<Response, OciError> {
    let (parts, body) = request.into_parts();
    let call = Call { shared, uri: parts.uri, headers: parts.headers };
    let call = &call;
    let endpoint = Endpoint::parse(call.uri.path())?;
    let read = matches!(parts.method, Method::GET | Method::HEAD);
    let head = parts.method == Method::HEAD;
    match (parts.method, endpoint) {
        (_, Endpoint::Base) if read => base(call).await,
        (_, Endpoint::Tags(package)) if read => listing::tags(call, &package).await,
        (_, Endpoint::Referrers(package, subject)) if read => {
            listing::referrers(call, &package, subject).await
        }
        (_, Endpoint::Manifest(package, reference)) if read => {
            manifests::read(call, &package, &reference, head).await
        }
        (_, Endpoint::Blob(package, digest)) if read => blobs::read(call, &package, digest, head).await,
        (Method::PUT, Endpoint::Manifest(package, reference)) => {
            manifests::write(call, body, &package, &reference).await
        }
        (Method::POST, Endpoint::Uploads(package)) => uploads::begin(call, body, &package).await,
        (Method::GET, Endpoint::Upload(package, id)) => uploads::status(call, &package, id).await,
        (Method::PATCH, Endpoint::Upload(package, id)) => uploads::append(call, body, &package, id).await,
        (Method::PUT, Endpoint::Upload(package, id)) => uploads::finish(call, body, &package, id).await,
        (Method::DELETE, Endpoint::Upload(package, id)) => uploads::cancel(call, &package, id).await,
        (Method::DELETE, Endpoint::Manifest(..) | Endpoint::Blob(..)) => Err(OciError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::Unsupported,
            "versions are never deleted here; yank one, so that nobody installs it any more",
        )),
        (method, _) => Err(OciError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::Unsupported,
            format!("this path does not answer {method}"),
        )),
    }
}

/// Whether this is a registry. Asks for a token, since that is where clients learn that they will need one to push;
/// nothing else that only reads does.
async fn base(call: &Call<'_>) -> Result<Response, OciError> {
    access::known(call.shared, &call.headers).await?;
    Ok((StatusCode::OK, axum::Json(serde_json::json!({}))).into_response())
}

impl Call<'_> {
    async fn authorize(&self, package: &PackageRef) -> Result<(), OciError> {
        Ok(access::authorize(self.shared, &self.headers, package.publisher()).await?)
    }

    /// The query, of which unknown keys are left alone: clients send back what they were given, and more.
    fn query<T: DeserializeOwned>(&self) -> Result<T, OciError> {
        axum::extract::Query::try_from_uri(&self.uri).map(|query| query.0).map_err(|_| {
            OciError::new(
                StatusCode::BAD_REQUEST,
                Code::Unsupported,
                "the query of the address cannot be read",
            )
        })
    }
}

/// The digest in a query.
fn digest(text: &str) -> Result<Digest, OciError> {
    text.parse().map_err(|error| OciError::from(PathError::Digest(error)))
}

fn text(value: impl ToString) -> HeaderValue {
    // Names, digests and numbers: letters, digits and a few marks.
    HeaderValue::try_from(value.to_string()).unwrap_or(HeaderValue::from_static(""))
}
