//! Clients that leave, that do not read, that are too many or too late: each is told or dropped and counted, nothing
//! stays behind, and the next one gets the answer that it always got.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use inferno_e2e::{installation::Installation, prepared, server::Server};
use serde_json::{Value, json};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn start() -> Server {
    Server::start(&prepared("INFERNO_TEST_HOME"), &["--name", "m"]).unwrap()
}

/// An answer without end, or of `fields`.
fn endless(fields: &Value) -> Value {
    let mut body = json!({ "model": "m", "prompt": "Once", "max_tokens": 7_000, "ignore_eos": true });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

/// A request as it goes over the wire.
fn request(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The whole answer to a request, head included.
fn ask(server: &Server, body: &Value) -> String {
    let mut stream = connect(server);
    stream.write_all(&request(body)).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What a lone request is answered.
fn text(server: &Server) -> Value {
    let body =
        json!({ "model": "m", "prompt": "The capital of France is", "max_tokens": 8, "temperature": 0 });
    let (status, answer) = server.post("/v1/completions", &body).unwrap();
    assert_eq!(status, 200, "{answer}");
    answer["choices"][0]["text"].clone()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Nothing runs, waits or holds memory.
fn wait_for_rest(server: &Server) {
    for gauge in
        ["inferno_requests_running", "inferno_requests_waiting", "inferno_kv_block_utilization_ratio"]
    {
        wait_until(gauge, || server.metric(gauge).unwrap() == 0.0);
    }
}

fn ended(server: &Server, reason: &str) -> f64 {
    let name = format!("inferno_requests_finished_total{{model=\"m\",reason=\"{reason}\"}}");
    server.metric(&name).unwrap()
}

#[test]
fn clients_that_leave_at_any_stage_leave_nothing_behind() {
    let server = start();
    let before = text(&server);
    let whole = request(&endless(&json!({ "stream": true })));
    let body = whole.len() - 20;
    for sent in [0, 1, 40, body, whole.len()] {
        let mut stream = connect(&server);
        stream.write_all(&whole[..sent]).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    }
    let cancelled = ended(&server, "cancelled");
    let mut stream = connect(&server);
    stream.write_all(&whole).unwrap();
    let mut some = [0; 2_000];
    stream.read_exact(&mut some).unwrap();
    drop(stream);
    wait_until("the client that left was counted", || ended(&server, "cancelled") > cancelled);
    wait_for_rest(&server);
    assert_eq!(text(&server), before);
}

#[test]
fn a_client_that_never_reads_is_dropped_and_holds_nobody_up() {
    let server = start();
    let before = text(&server);
    let mut stream = connect(&server);
    // What the system would keep for the client is more than a slow machine writes in the time that we have.
    #[cfg(unix)]
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 4_096).unwrap();
    stream.write_all(&request(&endless(&json!({ "stream": true, "logprobs": 5 })))).unwrap();
    wait_until("it runs", || server.metric("inferno_requests_running").unwrap() > 0.0);
    assert_eq!(text(&server), before, "others are answered meanwhile");
    wait_until("it was ended", || ended(&server, "failed") + ended(&server, "cancelled") >= 1.0);
    wait_for_rest(&server);
    assert_eq!(text(&server), before);
    drop(stream);
}

#[test]
fn who_comes_to_a_full_queue_is_told_when_to_come_back() {
    let home = Installation::new().unwrap();
    let config = "[engine]\nmax_sequences = 1\nmax_waiting = 0\n";
    fs::write(home.path().join("config.toml"), config).unwrap();
    let server = Server::start(home.path(), &["--name", "m"]).unwrap();
    let mut first = connect(&server);
    first.write_all(&request(&endless(&json!({ "stream": true })))).unwrap();
    first.read_exact(&mut [0; 500]).unwrap();
    let refused = ask(&server, &endless(&json!({})));
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    let head = refused.to_ascii_lowercase();
    let seconds = head.split("retry-after: ").nth(1).and_then(|rest| rest.split('\r').next());
    assert!(seconds.is_some_and(|s| (1..=60).contains(&s.parse::<u32>().unwrap())), "{refused}");
    assert!(refused.contains("Try again in"), "{refused}");
    drop(first);
    wait_for_rest(&server);
    assert!(!text(&server).as_str().unwrap().is_empty());
}

#[test]
fn a_request_that_is_too_late_is_told_so() {
    let server = start();
    let before = text(&server);
    // Whatever the machine, a long prompt takes longer than a millisecond.
    let late = endless(&json!({ "prompt": "river ".repeat(2_000), "timeout_ms": 1 }));
    let answer = ask(&server, &late);
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
    assert!(answer.contains("deadline_exceeded"), "{answer}");
    // One that has begun learns of it in its stream.
    let answer = ask(&server, &endless(&json!({ "timeout_ms": 1_500, "stream": true })));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let end = answer.split("data: ").last().unwrap_or_default();
    assert!(answer.contains("deadline_exceeded"), "{end}");
    assert!(!answer.contains("[DONE]"), "an answer that was cut off is not complete: {end}");
    assert_eq!(ended(&server, "expired"), 2.0);
    wait_for_rest(&server);
    assert_eq!(text(&server), before);
}

#[test]
fn what_was_read_once_is_not_read_again() {
    let server = start();
    let body = json!({ "model": "m", "prompt": "stone ".repeat(400), "max_tokens": 4, "temperature": 0 });
    let (_, first) = server.post("/v1/completions", &body).unwrap();
    let reused = server.metric("inferno_prefix_tokens_reused_total").unwrap();
    let (_, second) = server.post("/v1/completions", &body).unwrap();
    assert_eq!(first["choices"], second["choices"]);
    let prompt = first["usage"]["prompt_tokens"].as_f64().unwrap();
    // All but the last, whose logits are needed.
    let more = server.metric("inferno_prefix_tokens_reused_total").unwrap() - reused;
    assert_eq!(more, prompt - 1.0);
}
