//! Who may push, and that everybody may pull.

use axum::{body::Body, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use inferno_package::Kind;
use inferno_trust::SigningKey;

use crate::{
    app::{App, ask},
    draft::Draft,
};

#[tokio::test]
async fn a_push_needs_a_token_of_this_publisher() {
    let app = App::new().await;
    let other =
        app.administration().add_publisher("other", &SigningKey::generate().public_key()).await.unwrap();
    let (id, old) = app.administration().new_token("acme").await.unwrap();
    app.administration().revoke_token("acme", id).await.unwrap();
    let basic = |password: &str| format!("Basic {}", STANDARD.encode(format!("anybody:{password}")));
    let begin = "POST /v2/acme/throughput/blobs/uploads/";
    let mut table = Vec::new();
    for (what, header) in [
        ("none", None),
        ("of another scheme", Some("Digest username=acme".to_owned())),
        ("empty", Some("Basic Og==".to_owned())),
        ("wrong", Some("Bearer inferno_0".to_owned())),
        ("very long", Some(format!("Bearer {}", "a".repeat(10_000)))),
        ("with a space", Some(format!("Bearer {} x", app.token))),
        ("revoked", Some(format!("Bearer {}", old.reveal()))),
        ("of another publisher", Some(format!("Bearer {}", other.reveal()))),
        ("of another publisher, basic", Some(basic(other.reveal()))),
        ("right", Some(format!("Bearer {}", app.token))),
        ("right, basic", Some(basic(&app.token))),
    ] {
        let headers: Vec<_> = header.iter().map(|value| ("authorization", value.as_str())).collect();
        let answer = ask(app.router(), begin, &headers, Body::empty()).await;
        let asked = answer.header("www-authenticate");
        table.push(format!("{what}: {} [{asked}]", answer.shown()));
    }
    insta::assert_snapshot!(table.join("\n"), @r#"
    none: 401 UNAUTHORIZED: to push, send a publisher's token: as a bearer, or as the password with any user name [Basic realm="inferno"]
    of another scheme: 401 UNAUTHORIZED: the Authorization header is neither `Bearer TOKEN` nor `Basic` with the token as the password [Basic realm="inferno"]
    empty: 401 UNAUTHORIZED: to push, send a publisher's token: as a bearer, or as the password with any user name [Basic realm="inferno"]
    wrong: 401 UNAUTHORIZED: this token is unknown or revoked; ask the registry's operator for a new one [Basic realm="inferno"]
    very long: 401 UNAUTHORIZED: this token is unknown or revoked; ask the registry's operator for a new one [Basic realm="inferno"]
    with a space: 401 UNAUTHORIZED: this token is unknown or revoked; ask the registry's operator for a new one [Basic realm="inferno"]
    revoked: 401 UNAUTHORIZED: this token is unknown or revoked; ask the registry's operator for a new one [Basic realm="inferno"]
    of another publisher: 403 DENIED: this token is for packages of `other`, not for those of `acme` []
    of another publisher, basic: 403 DENIED: this token is for packages of `other`, not for those of `acme` []
    right: 202 []
    right, basic: 202 []
    "#);
}

#[tokio::test]
async fn nothing_that_writes_is_open() {
    let app = App::new().await;
    app.published(&Draft::new("acme/throughput", "1.0.0", Kind::Widget)).await;
    let id = "0b1c2d3e-4f50-4a6b-8c7d-9eafb0c1d2e3";
    let yank = "/api/registry/packages/acme/throughput/versions/1.0.0/yank";
    for call in [
        "POST /v2/acme/throughput/blobs/uploads/".to_owned(),
        format!("GET /v2/acme/throughput/blobs/uploads/{id}"),
        format!("PATCH /v2/acme/throughput/blobs/uploads/{id}"),
        format!("PUT /v2/acme/throughput/blobs/uploads/{id}?digest=sha256:{}", "0".repeat(64)),
        format!("DELETE /v2/acme/throughput/blobs/uploads/{id}"),
        "PUT /v2/acme/throughput/manifests/1.0.1".to_owned(),
        format!("POST {yank}"),
        format!("DELETE {yank}"),
    ] {
        let answer = ask(app.router(), &call, &[], Body::empty()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{call}");
        let stranger = [("authorization", "Bearer inferno_0")];
        let answer = ask(app.router(), &call, &stranger, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{call}");
    }
    assert!(app.json("/api/registry/packages/acme/throughput").await["versions"][0]["yanked"].is_null());
}

#[tokio::test]
async fn whether_this_is_a_registry_is_where_clients_learn_to_send_their_token() {
    let app = App::new().await;
    let anonymous = app.get("/v2/").await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    assert_eq!(anonymous.header("www-authenticate"), "Basic realm=\"inferno\"");
    assert_eq!(anonymous.header("docker-distribution-api-version"), "registry/2.0");
    assert_eq!(app.send("GET /v2/", &[], Body::empty()).await.status, StatusCode::OK);
    // Whoever was asked and has none goes on without, or with an empty one; both may pull.
    app.published(&Draft::new("acme/throughput", "1.0.0", Kind::Widget)).await;
    for header in ["Basic Og==", "Bearer inferno_0", "nonsense"] {
        let answer = ask(
            app.router(),
            "GET /v2/acme/throughput/tags/list",
            &[("authorization", header)],
            Body::empty(),
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{header}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_use_a_password_that_the_browser_remembers() {
    let app = App::new().await;
    let push = async |site: &str| {
        app.send("POST /v2/acme/throughput/blobs/uploads/", &[("sec-fetch-site", site)], Body::empty()).await
    };
    assert_eq!(push("same-origin").await.status, StatusCode::ACCEPTED);
    assert_eq!(push("none").await.status, StatusCode::ACCEPTED);
    assert_eq!(push("same-site").await.status, StatusCode::FORBIDDEN);
    insta::assert_snapshot!(push("cross-site").await.shown(), @"403 DENIED: a page of another site made this request; push from a program");
}
