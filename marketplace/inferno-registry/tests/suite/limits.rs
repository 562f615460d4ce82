//! Bodies that are too large, too slow or without an end, and publishers that send too much.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use futures_util::stream::{self, StreamExt as _};
use inferno_package::Kind;
use inferno_registry::Limits;
use inferno_types::Digest;

use crate::{app::App, draft::Draft};

fn forever(piece: &'static [u8], pause: Duration) -> Body {
    let pieces = stream::repeat(Bytes::from_static(piece)).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(piece)
    });
    Body::from_stream(pieces)
}

fn silent() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())
}

#[tokio::test]
async fn bodies() {
    let limits = Limits {
        blob_bytes: 1_000,
        body_idle: Duration::from_millis(60),
        body_total: Duration::from_millis(300),
        ..Limits::default()
    };
    let app = App::with(limits).await;
    let mut table = Vec::new();
    let at_once = format!("POST /v2/acme/throughput/blobs/uploads/?digest={}", Digest::of(b"x"));
    let manifest = "PUT /v2/acme/throughput/manifests/1.0.0";
    let now = Duration::ZERO;
    let often = Duration::from_millis(5);
    for (what, call, body) in [
        ("too large, and says so", at_once.as_str(), Body::from(vec![0; 1_001])),
        ("endless chunks", &at_once, forever(&[0; 100], now)),
        ("silence", &at_once, silent()),
        ("a byte now and then", &at_once, forever(b"x", often)),
        ("a manifest that never comes", manifest, silent()),
        ("a manifest byte by byte", manifest, forever(b" ", often)),
    ] {
        let answer = app.send(call, &[("content-type", crate::app::IMAGE)], body).await;
        table.push(format!("{what}: {}", answer.shown()));
    }
    // Chunk by chunk is no way around the limit either.
    let begun = app.send("POST /v2/acme/throughput/blobs/uploads/", &[], "").await;
    let patch = format!("PATCH {}", begun.header("location"));
    assert_eq!(app.send(&patch, &[], vec![0; 999]).await.status, StatusCode::ACCEPTED);
    table.push(format!("one chunk too many: {}", app.send(&patch, &[], vec![0; 2]).await.shown()));
    let cut =
        Body::from_stream(stream::iter([Ok(Bytes::from_static(b"x")), Err(std::io::Error::other("gone"))]));
    table.push(format!("a client that hangs up: {}", app.send(&at_once, &[], cut).await.shown()));
    insta::assert_snapshot!(table.join("\n"), @"
    too large, and says so: 413 SIZE_INVALID: this is larger than 1000 bytes, which is the most that is taken here
    endless chunks: 413 SIZE_INVALID: this is larger than 1000 bytes, which is the most that is taken here
    silence: 408 BLOB_UPLOAD_INVALID: the body did not arrive in time; send it without long pauses
    a byte now and then: 408 BLOB_UPLOAD_INVALID: the body did not arrive in time; send it without long pauses
    a manifest that never comes: 408 BLOB_UPLOAD_INVALID: the body did not arrive in time; send it without long pauses
    a manifest byte by byte: 408 BLOB_UPLOAD_INVALID: the body did not arrive in time; send it without long pauses
    one chunk too many: 413 SIZE_INVALID: this is larger than 1000 bytes, which is the most that is taken here
    a client that hangs up: 400 BLOB_UPLOAD_INVALID: the body ended before it was whole; send it again
    ");
    assert_eq!(std::fs::read_dir(app.folder().join("uploads")).unwrap().count(), 0, "nothing is left over");
}

#[tokio::test]
async fn publishers() {
    let limits = Limits {
        uploads_per_publisher: 2,
        loose_bytes_per_publisher: 10,
        versions_per_package: 1,
        packages_per_publisher: 1,
        ..Limits::default()
    };
    let app = App::with(limits).await;
    let mut table = Vec::new();
    for _ in 0..2 {
        assert_eq!(app.send("POST /v2/acme/a/blobs/uploads/", &[], "").await.status, StatusCode::ACCEPTED);
    }
    table.push(format!(
        "a third upload: {}",
        app.send("POST /v2/acme/b/blobs/uploads/", &[], "").await.shown()
    ));
    assert_eq!(app.blob("acme/a", b"12345").await.status, StatusCode::CREATED);
    assert_eq!(app.blob("acme/b", b"67890").await.status, StatusCode::CREATED);
    table.push(format!("one byte too many: {}", app.blob("acme/a", b"x").await.shown()));
    let kept = walk(&app.folder().join("blobs"));
    assert_eq!(kept, 2, "what is refused does not stay on the disk");

    let app =
        App::with(Limits { versions_per_package: 1, packages_per_publisher: 1, ..Limits::default() }).await;
    app.published(&Draft::new("acme/a", "1.0.0", Kind::Widget)).await;
    let version = app.publish(&Draft::new("acme/a", "1.0.1", Kind::Widget)).await;
    table.push(format!("a second version: {}", version.shown()));
    let package = app.publish(&Draft::new("acme/b", "1.0.0", Kind::Widget)).await;
    table.push(format!("a second package: {}", package.shown()));
    insta::assert_snapshot!(table.join("\n"), @"
    a third upload: 429 TOOMANYREQUESTS: 2 uploads are open already; finish or cancel one
    one byte too many: 429 TOOMANYREQUESTS: with this, blobs that no manifest names take 11 bytes; push their manifests, or wait a day
    a second version: 403 DENIED: a package has at most 1 versions here
    a second package: 403 DENIED: a publisher has at most 1 packages here
    ");
}

fn walk(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { walk(&path) } else { 1 })
        .sum()
}
