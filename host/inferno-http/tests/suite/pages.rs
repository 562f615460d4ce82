//! What is around every answer, and the pages as this build has them.

use crate::server::TestServer;

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let server = TestServer::new();
    for path in ["/", "/api/system", "/health", "/openapi.json", "/nothing", "/v1/models"] {
        let answer = server.ask(&format!("GET {path}"), "").await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn an_unknown_page_is_an_error_for_programs() {
    let server = TestServer::new();
    let answer = server.ask("GET /nothing", "").await;
    assert_eq!(answer.status.as_u16(), 404);
    insta::assert_snapshot!(answer.json()["error"]["message"].as_str().unwrap(), @"There is no route /nothing. GET /openapi.json lists what there is.");
    assert_eq!(server.ask("POST /", "").await.status.as_u16(), 404);
}
