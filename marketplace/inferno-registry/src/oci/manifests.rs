//! Manifests, read and written.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use inferno_package::PackageRef;
use inferno_types::Digest;

use super::{
    CONTENT_DIGEST, Call,
    error::{Code, OciError},
    image::{IMAGE_INDEX, IMAGE_MANIFEST},
    listing,
    path::Endpoint,
    reference::Reference,
    text,
};
use crate::{publish, storage::Incoming};

/// Tells a client that its `subject` was understood, so that it need not keep a list of referrers itself.
const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// A manifest, byte for byte as it was pushed; or the list of referrers that a tag like `sha256-…` stands for.
pub(super) async fn read(
    call: &Call<'_>,
    package: &PackageRef,
    reference: &Reference,
    head: bool,
) -> Result<Response, OciError> {
    let database = &call.shared.database;
    let found = match reference {
        Reference::Digest(digest) => database.manifest(package, *digest).await?,
        Reference::Tag(tag) => match (tag.version(), tag.referrers_of()) {
            (Ok(version), _) => database.manifest_of_version(package, &version).await?,
            (_, Some(subject)) => {
                if let Some(index) = listing::index(call, package, subject, None).await?.filled() {
                    return Ok(answer(&index, Digest::of(&index), IMAGE_INDEX, head));
                }
                None
            }
            _ => None,
        },
    };
    let found = found.ok_or_else(|| {
        OciError::unknown(
            Code::ManifestUnknown,
            format!("{package} has no manifest {reference}; its tags are its versions, such as 1.0.0"),
        )
    })?;
    Ok(answer(&found.bytes, found.digest, IMAGE_MANIFEST, head))
}

/// Takes a manifest: a component by its version, its package files and its bundle by their digests.
pub(super) async fn write(
    call: &Call<'_>,
    body: Body,
    package: &PackageRef,
    reference: &Reference,
) -> Result<Response, OciError> {
    call.authorize(package).await?;
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let limits = &call.shared.limits;
    let bytes = Incoming::new(body, limits.manifest_bytes, limits)?.collect().await?;
    let pushed = publish::push(call.shared, package, reference, content_type.as_deref(), &bytes).await?;
    let location = Endpoint::Manifest(package.clone(), Reference::Digest(pushed.digest));
    let headers = [(header::LOCATION, text(location)), (CONTENT_DIGEST, text(pushed.digest))];
    let mut response = (StatusCode::CREATED, headers).into_response();
    if let Some(subject) = pushed.subject {
        response.headers_mut().insert(OCI_SUBJECT, text(subject));
    }
    Ok(response)
}

fn answer(bytes: &[u8], digest: Digest, media_type: &'static str, head: bool) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_DIGEST, text(digest)),
        (header::ETAG, text(format!("\"{digest}\""))),
        (header::CONTENT_LENGTH, text(bytes.len())),
    ];
    if head { headers.into_response() } else { (headers, bytes.to_vec()).into_response() }
}
