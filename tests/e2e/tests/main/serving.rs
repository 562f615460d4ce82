//! The server as its operator sees it: memory, metrics, readiness, errors, stopping.

use std::{io::Read as _, net::TcpStream, time::Duration};

use inferno_e2e::{prepared, server::Server};
use serde_json::json;

fn start() -> Server {
    Server::start(&prepared("INFERNO_TEST_HOME"), &["--name", "m"]).unwrap()
}

#[test]
fn resident_memory_stays_below_two_and_a_half_files() {
    let server = start();
    let (status, _) = server
        .post(
            "/v1/completions",
            &json!({ "model": "m", "prompt": "Hello", "max_tokens": 8, "temperature": 0 }),
        )
        .unwrap();
    assert_eq!(status, 200);
    let file = std::fs::metadata(prepared("INFERNO_TEST_MODEL")).unwrap().len();
    let resident = server.metric("inferno_process_resident_memory_bytes");
    // Where the system does not tell, the metric is absent rather than wrong.
    if cfg!(target_os = "linux") {
        let ratio = resident.unwrap() / file as f64;
        println!("resident memory: {ratio:.2} × the file");
        assert!(ratio < 2.5, "{ratio} times the file's size");
    }
}

#[test]
fn errors_have_a_shape_a_status_and_advice() {
    let server = start();
    let chat = |body| server.post("/v1/chat/completions", &body).unwrap();
    let user = json!([{ "role": "user", "content": "Hi" }]);
    for (body, status, says) in [
        (json!({ "model": "x", "messages": user }), 404, "Served: m"),
        (json!({ "model": "m" }), 400, "messages"),
        (json!({ "model": "m", "messages": [] }), 400, "at least one"),
        (json!({ "model": "m", "messages": [{ "role": "alien", "content": "Hi" }] }), 400, "alien"),
        (json!({ "model": "m", "messages": user, "temprature": 1 }), 400, "temprature"),
        (json!({ "model": "m", "messages": user, "max_tokens": -1 }), 400, "-1"),
        (json!({ "model": "m", "messages": user, "top_logprobs": 3 }), 400, "logprobs: true"),
        (json!({ "model": "m", "messages": user, "logit_bias": { "x": 1 } }), 400, "token ids"),
        (json!({ "model": "m", "messages": user, "stop": ["a".repeat(300)] }), 400, "256"),
        (
            json!({ "model": "m", "messages": [{ "role": "user", "content": "a ".repeat(20_000) }] }),
            400,
            "context",
        ),
        (
            json!({ "model": "m", "messages": [{ "role": "user", "content": "x".repeat(9 << 20) }] }),
            413,
            "less text",
        ),
    ] {
        let (found, answer) = chat(body.clone());
        let message = answer["error"]["message"].as_str().unwrap_or_default().to_owned();
        let shown: String = body.to_string().chars().take(120).collect();
        assert_eq!(found, status, "{shown}: {answer}");
        assert!(message.contains(says), "{shown}: {message:?} does not say {says:?}");
    }
    assert_eq!(server.get("/nowhere").unwrap().0, 404);
    assert_eq!(server.get("/v1/completions").unwrap().0, 405);
    assert_eq!(server.get("/ready").unwrap(), (200, json!({ "ready": true, "problems": [] })));
    let (_, health) = server.get("/health").unwrap();
    assert!(health["development"].as_str().unwrap().contains("DEVELOPMENT"), "{health}");
}

#[test]
fn stopping_completes_what_runs() {
    let server = start();
    let address = server.url().trim_start_matches("http://").to_owned();
    let body =
        json!({ "model": "m", "prompt": "Once", "max_tokens": 40, "ignore_eos": true, "stream": true })
            .to_string();
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /v1/completions HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut first = [0; 512];
    assert!(stream.read(&mut first).unwrap() > 0);
    let status = server.stop().unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(status.success(), "{status}");
    assert!(rest.contains("[DONE]"), "the running answer was cut off: {rest}");
}
