//! What is refused, each in its own words, and that nothing of it shows.

use axum::http::StatusCode;
use inferno_package::{Kind, Requests};
use inferno_registry::testing::{Salt, component};
use inferno_trust::{Release, SigningKey};
use inferno_types::Digest;
use serde_json::{Value, json};

use crate::{
    app::App,
    draft::{Draft, descriptor},
};

fn draft() -> Draft {
    Draft::new("acme/throughput", "1.0.0", Kind::Widget)
}

/// Publishes a changed draft to a fresh registry and tells what became of it.
async fn publish(what: &str, change: impl FnOnce(&mut Draft)) -> String {
    let app = App::new().await;
    let mut draft = draft();
    change(&mut draft);
    let answer = app.publish(&draft).await;
    assert_ne!(answer.status, StatusCode::CREATED, "{what}");
    assert_eq!(app.catalog().await, [""; 0], "{what}: nothing may be public");
    format!("{what}: {}", hide(&answer.shown()))
}

/// Digests and keys differ from run to run, and from one version of a tool to the next.
fn hide(text: &str) -> String {
    let mut out = String::new();
    let mut hex = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_hexdigit() && !c.is_ascii_uppercase() {
            hex.push(c);
            continue;
        }
        out.push_str(if hex.len() >= 12 { "…" } else { &hex });
        hex.clear();
        out.push(c);
    }
    let out = out.trim_end_matches('\0');
    match out.split_once("(hint \"").and_then(|(start, rest)| Some((start, rest.split_once('"')?.1))) {
        Some((start, end)) => format!("{start}(hint \"…\"{end}"),
        None => out.to_owned(),
    }
}

#[tokio::test]
async fn components() {
    let text = |wat: &str| wat::parse_str(wat).unwrap();
    let mut table = Vec::new();
    for (what, bytes) in [
        ("a core module", text("(module)")),
        ("a script", b"#!/bin/sh\n".to_vec()),
        ("an import of WASI", text(r#"(component (import "wasi:sockets/tcp@0.2.6" (instance)))"#)),
        (
            "an unknown world",
            text(r#"(component (instance $i) (export "acme:plugin/run@1.0.0" (instance $i)))"#),
        ),
    ] {
        table.push(publish(what, |draft| *draft = draft.clone().with_component(bytes)).await);
    }
    table.push(
        publish("inferno.toml of another kind", |draft| {
            draft.toml = draft.toml.replace("\"widget\"", "\"analyzer\"");
        })
        .await,
    );
    table.push(
        publish("a statement of another kind", |draft| {
            draft.release =
                Release::new("acme/throughput".parse().unwrap(), "1.0.0".parse().unwrap(), Kind::Analyzer)
                    .with_requests(draft.release.requests().clone());
        })
        .await,
    );
    insta::assert_snapshot!(table.join("\n"), @"
    a core module: 400 MANIFEST_INVALID: the layer is a core module; wrap it as a component, as `inferno plugin build` does; a package is a WebAssembly component
    a script: 400 MANIFEST_INVALID: the layer is something that is not WebAssembly; a package is a WebAssembly component
    an import of WASI: 400 MANIFEST_INVALID: the component imports `wasi:sockets/tcp@0.2.6`; there is no WASI in the host, so build it for wasm32-unknown-unknown, without an adapter
    an unknown world: 400 MANIFEST_INVALID: the component is of no world that this version knows: it exports `acme:plugin/run@1.0.0`; `optimization-pass`, `widget` and `analyzer` are known, of the contract 0.1.0 and 0.2.0
    inferno.toml of another kind: 400 MANIFEST_INVALID: inferno.toml says `analyzer`, and the component is of the world `widget`
    a statement of another kind: 400 MANIFEST_INVALID: the signed statement says `analyzer`, and the component is of the world `widget`; sign it again as what it is
    ");
}

#[tokio::test]
async fn package_files() {
    let table = [
        publish("not TOML", |draft| draft.toml = "[package".into()).await,
        publish("an unknown key", |draft| draft.toml.push_str("network = true\n")).await,
        publish("another name", |draft| draft.toml = draft.toml.replace("acme/throughput", "acme/latency"))
            .await,
        publish("another version", |draft| draft.toml = draft.toml.replace("1.0.0", "1.0.1")).await,
        publish("more requests than are signed", |draft| {
            draft.toml.push_str("metrics = [\"inferno_generation_tokens_total\"]\n");
        })
        .await,
        publish("fewer requests than are signed", |draft| draft.toml = draft.toml.replace("log = true", ""))
            .await,
        publish("a large README", |draft| draft.readme = Some(vec![b'a'; (256 << 10) + 1])).await,
        publish("a README that is no text", |draft| draft.readme = Some(vec![0xff, 0xfe])).await,
    ];
    insta::assert_snapshot!(table.join("\n"), @"
    not TOML: 400 MANIFEST_INVALID: inferno.toml cannot be read: TOML parse error at line 1, column 9
      |
    1 | [package
      |         ^
    unclosed table, expected `]`

    an unknown key: 400 MANIFEST_INVALID: inferno.toml cannot be read: TOML parse error at line 10, column 1
       |
    10 | network = true
       | ^^^^^^^
    unknown field `network`, expected `log` or `metrics`

    another name: 400 MANIFEST_INVALID: inferno.toml is for acme/latency, and was pushed to acme/throughput
    another version: 400 MANIFEST_INVALID: inferno.toml is for version 1.0.1, and the component is tagged 1.0.0
    more requests than are signed: 400 MANIFEST_INVALID: the signed statement asks for log, and inferno.toml for log, metric:inferno_generation_tokens_total; sign with this inferno.toml
    fewer requests than are signed: 400 MANIFEST_INVALID: the signed statement asks for log, and inferno.toml for nothing; sign with this inferno.toml
    a large README: 400 MANIFEST_INVALID: the README has 262145 bytes; at most 262144 are kept, so shorten it
    a README that is no text: 400 MANIFEST_INVALID: the README is not UTF-8 text
    ");
}

#[tokio::test]
async fn signatures() {
    let release = |name: &str, version: &str| {
        Release::new(name.parse().unwrap(), version.parse().unwrap(), Kind::Widget)
            .with_requests([inferno_package::Capability::Log].into_iter().collect::<Requests>())
    };
    let mut table = vec![
        publish("for another name", |draft| draft.release = release("acme/latency", "1.0.0")).await,
        publish("for another publisher", |draft| draft.release = release("inferno/throughput", "1.0.0"))
            .await,
        publish("for another version", |draft| draft.release = release("acme/throughput", "1.0.1")).await,
        publish("for another digest", |draft| draft.signed = component(Kind::Widget, Salt(99))).await,
    ];
    let app = App::new().await;
    let draft = draft();
    assert_eq!(app.component(&draft).await.status, StatusCode::CREATED);
    table.push(format!("before the package files: {}", app.bundle(&draft).await.shown()));
    assert_eq!(app.files(&draft).await.status, StatusCode::CREATED);
    let bundle = async |what: &str, json: Value, blob: &[u8]| {
        assert_eq!(app.blob(&draft.package, blob).await.status, StatusCode::CREATED);
        let manifest = json.to_string().into_bytes();
        let answer = app.manifest(&draft.package, &Digest::of(&manifest).to_string(), &manifest).await;
        format!("{what}: {}", hide(&answer.shown()))
    };
    let good = draft.bundle_json(&app.key);
    let with = |key: &str, value: Value| {
        let mut json = good.clone();
        json[key] = value;
        json
    };
    let media_type = crate::draft::BUNDLE;
    let stranger = SigningKey::generate();
    table.push(
        bundle("by a stranger", draft.bundle_json(&stranger), draft.bundle(&stranger).as_bytes()).await,
    );
    // The hint of our key over the signature of another.
    let id = |bundle: &str| serde_json::from_str::<Value>(bundle).unwrap()["verificationMaterial"].clone();
    let mut forged: Value = serde_json::from_str(&draft.bundle(&stranger)).unwrap();
    forged["verificationMaterial"] = id(&draft.bundle(&app.key));
    let forged = forged.to_string().into_bytes();
    table.push(bundle("forged", with("layers", json!([descriptor(media_type, &forged)])), &forged).await);
    table.push(bundle("not JSON", with("layers", json!([descriptor(media_type, b"x")])), b"x").await);
    table
        .push(bundle("of another type", with("layers", json!([descriptor("text/plain", b"x")])), b"x").await);
    table.push(bundle("without a layer", with("layers", json!([])), b"x").await);
    table.push(bundle("without annotations", with("annotations", json!({})), b"x").await);
    table.push(
        bundle("an unknown artifact", with("artifactType", json!("application/spdx+json")), b"x").await,
    );
    let elsewhere = descriptor("application/vnd.oci.image.manifest.v1+json", b"elsewhere");
    table.push(bundle("of what is not here", with("subject", elsewhere), b"x").await);
    let whole = draft.bundle(&app.key);
    app.administration().revoke_key("acme", app.key.public_key().id()).await.unwrap();
    table.push(bundle("by a revoked key", good.clone(), whole.as_bytes()).await);
    assert_eq!(app.catalog().await, [""; 0]);
    insta::assert_snapshot!(table.join("\n"), @r#"
    for another name: 400 MANIFEST_INVALID: the signature is for acme/latency, not for acme/throughput; sign this component with its own inferno.toml
    for another publisher: 400 MANIFEST_INVALID: the signature is for inferno/throughput, not for acme/throughput; sign this component with its own inferno.toml
    for another version: 400 MANIFEST_INVALID: the signature is for version 1.0.1, not for 1.0.0; sign this version
    for another digest: 400 MANIFEST_INVALID: the signature is for a component sha256:…, and the one that was pushed is sha256:…; sign what you push
    before the package files: 400 MANIFEST_INVALID: push the package files (`inferno.toml`) of this component before its bundle
    by a stranger: 403 DENIED: `acme` has no such key here (hint "…"); ask the registry's operator to add the public key
    forged: 400 MANIFEST_INVALID: the signature is refused: the signature was not made by acme (key …) over this statement; the bundle was altered or forged, so fetch it again from its publisher
    not JSON: 400 MANIFEST_INVALID: the signature is refused: the bundle cannot be read: it is not valid JSON: expected value at line 1 column 1
    of another type: 400 MANIFEST_INVALID: a bundle is exactly one layer `application/vnd.dev.sigstore.bundle.v0.3+json`
    without a layer: 400 MANIFEST_INVALID: a bundle is exactly one layer `application/vnd.dev.sigstore.bundle.v0.3+json`
    without annotations: 400 MANIFEST_INVALID: the annotation `dev.sigstore.bundle.content` of the bundle is ""; it is `dsse-envelope` for a release
    an unknown artifact: 415 UNSUPPORTED: the artifact type "application/spdx+json" is not kept here; a component is referred to by `application/vnd.inferno.package.v1` and `application/vnd.dev.sigstore.bundle.v0.3+json`
    of what is not here: 404 MANIFEST_UNKNOWN: there is no component sha256:… in this package; push it first, and then what refers to it
    by a revoked key: 403 DENIED: `acme` revoked the key …; sign with another
    "#);
}

#[tokio::test]
async fn manifests() {
    let app = App::new().await;
    let draft = draft();
    let (config, component): (&[u8], &[u8]) = (&draft.config, &draft.component);
    assert_eq!(app.blob(&draft.package, component).await.status, StatusCode::CREATED);
    let good = draft.component_json();
    let mut table = Vec::new();
    let mut push = async |what: &str, reference: &str, bytes: &[u8]| {
        let answer = app.manifest(&draft.package, reference, bytes).await;
        assert_ne!(answer.status, StatusCode::CREATED, "{what}");
        table.push(format!("{what}: {}", hide(&answer.shown())));
    };
    let with = |change: &dyn Fn(&mut Value)| {
        let mut json = good.clone();
        change(&mut json);
        json.to_string().into_bytes()
    };
    push("a blob that was not uploaded", "1.0.0", &with(&|_| ())).await;
    assert_eq!(app.blob(&draft.package, config).await.status, StatusCode::CREATED);
    let other = json!({ "layerDigests": [Digest::of(b"other")] }).to_string().into_bytes();
    assert_eq!(app.blob(&draft.package, &other).await.status, StatusCode::CREATED);
    let wasm_config = "application/vnd.wasm.config.v0+json";
    push("nothing", "1.0.0", b"").await;
    push("another size", "1.0.0", &with(&|json| json["layers"][0]["size"] = 1.into())).await;
    push(
        "two layers",
        "1.0.0",
        &with(&|json| {
            let layer = json["layers"][0].clone();
            json["layers"].as_array_mut().unwrap().push(layer);
        }),
    )
    .await;
    push("another layer", "1.0.0", &with(&|json| json["layers"][0]["mediaType"] = "application/gzip".into()))
        .await;
    push(
        "the config of an image",
        "1.0.0",
        &with(&|json| {
            json["config"]["mediaType"] = "application/vnd.oci.image.config.v1+json".into();
        }),
    )
    .await;
    push(
        "a config that is no JSON",
        "1.0.0",
        &with(&|json| json["config"] = descriptor(wasm_config, component)),
    )
    .await;
    push("the config of another", "1.0.0", &with(&|json| json["config"] = descriptor(wasm_config, &other)))
        .await;
    push(
        "a title that climbs",
        "1.0.0",
        &with(&|json| {
            json["layers"][0]["annotations"] = json!({ "org.opencontainers.image.title": "../../.bashrc" });
        }),
    )
    .await;
    push("a tag that is no version", "latest", &with(&|_| ())).await;
    push("a tag for referrers", &format!("sha256-{}", draft.digest().hex()), &with(&|_| ())).await;
    push("a component by its digest", &Digest::of(&with(&|_| ())).to_string(), &with(&|_| ())).await;
    push("another digest", &Digest::of(b"other").to_string(), &with(&|_| ())).await;
    push("a referrer by a tag", "1.0.0", &with(&|json| json["subject"] = draft.subject())).await;
    push("too large", "1.0.0", &vec![b' '; (256 << 10) + 1]).await;
    let index = ("content-type", "application/vnd.oci.image.index.v1+json");
    let answer = app.send("PUT /v2/acme/throughput/manifests/1.0.0", &[index], "{}").await;
    table.push(format!("an index: {}", answer.shown()));
    insta::assert_snapshot!(table.join("\n"), @r#"
    a blob that was not uploaded: 404 MANIFEST_BLOB_UNKNOWN: the blob sha256:… was not uploaded to this package; upload it before its manifest
    nothing: 400 MANIFEST_INVALID: the manifest is refused: it is not an OCI image manifest: EOF while parsing a value at line 1 column 0
    another size: 400 SIZE_INVALID: the manifest says that sha256:… has 1 bytes; it has 7872
    two layers: 400 MANIFEST_INVALID: the manifest has 2 layers; a component is exactly one layer `application/wasm`
    another layer: 400 MANIFEST_INVALID: the layer is of the type "application/gzip"; a component is `application/wasm`
    the config of an image: 400 MANIFEST_INVALID: the config is of the type "application/vnd.oci.image.config.v1+json"; a component has `application/vnd.wasm.config.v0+json`, as `wkg` writes it
    a config that is no JSON: 400 MANIFEST_INVALID: the config is no JSON object
    the config of another: 400 MANIFEST_INVALID: `layerDigests` of the config is not the digest of this component; was the config made for another?
    a title that climbs: 400 MANIFEST_INVALID: the manifest is refused: the title "../../.bashrc" of a layer is not a plain relative path; a client would write a file by that name
    a tag that is no version: 400 MANIFEST_INVALID: the tag is no version: a version is written `major.minor.patch`, as semver.org describes: unexpected character 'l' while parsing major version number
    a tag for referrers: 400 MANIFEST_INVALID: the tag is no version: a version has at most 64 characters, not 71
    a component by its digest: 400 MANIFEST_INVALID: push a component under its version as the tag, not under its digest
    another digest: 400 DIGEST_INVALID: the manifest has the digest sha256:…, not sha256:…, which the address says
    a referrer by a tag: 400 MANIFEST_INVALID: push a manifest with a `subject` under its own digest; tags are versions of components
    too large: 413 SIZE_INVALID: this is larger than 262144 bytes, which is the most that is taken here
    an index: 415 UNSUPPORTED: the Content-Type is "application/vnd.oci.image.index.v1+json"; only `application/vnd.oci.image.manifest.v1+json` is kept here
    "#);
    assert_eq!(app.get("/v2/acme/throughput/tags/list").await.status, StatusCode::NOT_FOUND);
}

/// The catalog shows nothing that is not signed, however complete it is otherwise.
#[tokio::test]
async fn a_version_whose_bundle_was_stripped_is_not_in_the_catalog() {
    let app = App::new().await;
    let draft = draft();
    assert_eq!(app.component(&draft).await.status, StatusCode::CREATED);
    assert_eq!(app.files(&draft).await.status, StatusCode::CREATED);
    assert_eq!(app.catalog().await, [""; 0]);
    let page = app.get("/api/registry/packages/acme/throughput").await;
    insta::assert_snapshot!(page.shown(), @"404 unknown-package: there is no published package acme/throughput; search for it by a part of its name");
    let subject = Digest::of(&draft.component_manifest());
    let bundles = app
        .json(&format!("/v2/acme/throughput/referrers/{subject}?artifactType=application%2Fvnd.dev.sigstore.bundle.v0.3%2Bjson"))
        .await;
    assert_eq!(bundles["manifests"], json!([]));
}
