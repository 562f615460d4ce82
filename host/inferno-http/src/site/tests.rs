//! A small site, and what browsers get of it.

use std::{borrow::Cow, io::Read as _};

use axum::{
    body::to_bytes,
    http::{Request, Response, StatusCode, header::*},
};
use flate2::read::GzDecoder;

use super::*;

fn site() -> Site {
    let files: [(&str, &'static [u8]); 10] = [
        (
            "index.html",
            b"<html><script>one()</script><script src=\"/a.js\"></script><style>b{}</style></html>",
        ),
        ("board/index.html", b"<html></html>"),
        ("playground/index.html", b"<html><script async=\"\">two()</script></html>"),
        ("404.html", b"<html>nothing</html>"),
        ("_next/static/chunks/1.js", b"1"),
        ("icon.svg", b"<svg/>"),
        ("sandbox/transpiler.js", b"1"),
        ("sandbox/component.js", b"1"),
        ("long.js", &[b'x'; 5_000]),
        ("photo.png", &[b'x'; 5_000]),
    ];
    Site::new(files.map(|(path, bytes)| (path.to_owned(), Cow::Borrowed(bytes))))
}

#[track_caller]
fn check(path: &str, expected: &str) {
    let site = site();
    let found = match site.find(path) {
        Found::File(asset) => format!("{} {}", asset.media, asset.cache),
        Found::Folder => "folder".to_owned(),
        Found::Nothing(page) => format!("nothing, page: {}", page.is_some()),
    };
    assert_eq!(found, expected, "{path}");
}

#[test]
fn a_path_is_a_file_or_nothing() {
    check("/", "text/html; charset=utf-8 no-cache");
    check("/board/", "text/html; charset=utf-8 no-cache");
    check("/board", "folder");
    check("/_next/static/chunks/1.js", "text/javascript; charset=utf-8 public, max-age=31536000, immutable");
    check("/icon.svg", "image/svg+xml no-cache");
    check("//evil.example/", "nothing, page: true");
    check("/../Cargo.toml", "nothing, page: true");
    check("/chat/", "nothing, page: true");
}

#[test]
fn a_page_may_do_what_it_needs_and_nothing_else() {
    let site = site();
    let policy = |path: &str| {
        let Found::File(asset) = site.find(path) else { panic!("{path} is a file") };
        let policy = asset.policy.as_ref().map(|policy| policy.to_str().expect("ASCII").replace("; ", ";\n"));
        policy.unwrap_or_default()
    };
    let pages = ["/", "/playground/", "/sandbox/transpiler.js", "/sandbox/component.js"];
    insta::assert_snapshot!(pages.map(|path| format!("{path}\n{}", policy(path))).join("\n\n"));
    assert_eq!(policy("/icon.svg") + &policy("/_next/static/chunks/1.js"), "", "what every answer has");
}

async fn ask(path: &str, headers: &[(HeaderName, &str)]) -> Response<axum::body::Body> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    respond::answer(&site(), &parts).await
}

fn header(response: &Response<axum::body::Body>, name: HeaderName) -> String {
    response.headers().get(name).map_or_else(String::new, |value| value.to_str().expect("ASCII").to_owned())
}

async fn body(response: Response<axum::body::Body>) -> Vec<u8> {
    to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec()
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let first = ask("/", &[]).await;
    let etag = header(&first, ETAG);
    for (known, status) in [
        (etag.clone(), StatusCode::NOT_MODIFIED),
        (format!("W/{etag}, \"other\""), StatusCode::NOT_MODIFIED),
        ("\"other\"".to_owned(), StatusCode::OK),
    ] {
        let again = ask("/", &[(IF_NONE_MATCH, &known)]).await;
        assert_eq!(again.status(), status, "{known}");
        assert!(
            header(&again, CONTENT_SECURITY_POLICY).contains("script-src"),
            "the policy is there either way"
        );
    }
}

#[tokio::test]
async fn what_shrinks_is_sent_compressed_to_who_can_read_it() {
    for (path, accepts, expected) in [
        ("/long.js", "gzip, deflate, br", "gzip"),
        ("/long.js", "br;q=1.0, gzip;q=0.8", "gzip"),
        ("/long.js", "gzip;q=0", ""),
        ("/long.js", "br", ""),
        ("/icon.svg", "gzip", ""),
        ("/photo.png", "gzip", ""),
    ] {
        let response = ask(path, &[(ACCEPT_ENCODING, accepts)]).await;
        assert_eq!(header(&response, CONTENT_ENCODING), expected, "{path} {accepts}");
        assert_eq!(header(&response, VARY), "accept-encoding");
        let sent = body(response).await;
        let read = match expected {
            "" => sent,
            _ => {
                let mut read = Vec::new();
                GzDecoder::new(&sent[..]).read_to_end(&mut read).expect("gzip");
                assert!(sent.len() < read.len());
                read
            }
        };
        let site = site();
        let Found::File(asset) = site.find(path) else { panic!("{path} is a file") };
        assert!(read == asset.bytes, "{path} arrives whole");
    }
}

#[tokio::test]
async fn a_page_without_its_slash_is_elsewhere_and_no_page_is_said_so() {
    let elsewhere = ask("/board?id=1", &[]).await;
    assert_eq!(
        (elsewhere.status(), header(&elsewhere, LOCATION).as_str()),
        (StatusCode::PERMANENT_REDIRECT, "/board/?id=1")
    );
    let browser = ask("/nothing", &[(ACCEPT, "text/html,application/xhtml+xml")]).await;
    assert_eq!(browser.status(), StatusCode::NOT_FOUND);
    assert!(header(&browser, CONTENT_TYPE).starts_with("text/html"));
    assert_eq!(body(browser).await, b"<html>nothing</html>");
    for program in ["/nothing", "/api/nothing", "/v2/nothing"] {
        let answer = ask(program, &[]).await;
        assert_eq!(
            (answer.status(), header(&answer, CONTENT_TYPE).as_str()),
            (StatusCode::NOT_FOUND, "application/json")
        );
    }
    let empty = Site::new([]);
    let (parts, ()) = Request::get("/").body(()).expect("a request").into_parts();
    let told = body(respond::answer(&empty, &parts).await).await;
    assert!(told.starts_with(b"This inferno was built without its pages."));
}
