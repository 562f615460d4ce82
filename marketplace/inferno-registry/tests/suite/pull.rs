//! Everything that was pushed comes back, byte for byte, with the headers that clients look at.

use axum::{body::Body, http::StatusCode};
use inferno_package::Kind;
use inferno_types::Digest;
use serde_json::json;

use crate::{
    app::{App, IMAGE, ask},
    draft::{BUNDLE, Draft, FILES},
};

#[tokio::test]
async fn manifests_by_tag_and_by_digest() {
    let app = App::new().await;
    let draft = Draft::new("acme/throughput", "1.0.0", Kind::Widget);
    app.published(&draft).await;
    let manifest = draft.component_manifest();
    let digest = Digest::of(&manifest).to_string();
    for reference in ["1.0.0", &digest] {
        let answer = app.get(&format!("/v2/acme/throughput/manifests/{reference}")).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &manifest));
        assert_eq!(answer.header("content-type"), IMAGE);
        assert_eq!(answer.header("docker-content-digest"), digest);
        let call = format!("HEAD /v2/acme/throughput/manifests/{reference}");
        let head = ask(app.router(), &call, &[], Body::empty()).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        assert_eq!(head.header("content-length"), manifest.len().to_string());
        assert_eq!(head.header("docker-content-digest"), digest);
    }
    for call in ["/v2/acme/throughput/manifests/9.9.9", "/v2/acme/latency/manifests/1.0.0"] {
        assert_eq!(app.get(call).await.status, StatusCode::NOT_FOUND, "{call}");
    }
}

#[tokio::test]
async fn blobs_and_parts_of_them() {
    let app = App::new().await;
    let draft = Draft::new("acme/throughput", "1.0.0", Kind::Widget);
    app.published(&draft).await;
    let path = format!("/v2/acme/throughput/blobs/{}", draft.digest());
    let answer = app.get(&path).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &draft.component));
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("content-length", &draft.component.len().to_string()),
        ("docker-content-digest", &draft.digest().to_string()),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let head = ask(app.router(), &format!("HEAD {path}"), &[], Body::empty()).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-length"), draft.component.len().to_string());
    let part = async |range: &str| {
        ask(app.router(), &format!("GET {path}"), &[("range", range)], Body::empty()).await
    };
    let middle = part("bytes=10-19").await;
    assert_eq!(
        (middle.status, middle.body.as_slice()),
        (StatusCode::PARTIAL_CONTENT, &draft.component[10..20])
    );
    assert_eq!(part("bytes=99999999-").await.status, StatusCode::RANGE_NOT_SATISFIABLE);
}

#[tokio::test]
async fn referrers() {
    let app = App::new().await;
    let draft = Draft::new("acme/throughput", "1.0.0", Kind::Widget);
    let component = app.component(&draft).await;
    assert!(component.header("oci-subject").is_empty());
    let subject = Digest::of(&draft.component_manifest());
    assert_eq!(app.files(&draft).await.header("oci-subject"), subject.to_string());
    let pushed = app.bundle(&draft).await;
    assert_eq!(pushed.header("oci-subject"), subject.to_string());
    assert_eq!(
        pushed.header("docker-content-digest"),
        Digest::of(&draft.bundle_manifest(&app.key)).to_string()
    );

    let path = format!("/v2/acme/throughput/referrers/{subject}");
    let answer = app.get(&path).await;
    assert_eq!(answer.header("content-type"), "application/vnd.oci.image.index.v1+json");
    assert!(answer.header("oci-filters-applied").is_empty());
    let types: Vec<_> =
        answer.json()["manifests"].as_array().unwrap().iter().map(|m| m["artifactType"].clone()).collect();
    assert_eq!(types, [FILES, BUNDLE]);

    let filtered = app.get(&format!("{path}?artifactType={}", BUNDLE.replace('+', "%2B"))).await;
    assert_eq!(filtered.header("oci-filters-applied"), "artifactType");
    let manifests = filtered.json()["manifests"].clone();
    assert_eq!(manifests.as_array().unwrap().len(), 1);
    assert_eq!(manifests[0]["annotations"]["dev.sigstore.bundle.content"], "dsse-envelope");
    assert_eq!(manifests[0]["size"], draft.bundle_manifest(&app.key).len());
    // From the list to the bundle, as a client goes.
    let manifest = app
        .json(&format!("/v2/acme/throughput/manifests/{}", manifests[0]["digest"].as_str().unwrap()))
        .await;
    let blob = app
        .get(&format!("/v2/acme/throughput/blobs/{}", manifest["layers"][0]["digest"].as_str().unwrap()))
        .await;
    assert_eq!(blob.body, draft.bundle(&app.key).into_bytes());

    // The tag for clients that know no referrers API says the same; where there are none, there is no tag.
    let tag = app.get(&format!("/v2/acme/throughput/manifests/sha256-{}", subject.hex())).await;
    assert_eq!((tag.status, &tag.body), (StatusCode::OK, &answer.body));
    assert_eq!(tag.header("docker-content-digest"), Digest::of(&tag.body).to_string());
    let none = Digest::of(b"nothing");
    assert_eq!(app.json(&format!("/v2/acme/throughput/referrers/{none}")).await["manifests"], json!([]));
    let tag = app.get(&format!("/v2/acme/throughput/manifests/sha256-{}", none.hex())).await;
    assert_eq!(tag.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tags_page_by_page() {
    let app = App::new().await;
    for version in ["0.9.0", "0.10.0", "1.0.0-beta.2", "1.0.0"] {
        app.published(&Draft::new("acme/throughput", version, Kind::Widget)).await;
    }
    let list = "/v2/acme/throughput/tags/list";
    let tags = async |path: &str| {
        let answer = app.get(path).await;
        format!("{} [{}]", answer.json()["tags"], answer.header("link"))
    };
    // In the order of bytes, as OCI wants it, not in that of versions.
    insta::assert_snapshot!([
        tags(list).await,
        tags(&format!("{list}?n=2")).await,
        tags(&format!("{list}?n=2&last=0.9.0")).await,
        tags(&format!("{list}?last=1.0.0-beta.2")).await,
        tags(&format!("{list}?n=0")).await,
    ].join("\n"), @r#"
    ["0.10.0","0.9.0","1.0.0","1.0.0-beta.2"] []
    ["0.10.0","0.9.0"] [</v2/acme/throughput/tags/list?n=2&last=0.9.0>; rel="next"]
    ["1.0.0","1.0.0-beta.2"] []
    [] []
    [] []
    "#);
    assert_eq!(app.json(list).await["name"], "acme/throughput");
}

#[tokio::test]
async fn wkg_finds_the_registry_behind_any_address() {
    let app = App::new().await;
    let answer = app.json("/.well-known/wasm-pkg/registry.json").await;
    assert_eq!(answer, json!({ "preferredProtocol": "oci", "oci": { "namespacePrefix": "" } }));
}
