//! Paths that mean something, and paths that are refused.

use super::*;
use proptest::prelude::*;

const HEX: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const ID: &str = "0b1c2d3e-4f50-4a6b-8c7d-9eafb0c1d2e3";

#[test]
fn paths_that_mean_something() {
    for path in [
        "/v2/".to_owned(),
        "/v2/inferno/throughput/tags/list".to_owned(),
        "/v2/inferno/throughput/manifests/0.1.0".to_owned(),
        format!("/v2/inferno/throughput/manifests/sha256:{HEX}"),
        format!("/v2/inferno/throughput/manifests/sha256-{HEX}"),
        format!("/v2/inferno/throughput/blobs/sha256:{HEX}"),
        "/v2/inferno/throughput/blobs/uploads/".to_owned(),
        format!("/v2/inferno/throughput/blobs/uploads/{ID}"),
        format!("/v2/inferno/throughput/referrers/sha256:{HEX}"),
        // Words of paths are names as well.
        "/v2/blobs/uploads/tags/list".to_owned(),
        "/v2/a/manifests/tags/list".to_owned(),
        "/v2/tags/list/manifests/list".to_owned(),
    ] {
        let endpoint = Endpoint::parse(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(endpoint.to_string(), path);
    }
    let encoded = format!("/v2/inferno/throughput/blobs/sha256%3A{HEX}");
    assert_eq!(Endpoint::parse(&encoded), Endpoint::parse(&encoded.replace("%3A", ":")));
    assert_eq!(Endpoint::parse("/v2"), Ok(Endpoint::Base));
}

#[test]
fn paths_that_are_refused() {
    let long = format!("/v2/{}/x/tags/list", "a".repeat(MAX_PATH));
    let table: Vec<String> = [
        "/v1/",
        "/v2x/",
        "/v2/_catalog",
        "/v2/inferno/throughput",
        "/v2/throughput/tags/list",
        "/v2/a/b/c/tags/list",
        "/v2//x/tags/list",
        "/v2/inferno/../tags/list",
        "/v2/../../etc/passwd/manifests/1.0.0",
        "/v2/inferno/%2e%2e/tags/list",
        "/v2/inferno%2Fthroughput/tags/list",
        "/v2/inferno/a%00b/tags/list",
        "/v2/inferno/%ff/tags/list",
        "/v2/inferno/x%E2%88%95y/tags/list",
        "/v2/%D1%96nferno/x/tags/list",
        "/v2/Inferno/x/tags/list",
        "/v2/inferno/x/manifests/..",
        "/v2/inferno/x/manifests/%2e%2e%2f1.0.0",
        "/v2/inferno/x/manifests/1.0.0+linux",
        "/v2/inferno/x/manifests/md5:0123",
        "/v2/inferno/x/blobs/sha256:../../../etc/passwd",
        "/v2/inferno/x/blobs/sha512:00",
        "/v2/inferno/x/blobs/uploads/..",
        "/v2/inferno/x/blobs/uploads/0B1C2D3E-4F50-4A6B-8C7D-9EAFB0C1D2E3",
        &long,
    ]
    .iter()
    .map(|path| format!("{path:.60}: {}", Endpoint::parse(path).expect_err(path)))
    .collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    /v1/: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
    /v2x/: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
    /v2/_catalog: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
    /v2/inferno/throughput: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
    /v2/throughput/tags/list: a package is written `publisher/name`, with one slash; this has 0
    /v2/a/b/c/tags/list: a package is written `publisher/name`, with one slash; this has 2
    /v2//x/tags/list: the publisher of a package has 1 to 64 characters, not 0
    /v2/inferno/../tags/list: the name of a package has only lower-case ASCII letters, digits and hyphens, not '.'
    /v2/../../etc/passwd/manifests/1.0.0: a package is written `publisher/name`, with one slash; this has 3
    /v2/inferno/%2e%2e/tags/list: the name of a package has only lower-case ASCII letters, digits and hyphens, not '.'
    /v2/inferno%2Fthroughput/tags/list: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
    /v2/inferno/a%00b/tags/list: the name of a package has only lower-case ASCII letters, digits and hyphens, not '\0'
    /v2/inferno/%ff/tags/list: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
    /v2/inferno/x%E2%88%95y/tags/list: the name of a package has only lower-case ASCII letters, digits and hyphens, not '∕'
    /v2/%D1%96nferno/x/tags/list: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'і'
    /v2/Inferno/x/tags/list: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'I'
    /v2/inferno/x/manifests/..: a tag has 1 to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two
    /v2/inferno/x/manifests/%2e%2e%2f1.0.0: the path has a percent-encoding that is not UTF-8 or hides a slash; write names plainly
    /v2/inferno/x/manifests/1.0.0+linux: a tag has 1 to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two
    /v2/inferno/x/manifests/md5:0123: a digest starts with `sha256:`
    /v2/inferno/x/blobs/sha256:../../../etc/passwd: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
    /v2/inferno/x/blobs/sha512:00: a digest starts with `sha256:`
    /v2/inferno/x/blobs/uploads/..: there is no such upload; begin a new one
    /v2/inferno/x/blobs/uploads/0B1C2D3E-4F50-4A6B-8C7D-9EAFB0C1: there is no such upload; begin a new one
    /v2/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: there is nothing at this path; this registry serves tags, manifests, blobs and referrers of `publisher/name`
    ");
}

proptest! {
    #[test]
    fn whatever_parses_prints_as_a_path_that_parses_to_the_same(path in "/v2/[a-zA-Z0-9%./:_-]{0,40}/(tags/list|manifests/|blobs/|blobs/uploads/|referrers/)[a-zA-Z0-9%.:-]{0,12}") {
        if let Ok(endpoint) = Endpoint::parse(&path) {
            prop_assert_eq!(Endpoint::parse(&endpoint.to_string()), Ok(endpoint));
        }
    }
}
