//! Blobs on their way in: whole, in two requests, in chunks, mounted, and refused.

use axum::{body::Body, http::StatusCode};
use inferno_types::Digest;

use crate::app::{Answer, App};

const BLOB: &[u8] = b"0123456789";

async fn begin(app: &App) -> String {
    let answer =
        app.send("POST /v2/acme/throughput/blobs/uploads/", &[("content-length", "0")], Body::empty()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.shown());
    answer.header("location").to_owned()
}

async fn stored(app: &App, bytes: &[u8]) {
    let path = format!("/v2/acme/throughput/blobs/{}", Digest::of(bytes));
    let answer = app.get(&path).await;
    assert_eq!((answer.status, answer.body.as_slice()), (StatusCode::OK, bytes));
    assert_eq!(answer.header("docker-content-digest"), Digest::of(bytes).to_string());
}

fn at(answer: &Answer) -> String {
    let rest: Vec<_> = ["range", "location"].iter().map(|name| answer.header(name)).collect();
    let rest: Vec<_> =
        rest.iter().map(|text| if text.contains("/uploads/") { "UPLOAD" } else { text }).collect();
    format!("{} [{}]", answer.shown(), rest.join(" "))
}

#[tokio::test]
async fn whole_in_one_request_or_in_two() {
    let app = App::new().await;
    let answer = app.blob("acme/throughput", BLOB).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("location"), format!("/v2/acme/throughput/blobs/{}", Digest::of(BLOB)));
    stored(&app, BLOB).await;
    let location = begin(&app).await;
    let answer = app.send(&format!("PUT {location}?digest={}", Digest::of(b"two")), &[], "two").await;
    assert_eq!(answer.status, StatusCode::CREATED);
    stored(&app, b"two").await;
    // Once more is no error, and the upload is over.
    assert_eq!(app.blob("acme/throughput", BLOB).await.status, StatusCode::CREATED);
    let again = app.send(&format!("PUT {location}?digest={}", Digest::of(b"two")), &[], "two").await;
    insta::assert_snapshot!(again.shown(), @"404 BLOB_UPLOAD_UNKNOWN: there is no such upload; begin a new one");
}

#[tokio::test]
async fn in_chunks() {
    let app = App::new().await;
    let location = begin(&app).await;
    let range = |text: &'static str| [("content-range", text), ("content-type", "application/octet-stream")];
    let mut table = Vec::new();
    let mut step = async |what: &str, call: &str, headers: &[(&str, &str)], body: &'static str| {
        let answer = app.send(call, headers, body).await;
        table.push(format!("{what}: {}", at(&answer)));
    };
    let patch = format!("PATCH {location}");
    let get = format!("GET {location}");
    step("nothing yet", &get, &[], "").await;
    step("the first", &patch, &range("0-3"), "0123").await;
    step("not the next", &patch, &range("6-9"), "6789").await;
    step("the first again", &patch, &range("0-3"), "0123").await;
    step("not a range", &patch, &range("4-x"), "4567").await;
    step("how far", &get, &[], "").await;
    step("the next, unnumbered", &patch, &[], "45").await;
    step("of another package", &get.replace("throughput", "latency"), &[], "").await;
    step("the end without a digest", &format!("PUT {location}"), &[], "").await;
    let digest = Digest::of(BLOB);
    step("the last out of order", &format!("PUT {location}?digest={digest}"), &range("9-9"), "9").await;
    step("the last", &format!("PUT {location}?digest={digest}"), &range("6-9"), "6789").await;
    step("over", &get, &[], "").await;
    insta::assert_snapshot!(table.join("\n").replace(&digest.hex(), "…"), @"
    nothing yet: 204 [0-0 UPLOAD]
    the first: 202 [0-3 UPLOAD]
    not the next: 416 BLOB_UPLOAD_INVALID: the next chunk begins at 4, not at 6 [0-3 UPLOAD]
    the first again: 416 BLOB_UPLOAD_INVALID: the next chunk begins at 4, not at 0 [0-3 UPLOAD]
    not a range: 416 BLOB_UPLOAD_INVALID: a Content-Range is written `START-END`, both within the blob [ ]
    how far: 204 [0-3 UPLOAD]
    the next, unnumbered: 202 [0-5 UPLOAD]
    of another package: 404 BLOB_UPLOAD_UNKNOWN: there is no such upload; begin a new one [ ]
    the end without a digest: 400 DIGEST_INVALID: end an upload with `?digest=sha256:…` [ ]
    the last out of order: 416 BLOB_UPLOAD_INVALID: the next chunk begins at 6, not at 9 [0-5 UPLOAD]
    the last: 201 [ /v2/acme/throughput/blobs/sha256:…]
    over: 404 BLOB_UPLOAD_UNKNOWN: there is no such upload; begin a new one [ ]
    ");
    stored(&app, BLOB).await;
}

#[tokio::test]
async fn what_is_refused() {
    let app = App::new().await;
    let mut table = Vec::new();
    let begin_call = "POST /v2/acme/throughput/blobs/uploads/";
    let expected = Digest::of(BLOB);
    let tampered = app.send(&format!("{begin_call}?digest={expected}"), &[], "0123456780").await;
    table.push(format!("tampered bytes, at once: {}", tampered.shown()));
    let location = begin(&app).await;
    let tampered = app.send(&format!("PUT {location}?digest={expected}"), &[], "0123456780").await;
    table.push(format!("tampered bytes: {}", tampered.shown()));
    let location = begin(&app).await;
    let answer = app.send(&format!("PATCH {location}"), &[("content-range", "0-8")], "0123").await;
    table.push(format!("a chunk shorter than its range: {}", answer.shown()));
    let answer = app.send(&format!("GET {location}"), &[], "").await;
    table.push(format!("and the upload after it: {}", answer.shown()));
    for (what, query) in [
        ("another algorithm", "?digest=sha512:00".to_owned()),
        ("another algorithm, announced", "?digest-algorithm=sha512".to_owned()),
        ("no digest", "?digest=..%2f..%2fetc".to_owned()),
    ] {
        table.push(format!("{what}: {}", app.send(&format!("{begin_call}{query}"), &[], "").await.shown()));
    }
    let table = table.join("\n").replace(&expected.hex(), "…").replace(&Digest::of(b"0123456780").hex(), "…");
    insta::assert_snapshot!(table, @"
    tampered bytes, at once: 400 DIGEST_INVALID: the bytes have the digest sha256:…, not sha256:…; they were altered on the way, so send them again
    tampered bytes: 400 DIGEST_INVALID: the bytes have the digest sha256:…, not sha256:…; they were altered on the way, so send them again
    a chunk shorter than its range: 400 SIZE_INVALID: the chunk has 4 bytes, but its range says 0-8; begin the upload anew
    and the upload after it: 404 BLOB_UPLOAD_UNKNOWN: there is no such upload; begin a new one
    another algorithm: 400 DIGEST_INVALID: a digest starts with `sha256:`
    another algorithm, announced: 400 DIGEST_INVALID: this registry keeps blobs by SHA-256 only
    no digest: 400 DIGEST_INVALID: a digest starts with `sha256:`
    ");
    let blob = app.get(&format!("/v2/acme/throughput/blobs/{expected}")).await;
    assert_eq!(blob.status, StatusCode::NOT_FOUND);
    assert_eq!(std::fs::read_dir(app.folder().join("uploads")).unwrap().count(), 0, "nothing is left over");
}

#[tokio::test]
async fn cancelled() {
    let app = App::new().await;
    let location = begin(&app).await;
    assert_eq!(app.send(&format!("PATCH {location}"), &[], "0123").await.status, StatusCode::ACCEPTED);
    assert_eq!(app.send(&format!("DELETE {location}"), &[], "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.send(&format!("DELETE {location}"), &[], "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(std::fs::read_dir(app.folder().join("uploads")).unwrap().count(), 0);
}

#[tokio::test]
async fn mounted_from_another_package() {
    let app = App::new().await;
    assert_eq!(app.blob("acme/throughput", BLOB).await.status, StatusCode::CREATED);
    let digest = Digest::of(BLOB);
    let there = format!("/v2/acme/latency/blobs/{digest}");
    assert_eq!(app.get(&there).await.status, StatusCode::NOT_FOUND, "a package has its own blobs only");
    let mount = format!("POST /v2/acme/latency/blobs/uploads/?mount={digest}&from=acme%2Fthroughput");
    assert_eq!(app.send(&mount, &[], "").await.status, StatusCode::CREATED);
    assert_eq!(app.get(&there).await.status, StatusCode::OK);
    let unknown = mount.replace(&digest.hex(), &Digest::of(b"unknown").hex());
    assert_eq!(app.send(&unknown, &[], "").await.status, StatusCode::ACCEPTED, "an upload begins instead");
}
