//! Lists: the tags of a package, and what refers to a manifest.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use inferno_package::PackageRef;
use inferno_types::Digest;
use serde::Deserialize;
use serde_json::json;

use super::{
    Call,
    error::{Code, OciError},
    image::{IMAGE_INDEX, IMAGE_MANIFEST},
    text,
};

const OCI_FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");
/// The most tags in one answer; a `Link` leads to the next.
const PAGE: u32 = 1_000;

#[derive(Debug, Deserialize)]
struct TagsQuery {
    n: Option<u32>,
    last: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ReferrersQuery {
    #[serde(rename = "artifactType")]
    artifact_type: Option<String>,
}

/// The versions that can be pulled, published or not, in the order of bytes.
pub(super) async fn tags(call: &Call<'_>, package: &PackageRef) -> Result<Response, OciError> {
    let query: TagsQuery = call.query()?;
    let n = query.n.unwrap_or(PAGE).min(PAGE);
    let last = query.last.unwrap_or_default();
    // One more than asked for, to know whether there are more.
    let tags = call.shared.database.tags(package, &last, n + 1).await?;
    let mut tags =
        tags.ok_or_else(|| OciError::unknown(Code::NameUnknown, format!("there is no package {package}")))?;
    let more = tags.len() > n as usize;
    tags.truncate(n as usize);
    let mut response = Json(json!({ "name": package, "tags": tags })).into_response();
    if let Some(last) = tags.last().filter(|_| more) {
        // A version has no character that a query would have to escape.
        let link = format!("</v2/{package}/tags/list?n={n}&last={last}>; rel=\"next\"");
        response.headers_mut().insert(header::LINK, text(link));
    }
    Ok(response)
}

/// What refers to a manifest. A manifest that is not here has no referrers, which is no error.
pub(super) async fn referrers(
    call: &Call<'_>,
    package: &PackageRef,
    subject: Digest,
) -> Result<Response, OciError> {
    let query: ReferrersQuery = call.query()?;
    let filter = query.artifact_type.as_deref().filter(|filter| !filter.is_empty());
    let index = index(call, package, subject, filter).await?;
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(IMAGE_INDEX))];
    let mut response = (content_type, index.json).into_response();
    if filter.is_some() {
        response.headers_mut().insert(OCI_FILTERS_APPLIED, HeaderValue::from_static("artifactType"));
    }
    Ok(response)
}

/// An image index.
pub(super) struct Index {
    json: Vec<u8>,
    empty: bool,
}

impl Index {
    /// Its JSON, unless it lists nothing.
    pub(super) fn filled(self) -> Option<Vec<u8>> {
        (!self.empty).then_some(self.json)
    }
}

/// The image index of what refers to a manifest.
pub(super) async fn index(
    call: &Call<'_>,
    package: &PackageRef,
    subject: Digest,
    artifact_type: Option<&str>,
) -> Result<Index, OciError> {
    let referrers = call.shared.database.referrers(package, subject, artifact_type).await?;
    let empty = referrers.is_empty();
    let manifests: Vec<_> = referrers
        .into_iter()
        .map(|referrer| {
            let mut descriptor = json!({
                "mediaType": IMAGE_MANIFEST,
                "digest": referrer.digest,
                "size": referrer.size,
                "artifactType": referrer.artifact_type,
            });
            if !referrer.annotations.is_empty() {
                descriptor["annotations"] = json!(referrer.annotations);
            }
            descriptor
        })
        .collect();
    let index = json!({ "schemaVersion": 2, "mediaType": IMAGE_INDEX, "manifests": manifests });
    Ok(Index { json: index.to_string().into_bytes(), empty })
}
