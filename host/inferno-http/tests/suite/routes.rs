//! What the routes answer when all is well.

use inferno_types::Digest;
use serde_json::{Value, json};

use crate::server::TestServer;

/// Asks, and gives the body of a success.
async fn check(server: &TestServer, request: &str, body: Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = server.ask(request, &body).await;
    assert!(answer.status.is_success(), "{request}: {} {}", answer.status, answer.text());
    answer.json()
}

#[tokio::test]
async fn system_and_models() {
    let server = TestServer::with_model();
    let mut system = check(&server, "GET /api/system", Value::Null).await;
    system["version"] = "V".into();
    insta::assert_snapshot!(system.to_string(), @r#"{"policy":"keys of: test","registry":{"embedded":true,"url":"http://127.0.0.1:8080"},"startedAt":1000,"version":"V"}"#);
    let models = check(&server, "GET /api/models", Value::Null).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&models).unwrap());
    let before = check(&server, "GET /api/models/tiny/graph?stage=before", Value::Null).await;
    let after = check(&server, "GET /api/models/tiny/graph", Value::Null).await;
    assert_eq!(before, after, "no pass ran");
    assert_eq!(after["contextLength"], 128);
    let report = check(&server, "GET /api/models/tiny/optimization", Value::Null).await;
    assert_eq!(report["nodesBefore"], 1);
}

#[tokio::test]
async fn metrics() {
    let server = TestServer::new();
    let known = check(&server, "GET /api/metrics", Value::Null).await;
    assert_eq!(known[0]["name"], "inferno_known");
    let query =
        json!({"metric": "inferno_known", "aggregate": "last", "windowSeconds": 60, "stepSeconds": 1});
    let answer = check(&server, "POST /api/metrics/query", json!({ "queries": [query] })).await;
    insta::assert_snapshot!(answer.to_string(), @r#"{"frames":[{"metric":"inferno_known","provenance":"measured","series":[],"times":[1000.0],"unit":"count"}]}"#);
}

#[tokio::test]
async fn plugins_and_widgets() {
    let server = TestServer::new();
    let plugins = check(&server, "GET /api/plugins", Value::Null).await;
    insta::assert_snapshot!(plugins[0].to_string(), @r#"{"description":"For a test.","digest":"sha256:6985ca1f4daa5a584a28eae043a239cb96689af1337ea13afb63e00c2bf512fa","granted":[],"kind":"widget","name":"test/counting","needsRestart":false,"requested":["log"],"signer":"test","state":{"tag":"active"},"stats":{"calls":0,"denials":0,"faults":0},"version":"0.1.0"}"#);
    let off = check(&server, "POST /api/plugins/test/counting/disable", Value::Null).await;
    assert_eq!(off["state"], json!({"tag": "disabled"}));
    let on = check(&server, "POST /api/plugins/test/counting/enable", Value::Null).await;
    assert_eq!(on["state"], json!({"tag": "active"}));
    let removed = server.ask("DELETE /api/plugins/test/counting", "").await;
    assert_eq!((removed.status.as_u16(), removed.body.len()), (204, 0));
    let widgets = check(&server, "GET /api/widgets", Value::Null).await;
    assert_eq!(widgets.as_array().unwrap().len(), 4);
    let body = json!({"settings": {"b": 1, "a": true}, "viewport": {"width": 300, "height": 200}, "theme": "high-contrast"});
    let mut drawn = check(&server, "POST /api/widgets/test/counting/render", body).await;
    assert!(drawn["elapsedMs"].take().as_f64().unwrap() >= 0.0);
    insta::assert_snapshot!(drawn.to_string(), @r#"{"elapsedMs":null,"frames":[{"metric":"inferno_known","provenance":"measured","series":[],"times":[1000.0],"unit":"count"}],"queries":[{"aggregate":"last","metric":"inferno_known","stepSeconds":1,"windowSeconds":60}],"view":{"nodes":[{"tag":"text","val":{"style":"body","text":"test/counting 1 {\"a\":true,\"b\":1} 1 300x200 HighContrast","tone":"neutral"}}],"root":0}}"#);
    let given = json!({"viewport": {"width": 1, "height": 1}, "theme": "dark", "frames": []});
    let drawn = check(&server, "POST /api/widgets/test/counting/render", given).await;
    assert_eq!(drawn["frames"], json!([]), "the frames that were given, not the server's");
}

#[tokio::test]
async fn marketplace() {
    let server = TestServer::new();
    let page = check(&server, "GET /api/marketplace/packages?text=a&kind=widget&offset=3", Value::Null).await;
    assert_eq!(
        page,
        json!({"packages": [], "total": 20, "offset": 3}),
        "20 unless the request says otherwise"
    );
    let package = check(&server, "GET /api/marketplace/packages/test/counting", Value::Null).await;
    assert_eq!((&package["name"], &package["installed"]), (&json!("test/counting"), &json!("0.1.0")));
    let package = check(&server, "GET /api/marketplace/packages/test/other", Value::Null).await;
    assert_eq!(package.get("installed"), None);
    let plan = check(&server, "POST /api/marketplace/plan", json!({"name": "test/counting"})).await;
    assert_eq!(
        (&plan["signerChanged"], &plan["requests"][1]),
        (&json!(false), &json!("metric:inferno_known"))
    );
    let agreed = json!({
        "name": "test/counting", "version": "0.1.0", "digest": plan["digest"], "signer": plan["signer"], "grants": plan["requests"],
    });
    let installed = check(&server, "POST /api/marketplace/install", agreed).await;
    assert_eq!(installed["state"], json!({"tag": "active"}));
    let bytes = server.ask("GET /api/marketplace/packages/test/counting/versions/0.1.0/component", "").await;
    assert_eq!((bytes.header("content-type"), bytes.text().as_str()), ("application/wasm", "component"));
    let bundle = server.ask("GET /api/marketplace/packages/test/counting/versions/0.1.0/bundle", "").await;
    assert_eq!((bundle.header("content-type"), bundle.text().as_str()), ("application/json", "{}"));
}

#[tokio::test]
async fn board_and_opportunities() {
    let server = TestServer::new();
    let empty = check(&server, "GET /api/board", Value::Null).await;
    assert_eq!(empty, json!({"revision": 0, "items": []}));
    let item = json!({"id": "a", "widget": "test/counting", "x": 0, "y": 0, "w": 6, "h": 4, "settings": {"model": "m"}});
    let saved = check(&server, "PUT /api/board", json!({"revision": 0, "items": [item]})).await;
    assert_eq!(saved, json!({"revision": 1, "items": [item]}));
    assert_eq!(check(&server, "GET /api/board", Value::Null).await, saved);
    assert_eq!(check(&server, "GET /api/opportunities", Value::Null).await, json!([]));
}

#[tokio::test]
async fn playground() {
    let server = TestServer::with_model();
    let digest = Digest::of(b"component").to_string();
    let run = async |input: Value| {
        let body = json!({"name": "test/counting", "version": "0.1.0", "digest": digest, "input": input});
        check(&server, "POST /api/playground/run", body).await
    };
    let frame = json!({"metric": "m", "unit": "count", "provenance": "measured", "times": [1.0, 0.30000000000000004], "series": [{"labels": [], "values": [0.1, null]}]});
    let widget =
        json!({"settings": {}, "frames": [frame], "viewport": {"width": 1, "height": 1}, "theme": "dark"});
    let ran = run(json!({"tag": "widget", "val": widget})).await;
    assert_eq!((&ran["digest"], &ran["elapsedMs"]), (&json!(digest), &json!(2.0)));
    assert_eq!(ran["output"]["frames"][0], frame, "numbers arrive exactly as they were sent");
    let graph = check(&server, "GET /api/models/tiny/graph", Value::Null).await;
    let nodes = graph["nodes"].as_array().unwrap().len();
    let target = check(&server, "GET /api/models", Value::Null).await[0]["target"].clone();
    let ran = run(json!({"tag": "optimization-pass", "val": {"graph": graph, "target": target}})).await;
    assert_eq!(ran["output"], json!({"nodes": nodes, "device": "a test"}));
}

#[tokio::test]
async fn reports_are_counted() {
    let server = TestServer::new();
    let headers = [("host", "127.0.0.1"), ("content-type", "application/csp-report")];
    let answer = server.ask_with("POST /api/csp-report", &headers, r#"{"csp-report":{}}"#).await;
    assert_eq!(answer.status.as_u16(), 204);
    assert_eq!(server.fake.reports.load(std::sync::atomic::Ordering::SeqCst), 1);
    let long = "x".repeat((64 << 10) + 1);
    assert_eq!(server.ask_with("POST /api/csp-report", &headers, &long).await.status.as_u16(), 413);
}
