//! OpenAI's own clients, installed from their registries, unmodified.

use std::process::Command;

use inferno_e2e::{prepared, server::Server, tools};

const MODEL: &str = "SmolLM2-135M-Instruct.Q4_1";

/// Runs a client against a server and expects it to end well; then that its cancelled request is gone.
fn check(client: impl FnOnce(&str) -> anyhow::Result<String>) {
    let server = Server::start(&prepared("INFERNO_TEST_HOME"), &["--name", MODEL]).unwrap();
    assert_eq!(client(server.url()).unwrap().trim(), "ok");
    // The client hung up on an endless answer: within a step or two nothing runs any more.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while server.metric("inferno_requests_running").unwrap() > 0.0 {
        assert!(std::time::Instant::now() < deadline, "the cancelled request still runs");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let cancelled = format!("inferno_requests_finished_total{{model=\"{MODEL}\",reason=\"cancelled\"}}");
    assert!(server.metric(&cancelled).unwrap() >= 1.0);
}

#[test]
fn openai_for_python() {
    let python = tools::python("python", &["openai==2.*"]).unwrap();
    check(|url| tools::run(Command::new(python).arg(tools::client("chat.py")).args([url, MODEL])));
}

#[test]
fn openai_for_javascript() {
    let folder = tools::node("node", &["openai@6"]).unwrap();
    check(|url| tools::node_script(&folder, "chat.mjs", &[url, MODEL]));
}
