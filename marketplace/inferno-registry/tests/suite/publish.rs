//! The way of a version: three steps, and nothing to be seen before the last.

use inferno_package::Kind;

use crate::{app::App, draft::Draft};

#[tokio::test]
async fn a_version_becomes_public_with_its_bundle_and_not_before() {
    let app = App::new().await;
    let draft = Draft::new("acme/throughput", "1.0.0", Kind::Widget);
    let mut seen = Vec::new();
    let look = async |step: &str, status: u16| {
        let page = app.json("/api/registry/packages").await["total"].clone();
        let detail = app.get("/api/registry/packages/acme/throughput").await.status.as_u16();
        let tags = app.get("/v2/acme/throughput/tags/list").await.status.as_u16();
        format!("{step} {status}: {page} found, page {detail}, tags {tags}")
    };
    seen.push(look("nothing", 0).await);
    seen.push(look("component", app.component(&draft).await.status.as_u16()).await);
    seen.push(look("files", app.files(&draft).await.status.as_u16()).await);
    seen.push(look("bundle", app.bundle(&draft).await.status.as_u16()).await);
    insta::assert_snapshot!(seen.join("\n"), @"
    nothing 0: 0 found, page 404, tags 404
    component 201: 0 found, page 404, tags 200
    files 201: 0 found, page 404, tags 200
    bundle 201: 1 found, page 200, tags 200
    ");

    let mut detail = app.json("/api/registry/packages/acme/throughput").await;
    let version = &mut detail["versions"][0];
    assert_eq!(version["digest"], draft.digest().to_string());
    assert_eq!(version["size"], draft.component.len());
    assert_eq!(version["signer"], app.key.public_key().id().to_string());
    for changing in ["digest", "manifestDigest", "size", "signer", "publishedAt"] {
        version[changing] = "…".into();
    }
    let key = &mut detail["publisher"]["keys"][0];
    assert_eq!(key["publicKey"], app.key.public_key().to_pem());
    (key["id"], key["publicKey"]) = ("…".into(), "…".into());
    insta::assert_snapshot!(serde_json::to_string_pretty(&detail).unwrap(), @r##"
    {
      "description": "Tokens per second",
      "kind": "widget",
      "license": "Apache-2.0",
      "name": "acme/throughput",
      "publisher": {
        "keys": [
          {
            "id": "…",
            "publicKey": "…",
            "revoked": false
          }
        ],
        "name": "acme"
      },
      "readme": "# Throughput\n",
      "versions": [
        {
          "digest": "…",
          "kind": "widget",
          "manifestDigest": "…",
          "publishedAt": "…",
          "requests": [
            "log"
          ],
          "signer": "…",
          "size": "…",
          "version": "1.0.0"
        }
      ]
    }
    "##);
}

#[tokio::test]
async fn every_kind_is_taken_and_what_is_pushed_again_changes_nothing() {
    let app = App::new().await;
    for (name, kind) in Kind::ALL.into_iter().enumerate() {
        let draft = Draft::new(&format!("acme/p{name}"), "1.0.0", kind);
        app.published(&draft).await;
        let before = app.json(&format!("/api/registry/packages/acme/p{name}")).await;
        app.published(&draft).await;
        assert_eq!(app.json(&format!("/api/registry/packages/acme/p{name}")).await, before);
        assert_eq!(before["kind"], kind.as_str());
    }
}

#[tokio::test]
async fn a_slip_in_the_package_files_is_mended_before_the_bundle_and_not_after() {
    let app = App::new().await;
    let mut draft = Draft::new("acme/throughput", "1.0.0", Kind::Widget);
    assert_eq!(app.component(&draft).await.shown(), "201");
    draft.readme = None;
    assert_eq!(app.files(&draft).await.shown(), "201");
    draft.readme = Some(b"# Better\n".to_vec());
    assert_eq!(app.files(&draft).await.shown(), "201");
    assert_eq!(app.bundle(&draft).await.shown(), "201");
    assert_eq!(app.json("/api/registry/packages/acme/throughput").await["readme"], "# Better\n");
    let subject = inferno_types::Digest::of(&draft.component_manifest());
    let index = app.json(&format!("/v2/acme/throughput/referrers/{subject}")).await;
    assert_eq!(index["manifests"].as_array().unwrap().len(), 2, "{index}");

    draft.readme = Some(b"# Too late\n".to_vec());
    insta::assert_snapshot!(app.files(&draft).await.shown(), @"409 DENIED: 1.0.0 is published; its files and its signature do not change any more, so publish a higher version");
    // A second signature, over the same statement but with another bundle around it.
    let mut bundle = draft.bundle_json(&app.key);
    bundle["annotations"]["note"] = "again".into();
    let bundle = bundle.to_string().into_bytes();
    let again = app.manifest(&draft.package, &inferno_types::Digest::of(&bundle).to_string(), &bundle).await;
    insta::assert_snapshot!(again.shown(), @"409 DENIED: 1.0.0 is published; its files and its signature do not change any more, so publish a higher version");
}

#[tokio::test]
async fn a_publisher_may_rotate_its_keys() {
    let mut app = App::new().await;
    app.published(&Draft::new("acme/throughput", "1.0.0", Kind::Widget)).await;
    let old = app.key.public_key().id();
    app.key = inferno_trust::SigningKey::generate();
    app.administration().add_key("acme", &app.key.public_key()).await.unwrap();
    app.administration().revoke_key("acme", old).await.unwrap();
    app.published(&Draft::new("acme/throughput", "1.1.0", Kind::Widget)).await;
    let detail = app.json("/api/registry/packages/acme/throughput").await;
    assert_eq!(detail["versions"][0]["signer"], app.key.public_key().id().to_string());
    assert_eq!(detail["versions"][1]["signer"], old.to_string(), "what is published stays, and says by whom");
    let revoked: Vec<_> =
        detail["publisher"]["keys"].as_array().unwrap().iter().map(|k| k["revoked"].clone()).collect();
    assert_eq!(revoked, [true, false]);
}
