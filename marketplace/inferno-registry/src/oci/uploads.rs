//! Blobs, written: in one request, in two, or in chunks.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use inferno_package::PackageRef;
use inferno_types::Digest;
use serde::Deserialize;

use super::{
    CONTENT_DIGEST, Call, digest,
    error::{Code, OciError},
    path::Endpoint,
    reference::UploadId,
    text,
};
use crate::{
    Broken,
    storage::{Incoming, Lease},
};

#[derive(Debug, Deserialize)]
struct Query {
    digest: Option<String>,
    mount: Option<String>,
    #[serde(rename = "digest-algorithm")]
    digest_algorithm: Option<String>,
}

/// Begins an upload, or takes a blob whole, or finds it here already.
pub(super) async fn begin(call: &Call<'_>, body: Body, package: &PackageRef) -> Result<Response, OciError> {
    call.authorize(package).await?;
    call.shared.sweep_sometimes().await?;
    let query: Query = call.query()?;
    if query.digest_algorithm.is_some_and(|algorithm| algorithm != "sha256") {
        return Err(OciError::new(
            StatusCode::BAD_REQUEST,
            Code::DigestInvalid,
            "this registry keeps blobs by SHA-256 only",
        ));
    }
    let uploads = &call.shared.storage.uploads;
    if let Some(said) = query.digest {
        let said = digest(&said)?;
        let lease = uploads.at_once()?;
        return keep(call, body, package, lease, said).await;
    }
    if let Some(wanted) = query.mount {
        // Everything here is public, so it does not matter which package it comes from.
        let wanted = digest(&wanted)?;
        if call.shared.storage.mount(package, wanted, &call.shared.database).await? {
            return Ok(created(package, wanted));
        }
    }
    let id = uploads.begin(package)?;
    Ok(accepted(StatusCode::ACCEPTED, package, id, 0))
}

/// How far an upload is.
pub(super) async fn status(
    call: &Call<'_>,
    package: &PackageRef,
    id: UploadId,
) -> Result<Response, OciError> {
    call.authorize(package).await?;
    let lease = call.shared.storage.uploads.take(package, id)?;
    let written = lease.written();
    lease.rest();
    Ok(accepted(StatusCode::NO_CONTENT, package, id, written))
}

/// The next chunk.
pub(super) async fn append(
    call: &Call<'_>,
    body: Body,
    package: &PackageRef,
    id: UploadId,
) -> Result<Response, OciError> {
    call.authorize(package).await?;
    let range = range(&call.headers)?;
    let lease = call.shared.storage.uploads.take(package, id)?;
    let mut lease = in_order(range, lease, package, id)?;
    let before = lease.written();
    let limits = &call.shared.limits;
    lease.append(Incoming::after(before, body, limits.blob_bytes, limits)?).await?;
    let arrived = lease.written() - before;
    match range {
        // What arrived is not what was meant, so the upload is given up.
        Some((start, end)) if end.checked_sub(start).and_then(|n| n.checked_add(1)) != Some(arrived) => {
            Err(OciError::new(
                StatusCode::BAD_REQUEST,
                Code::SizeInvalid,
                format!(
                    "the chunk has {arrived} bytes, but its range says {start}-{end}; begin the upload anew"
                ),
            ))
        }
        _ => {
            let written = lease.written();
            lease.rest();
            Ok(accepted(StatusCode::ACCEPTED, package, id, written))
        }
    }
}

/// The last chunk, which may be empty or everything, and the digest of the whole.
pub(super) async fn finish(
    call: &Call<'_>,
    body: Body,
    package: &PackageRef,
    id: UploadId,
) -> Result<Response, OciError> {
    call.authorize(package).await?;
    let query: Query = call.query()?;
    let said = query.digest.ok_or_else(|| {
        OciError::new(StatusCode::BAD_REQUEST, Code::DigestInvalid, "end an upload with `?digest=sha256:…`")
    })?;
    let said = digest(&said)?;
    let range = range(&call.headers)?;
    let lease = call.shared.storage.uploads.take(package, id)?;
    let lease = in_order(range, lease, package, id)?;
    keep(call, body, package, lease, said).await
}

/// Gives an upload up.
pub(super) async fn cancel(
    call: &Call<'_>,
    package: &PackageRef,
    id: UploadId,
) -> Result<Response, OciError> {
    call.authorize(package).await?;
    drop(call.shared.storage.uploads.take(package, id)?);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Reads what is left of a blob, and keeps it if it is the one that was announced.
async fn keep(
    call: &Call<'_>,
    body: Body,
    package: &PackageRef,
    mut lease: Lease,
    said: Digest,
) -> Result<Response, OciError> {
    let shared = call.shared;
    let limits = &shared.limits;
    lease.append(Incoming::after(lease.written(), body, limits.blob_bytes, limits)?).await?;
    let finished = lease.finish().await?;
    if finished.digest != said {
        return Err(OciError::new(
            StatusCode::BAD_REQUEST,
            Code::DigestInvalid,
            format!(
                "the bytes have the digest {}, not {said}; they were altered on the way, so send them again",
                finished.digest
            ),
        ));
    }
    // A task of its own, which goes on when the client hangs up: between a file with a name and its row lies no way out.
    let (shared, owner) = (Arc::clone(shared), package.clone());
    let keep = async move { shared.storage.keep(finished, &owner, &shared.database, &shared.limits).await };
    tokio::spawn(keep).await.map_err(|_| Broken::Stopped { what: "task that keeps a blob" })??;
    Ok(created(package, said))
}

/// `Content-Range` as OCI writes it: two numbers, both within.
fn range(headers: &HeaderMap) -> Result<Option<(u64, u64)>, OciError> {
    let Some(value) = headers.get(header::CONTENT_RANGE) else { return Ok(None) };
    let parse = |text: &str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.parse().ok() } else { None }
    };
    value
        .to_str()
        .ok()
        .and_then(|text| text.split_once('-'))
        .and_then(|(start, end)| Some((parse(start)?, parse(end)?)))
        .map(Some)
        .ok_or_else(|| {
            OciError::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                Code::BlobUploadInvalid,
                "a Content-Range is written `START-END`, both within the blob",
            )
        })
}

/// Gives the upload back if this is not the piece that comes next; nothing of it has been read.
fn in_order(
    range: Option<(u64, u64)>,
    lease: Lease,
    package: &PackageRef,
    id: UploadId,
) -> Result<Lease, OciError> {
    let written = lease.written();
    match range {
        Some((start, _)) if start != written => {
            lease.rest();
            let error = OciError::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                Code::BlobUploadInvalid,
                format!("the next chunk begins at {written}, not at {start}"),
            );
            let location = text(Endpoint::Upload(package.clone(), id));
            Err(error.with_header(header::LOCATION, location).with_header(header::RANGE, so_far(written)))
        }
        _ => Ok(lease),
    }
}

fn so_far(written: u64) -> HeaderValue {
    text(format!("0-{}", written.saturating_sub(1)))
}

fn accepted(status: StatusCode, package: &PackageRef, id: UploadId, written: u64) -> Response {
    let location = text(Endpoint::Upload(package.clone(), id));
    (status, [(header::LOCATION, location), (header::RANGE, so_far(written))]).into_response()
}

fn created(package: &PackageRef, digest: Digest) -> Response {
    let location = text(Endpoint::Blob(package.clone(), digest));
    (StatusCode::CREATED, [(header::LOCATION, location), (CONTENT_DIGEST, text(digest))]).into_response()
}
