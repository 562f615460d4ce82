//! What an operator does, and what a start finds.

use axum::http::StatusCode;
use inferno_package::Kind;
use inferno_registry::{Administration, Registry};
use inferno_trust::SigningKey;

use crate::{app::App, draft::Draft};

#[tokio::test]
async fn publishers_keys_and_tokens() {
    let app = App::new().await;
    let operator = app.administration();
    let key = SigningKey::generate().public_key();
    let mut table = Vec::new();
    for name in ["acme", "Acme", "a/b", "..", ""] {
        let error = operator.add_publisher(name, &key).await.unwrap_err();
        let source = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
        table.push(format!("{name:?}: {error}{source}"));
    }
    table.push(operator.new_token("nobody").await.unwrap_err().to_string());
    table.push(operator.revoke_token("acme", "99".parse().unwrap()).await.unwrap_err().to_string());
    table.push(operator.add_key("acme", &app.key.public_key()).await.unwrap_err().to_string());
    table.push(operator.revoke_key("acme", key.id()).await.unwrap_err().to_string());
    let ids = [app.key.public_key().id().to_string(), key.id().to_string()];
    let table = ids.iter().fold(table.join("\n"), |text, id| text.replace(id, "…"));
    insta::assert_snapshot!(table, @r#"
    "acme": there is a publisher acme already; add a key or a token to it
    "Acme": "Acme" cannot be a publisher's name: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not 'A'
    "a/b": "a/b" cannot be a publisher's name: a package is written `publisher/name`, with one slash; this has 2
    "..": ".." cannot be a publisher's name: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not '.'
    "": "" cannot be a publisher's name: the publisher of a package has 1 to 64 characters, not 0
    there is no publisher nobody; add it with its public key first
    acme has no token 99; list its tokens to see which it has
    acme has the key … already; a key that was revoked stays revoked
    acme does not have the key …
    "#);

    let (id, token) = operator.new_token("acme").await.unwrap();
    assert_ne!(token.reveal(), app.token);
    operator.revoke_token("acme", id).await.unwrap();
    let revoked: Vec<bool> =
        operator.tokens("acme").await.unwrap().iter().map(|token| token.revoked_at.is_some()).collect();
    assert_eq!(revoked, [false, true]);
    operator.add_key("acme", &key).await.unwrap();
    operator.revoke_key("acme", key.id()).await.unwrap();
    let publishers = operator.publishers().await.unwrap();
    assert_eq!(publishers.len(), 1);
    let revoked: Vec<bool> = publishers[0].keys.iter().map(|key| key.revoked).collect();
    assert_eq!(revoked, [false, true]);
}

#[tokio::test]
async fn the_database_holds_no_token() {
    let app = App::new().await;
    let folder = app.folder().to_owned();
    for file in ["registry.sqlite", "registry.sqlite-wal"] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        assert!(!bytes.windows(16).any(|window| window == &app.token.as_bytes()[8..24]), "{file}");
    }
}

#[tokio::test]
async fn one_process_serves_while_the_command_line_administers() {
    let app = App::new().await;
    let error = Registry::open(app.folder()).await.unwrap_err().to_string();
    insta::assert_snapshot!(error.replace(app.folder().to_str().unwrap(), "FOLDER"), @"another process serves the registry in FOLDER; stop it first");
    let beside = Administration::open(app.folder()).await.unwrap();
    let token = beside.new_token("acme").await.unwrap().1;
    let bearer = format!("Bearer {}", token.reveal());
    let begin = "POST /v2/acme/throughput/blobs/uploads/";
    let answer =
        crate::app::ask(app.router(), begin, &[("authorization", &bearer)], axum::body::Body::empty()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "it counts at once");
}

#[tokio::test]
async fn a_start_sweeps_what_a_crash_left_and_keeps_what_is_named() {
    let app = App::new().await;
    let draft = Draft::new("acme/throughput", "1.0.0", Kind::Widget);
    app.published(&draft).await;
    let blobs = app.folder().join("blobs/sha256");
    let hex = draft.digest().hex();
    let named = blobs.join(&hex[..2]).join(&hex);
    let stray = blobs.join(&hex[..2]).join(format!("{}{}", &hex[..2], "0".repeat(62)));
    let upload = app.folder().join("uploads/half");
    std::fs::write(&stray, "a blob without a row").unwrap();
    std::fs::write(&upload, "half an upload").unwrap();
    let app = app.restart().await;
    assert_eq!((named.exists(), stray.exists(), upload.exists()), (true, false, false));
    assert_eq!(app.catalog().await, ["acme/throughput"]);
    assert_eq!(app.get(&format!("/v2/acme/throughput/blobs/{}", draft.digest())).await.body, draft.component);
}

#[tokio::test]
async fn blobs_that_nobody_names_go_after_a_while_and_others_stay() {
    let app = App::new().await;
    let draft = Draft::new("acme/throughput", "1.0.0", Kind::Widget);
    app.published(&draft).await;
    assert_eq!(app.blob("acme/throughput", b"loose").await.status, StatusCode::CREATED);
    let path = format!("/v2/acme/throughput/blobs/{}", inferno_types::Digest::of(b"loose"));
    let app = app.restart().await;
    assert_eq!(app.get(&path).await.status, StatusCode::OK, "a day has not passed");
    let limits = inferno_registry::Limits { loose_age: std::time::Duration::ZERO, ..Default::default() };
    let app = app.reopen(limits).await;
    assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        app.get(&format!("/v2/acme/throughput/blobs/{}", draft.digest())).await.status,
        StatusCode::OK
    );
}

/// A disk that lies is noticed when a signature is judged, not when it is too late.
#[tokio::test]
async fn a_blob_that_was_damaged_on_the_disk_is_not_published() {
    let app = App::new().await;
    let draft = Draft::new("acme/throughput", "1.0.0", Kind::Widget);
    app.component(&draft).await;
    app.files(&draft).await;
    let hex = draft.digest().hex();
    let path = app.folder().join("blobs/sha256").join(&hex[..2]).join(&hex);
    let mut bytes = draft.component.clone();
    bytes[100] ^= 1;
    std::fs::write(path, bytes).unwrap();
    insta::assert_snapshot!(app.bundle(&draft).await.shown(), @"500 UNKNOWN: the registry failed; its log says why");
    assert_eq!(app.catalog().await, [""; 0]);
}
