//! Blobs, read.

use axum::{
    http::{HeaderValue, Method, Request, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use inferno_package::PackageRef;
use inferno_types::Digest;
use tower_http::services::ServeFile;

use super::{
    CONTENT_DIGEST, Call,
    error::{Code, OciError},
    text,
};
use crate::Broken;

/// A blob or a part of it. A digest names its bytes for ever, so anybody may keep them.
pub(super) async fn read(
    call: &Call<'_>,
    package: &PackageRef,
    digest: Digest,
    head: bool,
) -> Result<Response, OciError> {
    if call.shared.database.blob_of(package, digest).await?.is_none() {
        return Err(OciError::unknown(Code::BlobUnknown, format!("{package} has no blob {digest}")));
    }
    let path = call.shared.storage.path(digest);
    let mut request = Request::new(());
    *request.method_mut() = if head { Method::HEAD } else { Method::GET };
    if let Some(range) = call.headers.get(header::RANGE) {
        request.headers_mut().insert(header::RANGE, range.clone());
    }
    let response = ServeFile::new(&path).try_call(request).await.map_err(Broken::io(&path))?;
    if response.status() == StatusCode::NOT_FOUND {
        return Err(Broken::damaged(format!("blob {digest}, which is not in the folder,")).into());
    }
    let mut response = response.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_DIGEST, text(digest));
    headers.insert(header::ETAG, text(format!("\"{digest}\"")));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.remove(header::LAST_MODIFIED);
    Ok(response)
}
