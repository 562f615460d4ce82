//! Search, pages and yanks.

use axum::http::StatusCode;
use inferno_package::{
    Kind,
    catalog::{PackageDetail, SearchPage},
};

use crate::{app::App, draft::Draft};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

async fn filled() -> App {
    let app = App::new().await;
    for (name, kind, description) in [
        ("throughput", Kind::Widget, "Tokens per second, model by model"),
        ("latency", Kind::Widget, "A heat map of latencies; 100% measured"),
        ("batch-tuner", Kind::Analyzer, "Finds a better batch size for throughput"),
        ("fuse", Kind::OptimizationPass, "Fuses matmuls"),
    ] {
        let mut draft = Draft::new(&format!("acme/{name}"), "1.0.0", kind);
        draft.toml = draft.toml.replace("Tokens per second", description);
        app.published(&draft).await;
    }
    app
}

#[tokio::test]
async fn search_by_text_kind_and_publisher() {
    let app = filled().await;
    let mut table = Vec::new();
    for query in [
        "text=throughput",
        "text=THROUGHPUT",
        "text=batch%20throughput",
        "text=acme%2Ffuse",
        "text=100%25",
        "text=%25",
        "text=_",
        "text='%20OR%201=1",
        "text=nothing",
        "kind=widget",
        "kind=widget&text=heat",
        "publisher=acme&limit=2&offset=1",
        "publisher=nobody",
        "offset=100",
    ] {
        let answer = app.get(&format!("/api/registry/packages?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        let page: SearchPage = serde_json::from_slice(&answer.body).unwrap();
        let names: Vec<_> = page.packages.iter().map(|package| package.name.to_string()).collect();
        table.push(format!("{query}: {} from {} [{}]", page.total, page.offset, names.join(", ")));
    }
    insta::assert_snapshot!(table.join("\n"), @"
    text=throughput: 2 from 0 [acme/throughput, acme/batch-tuner]
    text=THROUGHPUT: 2 from 0 [acme/throughput, acme/batch-tuner]
    text=batch%20throughput: 1 from 0 [acme/batch-tuner]
    text=acme%2Ffuse: 1 from 0 [acme/fuse]
    text=100%25: 1 from 0 [acme/latency]
    text=%25: 1 from 0 [acme/latency]
    text=_: 0 from 0 []
    text='%20OR%201=1: 0 from 0 []
    text=nothing: 0 from 0 []
    kind=widget: 2 from 0 [acme/latency, acme/throughput]
    kind=widget&text=heat: 1 from 0 [acme/latency]
    publisher=acme&limit=2&offset=1: 4 from 1 [acme/batch-tuner, acme/latency]
    publisher=nobody: 0 from 0 []
    offset=100: 4 from 100 []
    ");
}

#[tokio::test]
async fn queries_that_are_refused() {
    let app = filled().await;
    let long = format!("text={}", "a".repeat(129));
    let many = format!("text={}", "a%20".repeat(9));
    let mut table = Vec::new();
    for query in ["kind=plugin", "limit=0", "limit=101", "limit=x", "offset=-1", "sort=name", &long, &many] {
        table.push(format!(
            "{query:.20}: {}",
            app.get(&format!("/api/registry/packages?{query}")).await.shown()
        ));
    }
    insta::assert_snapshot!(table.join("\n"), @r#"
    kind=plugin: 400 invalid-query: the query is refused: `kind`: "plugin" is not a kind of package; this version knows `optimization-pass`, `widget` and `analyzer`
    limit=0: 400 invalid-query: the query is refused: `limit` is 1 to 100
    limit=101: 400 invalid-query: the query is refused: `limit` is 1 to 100
    limit=x: 400 invalid-query: the query is refused: Failed to deserialize query string: limit: invalid digit found in string
    offset=-1: 400 invalid-query: the query is refused: Failed to deserialize query string: offset: invalid digit found in string
    sort=name: 400 invalid-query: the query is refused: Failed to deserialize query string: sort: unknown field `sort`, expected one of `text`, `kind`, `publisher`, `offset`, `limit`
    text=aaaaaaaaaaaaaaa: 400 invalid-query: the query is refused: `text` has at most 128 bytes
    text=a%20a%20a%20a%2: 400 invalid-query: the query is refused: `text` has at most 8 words
    "#);
}

#[tokio::test]
async fn a_summary_is_about_the_newest_version_that_may_be_installed() {
    let app = App::new().await;
    app.published(&Draft::new("acme/throughput", "1.0.0", Kind::Widget)).await;
    let mut newer = Draft::new("acme/throughput", "1.1.0", Kind::Widget);
    newer.toml = newer.toml.replace("Tokens per second", "Tokens per second, smoothed");
    newer.readme = None;
    app.published(&newer).await;
    let summary = async || app.json("/api/registry/packages").await["packages"][0].clone();
    let shown = |summary: serde_json::Value| {
        format!(
            "{} {} {} {}",
            summary["name"], summary["latest"], summary["versions"], summary["description"]
        )
    };
    let mut table = vec![shown(summary().await)];
    for version in ["1.1.0", "1.0.0"] {
        let call = format!("POST /api/registry/packages/acme/throughput/versions/{version}/yank");
        let answer = app.send(&call, &JSON, r#"{"reason":"wrong unit"}"#).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.shown());
        table.push(shown(summary().await));
    }
    insta::assert_snapshot!(table.join("\n"), @r#"
    "acme/throughput" "1.1.0" 2 "Tokens per second, smoothed"
    "acme/throughput" "1.0.0" 2 "Tokens per second, smoothed"
    "acme/throughput" null 2 "Tokens per second, smoothed"
    "#);
    let detail = app.get("/api/registry/packages/acme/throughput").await;
    let detail: PackageDetail = serde_json::from_slice(&detail.body).unwrap();
    assert_eq!(detail.readme, None, "the README of the newest version, which has none");
    assert!(detail.versions.iter().all(|version| version.yanked.is_some()));
}

#[tokio::test]
async fn a_yank_is_taken_back_and_can_be_pulled_all_the_while() {
    let app = App::new().await;
    app.published(&Draft::new("acme/throughput", "1.0.0", Kind::Widget)).await;
    let path = "/api/registry/packages/acme/throughput/versions/1.0.0/yank";
    let yank = async |reason: &str| {
        app.send(&format!("POST {path}"), &JSON, format!(r#"{{"reason":"{reason}"}}"#)).await.json()
    };
    let first = yank("wrong unit").await["yanked"].clone();
    let second = yank("wrong unit, and slow").await["yanked"].clone();
    assert_eq!(first["at"], second["at"], "since the first time");
    assert_eq!(second["reason"], "wrong unit, and slow");
    assert_eq!(
        app.get("/v2/acme/throughput/manifests/1.0.0").await.status,
        StatusCode::OK,
        "pinned versions stay"
    );
    let restored = app.send(&format!("DELETE {path}"), &[], "").await;
    assert_eq!((restored.status, restored.json()["yanked"].is_null()), (StatusCode::OK, true));
    assert_eq!(app.json("/api/registry/packages").await["packages"][0]["latest"], "1.0.0");
}

#[tokio::test]
async fn yanks_that_are_refused() {
    let app = App::new().await;
    app.published(&Draft::new("acme/throughput", "1.0.0", Kind::Widget)).await;
    app.component(&Draft::new("acme/throughput", "1.1.0", Kind::Widget)).await;
    let long = format!(r#"{{"reason":"{}"}}"#, "a".repeat(513));
    let mut table = Vec::new();
    for (version, body) in [
        ("1.0.0", ""),
        ("1.0.0", "{}"),
        ("1.0.0", r#"{"reason":" "}"#),
        ("1.0.0", r#"{"reason":"two\nlines"}"#),
        ("1.0.0", r#"{"reason":"x","until":"tomorrow"}"#),
        ("1.0.0", &long),
        ("1.1.0", r#"{"reason":"only tagged"}"#),
        ("2.0.0", r#"{"reason":"not there"}"#),
        ("two", r#"{"reason":"no version"}"#),
    ] {
        let call = format!("POST /api/registry/packages/acme/throughput/versions/{version}/yank");
        table
            .push(format!("{version} {body:.40}: {}", app.send(&call, &JSON, body.to_owned()).await.shown()));
    }
    insta::assert_snapshot!(table.join("\n"), @r#"
    1.0.0 : 400 invalid-body: the body is refused: Failed to parse the request body as JSON: EOF while parsing a value at line 1 column 0
    1.0.0 {}: 400 invalid-body: the body is refused: Failed to deserialize the JSON body into the target type: missing field `reason` at line 1 column 2
    1.0.0 {"reason":" "}: 400 invalid-body: the body is refused: `reason` is one line of 1 to 512 characters
    1.0.0 {"reason":"two\nlines"}: 400 invalid-body: the body is refused: `reason` is one line of 1 to 512 characters
    1.0.0 {"reason":"x","until":"tomorrow"}: 400 invalid-body: the body is refused: Failed to deserialize the JSON body into the target type: until: unknown field `until`, expected `reason` at line 1 column 21
    1.0.0 {"reason":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 400 invalid-body: the body is refused: `reason` is one line of 1 to 512 characters
    1.1.0 {"reason":"only tagged"}: 404 unknown-version: acme/throughput has no published version 1.1.0
    2.0.0 {"reason":"not there"}: 404 unknown-version: acme/throughput has no published version 2.0.0
    two {"reason":"no version"}: 400 invalid-version: the version is refused: a version is written `major.minor.patch`, as semver.org describes: unexpected character 't' while parsing major version number
    "#);
}

#[test]
fn the_document_lists_every_route_of_the_catalog() {
    let document = inferno_registry::openapi();
    let paths: Vec<_> = document.paths.paths.keys().map(String::as_str).collect();
    insta::assert_snapshot!(paths.join("\n"), @"
    /api/registry/packages
    /api/registry/packages/{publisher}/{name}
    /api/registry/packages/{publisher}/{name}/versions/{version}/yank
    /api/registry/publishers/{publisher}
    ");
    let schemas: Vec<_> = document.components.as_ref().unwrap().schemas.keys().map(String::as_str).collect();
    insta::assert_snapshot!(schemas.join(" "), @"PackageDetail PackageSummary PublisherInfo PublisherKey RegistryErrorBody RegistryErrorDetail SearchPage VersionDetail Yank YankRequest");
}
