//! Every refusal has one shape, the right status, and a sentence that says what to do.

use crate::server::TestServer;

#[tokio::test]
async fn refusals() {
    let server = TestServer::with_model();
    let digest = inferno_types::Digest::of(b"other");
    let viewport = r#""viewport":{"width":1,"height":1},"theme":"dark""#;
    let cases = [
        ("GET /api/nothing", String::new()),
        ("PUT /api/system", String::new()),
        ("GET /api/models/none/graph", String::new()),
        ("GET /api/models/tiny/graph?stage=middle", String::new()),
        ("GET /api/models/tiny/graph?stag=before", String::new()),
        ("POST /api/metrics/query", "nonsense".into()),
        ("POST /api/metrics/query", r#"{"queries":[],"more":1}"#.into()),
        (
            "POST /api/metrics/query",
            r#"{"queries":[{"metric":"a b","aggregate":"last","windowSeconds":1,"stepSeconds":1}]}"#.into(),
        ),
        (
            "POST /api/metrics/query",
            r#"{"queries":[{"metric":"other","aggregate":"last","windowSeconds":1,"stepSeconds":1}]}"#.into(),
        ),
        (
            "POST /api/metrics/query",
            format!(
                r#"{{"queries":[{}]}}"#,
                vec![r#"{"metric":"other","aggregate":"last","windowSeconds":1,"stepSeconds":1}"#; 33]
                    .join(",")
            ),
        ),
        ("POST /api/plugins/test/absent/enable", String::new()),
        ("POST /api/plugins/Test/absent/enable", String::new()),
        ("DELETE /api/plugins/test/absent", String::new()),
        ("GET /api/marketplace/packages?limit=101", String::new()),
        ("GET /api/marketplace/packages?kind=virus", String::new()),
        ("GET /api/marketplace/packages?sort=name", String::new()),
        ("GET /api/marketplace/packages?text=down", String::new()),
        ("GET /api/marketplace/packages/nobody/nothing", String::new()),
        ("GET /api/marketplace/packages/..%2f/nothing", String::new()),
        ("GET /api/marketplace/packages/test/counting/versions/one/component", String::new()),
        ("POST /api/marketplace/plan", r#"{"name":"../counting"}"#.into()),
        ("POST /api/marketplace/plan", r#"{"name":"test/counting","force":true}"#.into()),
        (
            "POST /api/marketplace/install",
            format!(
                r#"{{"name":"test/counting","version":"0.1.0","digest":"{digest}","signer":"ab","grants":[]}}"#
            ),
        ),
        (
            "POST /api/marketplace/install",
            format!(
                r#"{{"name":"test/counting","version":"0.1.0","digest":"{digest}","signer":"ab","grants":["root"]}}"#
            ),
        ),
        ("POST /api/widgets/test/absent/render", format!("{{{viewport}}}")),
        ("POST /api/widgets/test/counting/render", r#"{"viewport":{"width":1},"theme":"dark"}"#.into()),
        (
            "POST /api/widgets/test/counting/render",
            r#"{"viewport":{"width":1,"height":1},"theme":"pink"}"#.into(),
        ),
        ("POST /api/widgets/test/counting/render", format!(r#"{{"settings":[],{viewport}}}"#)),
        ("POST /api/widgets/test/declining/render", format!("{{{viewport}}}")),
        ("POST /api/widgets/test/greedy/render", format!("{{{viewport}}}")),
        ("PUT /api/board", r#"{"revision":7,"items":[]}"#.into()),
        (
            "PUT /api/board",
            r#"{"revision":0,"items":[{"id":"a","widget":"x","x":0,"y":0,"w":1,"h":1}]}"#.into(),
        ),
        ("PUT /api/board", r#"{"revision":0,"items":[],"name":"mine"}"#.into()),
        (
            "POST /api/playground/run",
            format!(
                r#"{{"name":"test/counting","version":"0.1.0","digest":"{digest}","input":{{"tag":"analyzer","val":{{"frames":[]}}}}}}"#
            ),
        ),
        (
            "POST /api/playground/run",
            format!(
                r#"{{"name":"test/counting","version":"0.1.0","digest":"{digest}","input":{{"tag":"shell","val":{{}}}}}}"#
            ),
        ),
    ];
    let mut rows = Vec::new();
    for (request, body) in &cases {
        let answer = server.ask(request, body).await;
        assert!(!answer.status.is_success(), "{request} {body} succeeded");
        let error = answer.json()["error"].clone();
        let message = error["message"].as_str().unwrap_or_else(|| panic!("{request}: {}", answer.text()));
        assert!(message.ends_with('.'), "{request}: no sentence: {message}");
        let code = error["code"].as_str().unwrap_or("-");
        rows.push(format!("{request}\n  {} {code}: {message}", answer.status.as_u16()));
    }
    insta::assert_snapshot!(rows.join("\n"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let server = TestServer::new();
    let body = format!(r#"{{"queries":[],"more":"{}"}}"#, "x".repeat(9 << 20));
    let answer = server.ask("POST /api/metrics/query", &body).await;
    assert_eq!(answer.status.as_u16(), 413);
    insta::assert_snapshot!(answer.json()["error"]["message"].as_str().unwrap(), @"The request body is larger than 8388608 bytes; send less text.");
}
