//! Clients that break limits or leave: each is told or cut and counted, and the server answers the next as before.

use std::time::Duration;

use inferno_http::ConnectionLimits;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::server::TestServer;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Limits that a test need not wait for.
fn limits() -> ConnectionLimits {
    let short = Duration::from_millis(200);
    ConnectionLimits { head: short, body: short, write: short, ..ConnectionLimits::default() }
}

/// Sends bytes, and gives what comes back until the server closes.
async fn send(server: &TestServer, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.listen_with(limits()).await).await.unwrap();
    // The server may have heard enough before the end.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    // A reset after the answer is a way to close, too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the server closes");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Expects the bytes to be answered with a text that begins with `answer`, and the connection to be counted as cut for
/// `reason`.
async fn check(bytes: &[u8], answer: &str, reason: Option<&str>) {
    let server = TestServer::new();
    let found = send(&server, bytes).await;
    assert!(found.starts_with(answer), "{found:?}");
    let cuts = || server.fake.cuts.lock().unwrap().clone();
    // The connection is counted just after it is closed.
    for _ in 0..200 {
        if cuts().len() == usize::from(reason.is_some()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(cuts(), reason.into_iter().collect::<Vec<_>>());
    assert_eq!(server.ask("GET /health", "").await.status, 200);
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut() {
    check(b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ", "", Some("head_too_slow")).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_blamed_for_nothing() {
    check(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 200", None).await;
}

#[tokio::test]
async fn a_head_of_too_many_lines_or_bytes_is_refused() {
    let lines = "A: b\r\n".repeat(200);
    // The buffer grows by doubling, so a head somewhat beyond the limit may still fit.
    let long = "x".repeat(256 << 10);
    for head in [lines, format!("A: {long}\r\n")] {
        let request = format!("GET /health HTTP/1.1\r\n{head}\r\n");
        check(request.as_bytes(), "HTTP/1.1 431", Some("head_too_large")).await;
    }
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    check(b"\x16\x03\x01 this is TLS\r\n\r\n", "HTTP/1.1 400", Some("not_http")).await;
}

#[tokio::test]
async fn a_body_that_never_comes_is_told_so() {
    let head = b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
                 Content-Length: 1000\r\n\r\n{\"model\": ";
    check(head, "HTTP/1.1 408", None).await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let request = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(50);
    let request = format!("{request}GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    let answer = send(&TestServer::new(), request.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 50);
    assert!(answer.rfind("HTTP/1.1 404") > answer.rfind("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn bodies_that_ask_for_the_impossible_are_refused_and_leave_nothing() {
    let server = TestServer::with_model();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let with = |fields: &str| format!(r#"{{"model":"tiny","prompt":[1],{fields}}}"#);
    for (body, says) in [
        (with(r#""max_tokens":-1"#), "-1"),
        (with(r#""max_tokens":1e30"#), "invalid"),
        (with(r#""temperature":NaN"#), "expected value"),
        (with(r#""n":1e99"#), "invalid"),
        (with(r#""n":4000000000"#), "leave `n` out"),
        (with(r#""stop":"""#), "1 to 256 bytes"),
        (with(&format!(r#""stop":"{}""#, "x".repeat(1 << 20))), "1 to 256 bytes"),
        (with(&format!(r#""user":{deep}"#)), "recursion limit"),
        (with(&format!(r#""other":{deep}"#)), "recursion limit"),
        (with(r#""other":1"#), "no field `other`"),
        (with(r#""timeout_ms":0"#), "`timeout_ms`"),
        ("[]".to_owned(), "not what this route takes"),
        (String::new(), "not what this route takes"),
    ] {
        let answer = server.ask("POST /v1/completions", &body).await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!(answer.status, 400, "{shown}: {}", answer.text());
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(says), "{shown}: {message:?} does not say {says:?}");
    }
    let answer =
        server.ask("POST /v1/completions", r#"{"model":"tiny","prompt":[1],"max_tokens":1000000000}"#).await;
    assert!(matches!(answer.status.as_u16(), 200 | 400), "{}", answer.text());
    assert_eq!(server.ask("GET /health", "").await.status, 200);
}
