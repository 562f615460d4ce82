//! OpenAI's own clients, installed from their registries, unmodified.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use inferno_e2e::{prepared, server::Server};

const MODEL: &str = "SmolLM2-135M-Instruct.Q4_1";

/// Runs a client's script against a server and expects it to end well; then that its cancelled request is gone.
fn check(client: &Path, script: &str) {
    let server = Server::start(&prepared("INFERNO_TEST_HOME"), &["--name", MODEL]).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(script);
    // JavaScript finds its packages beside the script that imports them.
    let beside = client.parent().unwrap().join(script.file_name().unwrap());
    let script = if script.extension().is_some_and(|e| e == "mjs") {
        fs::copy(&script, &beside).unwrap();
        beside
    } else {
        script
    };
    let program = if script.extension().is_some_and(|e| e == "mjs") { Path::new("node") } else { client };
    let output = Command::new(program).arg(&script).args([server.url(), MODEL]).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.trim() == "ok", "{out}\n{err}");
    // The client hung up on an endless answer: within a step or two nothing runs any more.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while server.metric("inferno_requests_running").unwrap() > 0.0 {
        assert!(std::time::Instant::now() < deadline, "the cancelled request still runs");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let cancelled = format!("inferno_requests_finished_total{{model=\"{MODEL}\",reason=\"cancelled\"}}");
    assert!(server.metric(&cancelled).unwrap() >= 1.0);
}

/// A folder for installed clients, kept between runs.
fn folder(name: &str) -> PathBuf {
    let target = prepared("INFERNO_BINARY").parent().unwrap().parent().unwrap().join("clients").join(name);
    fs::create_dir_all(&target).unwrap();
    target
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn openai_for_python() {
    let folder = folder("python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !folder.join("installed").exists() {
        let system = if cfg!(windows) { "python" } else { "python3" };
        run(Command::new(system).args(["-m", "venv", "--clear"]).arg(&folder));
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "openai==2.*"]));
        fs::write(folder.join("installed"), "").unwrap();
    }
    check(&python, "chat.py");
}

#[test]
fn openai_for_javascript() {
    let folder = folder("node");
    if !folder.join("installed").exists() {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        fs::write(folder.join("package.json"), "{\"private\": true}").unwrap();
        run(Command::new(npm).args(["install", "--no-audit", "--no-fund", "openai@6"]).current_dir(&folder));
        fs::write(folder.join("installed"), "").unwrap();
    }
    check(&folder.join("package.json"), "chat.mjs");
}
