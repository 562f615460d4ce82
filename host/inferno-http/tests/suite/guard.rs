//! Who may ask: this server's own pages and programs, not other websites.

use crate::{server::TestServer, socket::Client};

#[track_caller]
fn table(rows: Vec<String>) -> String {
    rows.join("\n")
}

#[tokio::test]
async fn only_this_server_s_names_and_pages() {
    let server = TestServer::new();
    let json = ("content-type", "application/json");
    let host = ("host", "127.0.0.1:8080");
    let body = r#"{"queries":[]}"#;
    let cases: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("a program", vec![host, json]),
        ("a name of loopback", vec![("host", "localhost:8080"), json]),
        ("a subdomain of loopback", vec![("host", "a.localhost"), json]),
        ("an address of another network", vec![("host", "[fe80::1]:8080"), json]),
        ("a configured name", vec![("host", "inferno.example."), json]),
        (
            "its own page",
            vec![host, json, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")],
        ),
        ("its own page, an old browser", vec![host, json, ("origin", "http://127.0.0.1:8080")]),
        (
            "its own page behind a proxy",
            vec![("host", "inferno.example"), json, ("origin", "https://inferno.example")],
        ),
        ("typed by hand", vec![host, json, ("sec-fetch-site", "none")]),
        ("a name that was pointed here", vec![("host", "evil.example:8080"), json]),
        ("no name", vec![json]),
        (
            "another site",
            vec![host, json, ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        ),
        (
            "another port",
            vec![host, json, ("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-site")],
        ),
        ("another port, an old browser", vec![host, json, ("origin", "http://127.0.0.1:3000")]),
        ("a sandboxed page", vec![host, json, ("origin", "null")]),
        (
            "a lying page",
            vec![host, json, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "cross-site")],
        ),
        ("a form", vec![host, ("content-type", "text/plain")]),
    ];
    let mut rows = Vec::new();
    for (who, headers) in cases {
        let answer = server.ask_with("POST /api/metrics/query", &headers, body).await;
        let message = match answer.status.is_success() {
            true => String::new(),
            false => answer.json()["error"]["message"].as_str().unwrap().to_owned(),
        };
        rows.push(format!("{who}: {} {message}", answer.status.as_u16()));
    }
    insta::assert_snapshot!(table(rows));
}

#[tokio::test]
async fn every_route_behind_the_pages_is_guarded() {
    let server = TestServer::new();
    let foreign = [("host", "evil.example"), ("content-type", "application/json")];
    let document = inferno_http::openapi::document();
    for (path, item) in &document.paths.paths {
        let method = match () {
            () if item.get.is_some() => "GET",
            () if item.put.is_some() => "PUT",
            () if item.delete.is_some() => "DELETE",
            () => "POST",
        };
        let path = path.replace("{model}", "m").replace("{publisher}", "test").replace("{name}", "n");
        let path = path.replace("{version}", "0.1.0");
        let status = server.ask_with(&format!("{method} {path}"), &foreign, "{}").await.status.as_u16();
        // Reports come from browsers that say nothing of themselves; all they do is count.
        let guarded = path.starts_with("/api/") && path != "/api/csp-report";
        assert_eq!(status == 421, guarded, "{method} {path}: {status}");
    }
}

#[tokio::test]
async fn another_site_opens_no_socket() {
    let server = TestServer::new();
    let address = server.listen().await;
    assert_eq!(Client::connect_from(address, "https://evil.example").await.err(), Some(403));
    assert_eq!(Client::connect_from(address, "null").await.err(), Some(403));
    assert!(Client::connect_from(address, &format!("http://{address}")).await.is_ok());
    let polling = [("host", "evil.example")];
    let refused = server.ask_with("GET /socket.io/?EIO=4&transport=polling", &polling, "").await;
    assert_eq!(refused.status.as_u16(), 421);
}
