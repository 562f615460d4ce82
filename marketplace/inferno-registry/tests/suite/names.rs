//! Names from outside, and that no spelling of one reaches anything else.

use axum::{body::Body, http::StatusCode};

use crate::app::App;

/// The paths are those of a push; the same parser reads all others.
#[tokio::test]
async fn names_that_are_no_packages() {
    let app = App::new().await;
    let mut table = Vec::new();
    for name in [
        "../etc",
        "acme/..",
        "acme/%2e%2e",
        "acme/%2E%2E%2F%2E%2E",
        "acme%2fthroughput",
        "acme/a%00b",
        "acme/%c0%ae%c0%ae",
        "acme/x%E2%81%84y",
        "%D0%B0cme/throughput",
        "acme/Throughput",
        "ACME/throughput",
        "acme/through_put",
        "acme/-x",
        "acme/1up",
        "acme/a--b",
        "acme/",
        "acme",
        "a/b/c",
        "acme/con.",
    ] {
        let answer = app.send(&format!("POST /v2/{name}/blobs/uploads/"), &[], Body::empty()).await;
        table.push(format!("{name}: {}", answer.shown()));
    }
    insta::assert_snapshot!(table.join("\n"), @r"
    ../etc: 400 NAME_INVALID: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not '.'
    acme/..: 400 NAME_INVALID: the name of a package has only lower-case ASCII letters, digits and hyphens, not '.'
    acme/%2e%2e: 400 NAME_INVALID: the name of a package has only lower-case ASCII letters, digits and hyphens, not '.'
    acme/%2E%2E%2F%2E%2E: 400 NAME_INVALID: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
    acme%2fthroughput: 400 NAME_INVALID: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
    acme/a%00b: 400 NAME_INVALID: the name of a package has only lower-case ASCII letters, digits and hyphens, not '\0'
    acme/%c0%ae%c0%ae: 400 NAME_INVALID: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
    acme/x%E2%81%84y: 400 NAME_INVALID: the name of a package has only lower-case ASCII letters, digits and hyphens, not '⁄'
    %D0%B0cme/throughput: 400 NAME_INVALID: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'а'
    acme/Throughput: 400 NAME_INVALID: the name of a package has only lower-case ASCII letters, digits and hyphens, not 'T'
    ACME/throughput: 400 NAME_INVALID: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'A'
    acme/through_put: 400 NAME_INVALID: the name of a package has only lower-case ASCII letters, digits and hyphens, not '_'
    acme/-x: 400 NAME_INVALID: the name of a package begins with a letter
    acme/1up: 400 NAME_INVALID: the name of a package begins with a letter
    acme/a--b: 400 NAME_INVALID: in the name of a package, each hyphen stands between two letters or digits
    acme/: 400 NAME_INVALID: the name of a package has 1 to 64 characters, not 0
    acme: 400 NAME_INVALID: a package is written `publisher/name`, with one slash; this has 0
    a/b/c: 400 NAME_INVALID: a package is written `publisher/name`, with one slash; this has 2
    acme/con.: 400 NAME_INVALID: the name of a package has only lower-case ASCII letters, digits and hyphens, not '.'
    ");
    let uploads = std::fs::read_dir(app.folder().join("uploads")).unwrap().count();
    assert_eq!(uploads, 0, "nothing was begun");
}

#[tokio::test]
async fn the_catalog_refuses_the_same_names() {
    let app = App::new().await;
    let mut table = Vec::new();
    for path in [
        "packages/acme/%2e%2e",
        "packages/acme/Throughput",
        "packages/acme/a%00b",
        "packages/acme/%ff",
        "packages/acme%2Fx/y",
        "packages/acme/nothing",
        "publishers/%2e%2e",
        "publishers/nobody",
    ] {
        table.push(format!("{path}: {}", app.get(&format!("/api/registry/{path}")).await.shown()));
    }
    insta::assert_snapshot!(table.join("\n"), @r"
    packages/acme/%2e%2e: 400 invalid-name: the name of the package is refused: the name of a package has only lower-case ASCII letters, digits and hyphens, not '.'
    packages/acme/Throughput: 400 invalid-name: the name of the package is refused: the name of a package has only lower-case ASCII letters, digits and hyphens, not 'T'
    packages/acme/a%00b: 400 invalid-name: the name of the package is refused: the name of a package has only lower-case ASCII letters, digits and hyphens, not '\0'
    packages/acme/%ff: 400 invalid-path: the path is refused: Invalid URL: Invalid UTF-8 in `name`
    packages/acme%2Fx/y: 400 invalid-name: the name of the package is refused: a package is written `publisher/name`, with one slash; this has 2
    packages/acme/nothing: 404 unknown-package: there is no published package acme/nothing; search for it by a part of its name
    publishers/%2e%2e: 404 unknown-publisher: there is no publisher of this name
    publishers/nobody: 404 unknown-publisher: there is no publisher of this name
    ");
}

#[tokio::test]
async fn a_path_that_means_nothing_is_answered_in_the_form_of_oci() {
    let app = App::new().await;
    let mut table = Vec::new();
    for call in [
        "GET /v2/_catalog",
        "GET /v2/acme/throughput",
        "POST /v2/",
        "POST /v2/acme/throughput/tags/list",
        "DELETE /v2/acme/throughput/manifests/1.0.0",
        "PATCH /v2/acme/throughput/manifests/1.0.0",
        "GET /v2/acme/throughput/manifests/latest",
        "GET /v2/acme/throughput/tags/list",
        "GET /v2/acme/throughput/referrers/md5:0",
        "GET /v2/acme/throughput/tags/list?n=many",
    ] {
        let answer = app.send(call, &[], Body::empty()).await;
        assert_eq!(answer.header("docker-distribution-api-version"), "registry/2.0", "{call}");
        assert!(!answer.json()["errors"][0]["code"].is_null(), "{call}");
        table.push(format!("{call}: {}", answer.shown()));
    }
    insta::assert_snapshot!(table.join("\n"), @"
    GET /v2/_catalog: 404 UNSUPPORTED: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
    GET /v2/acme/throughput: 404 UNSUPPORTED: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
    POST /v2/: 405 UNSUPPORTED: this path does not answer POST
    POST /v2/acme/throughput/tags/list: 405 UNSUPPORTED: this path does not answer POST
    DELETE /v2/acme/throughput/manifests/1.0.0: 405 UNSUPPORTED: versions are never deleted here; yank one, so that nobody installs it any more
    PATCH /v2/acme/throughput/manifests/1.0.0: 405 UNSUPPORTED: this path does not answer PATCH
    GET /v2/acme/throughput/manifests/latest: 404 MANIFEST_UNKNOWN: acme/throughput has no manifest latest; its tags are its versions, such as 1.0.0
    GET /v2/acme/throughput/tags/list: 404 NAME_UNKNOWN: there is no package acme/throughput
    GET /v2/acme/throughput/referrers/md5:0: 400 DIGEST_INVALID: a digest starts with `sha256:`
    GET /v2/acme/throughput/tags/list?n=many: 400 UNSUPPORTED: the query of the address cannot be read
    ");
    assert_eq!(app.get("/elsewhere").await.status, StatusCode::NOT_FOUND);
}
