//! The pages of a server in a real browser: steps of a journey, and what must hold on every page.

use std::{path::PathBuf, process::Command};

use anyhow::{Result, ensure};

use crate::{prepared, server::Server, tools};

/// Runs a step of `web/tests/journey` and returns what it printed.
///
/// # Errors
/// When the step fails; the error holds what it saw.
pub fn step(server: &Server, script: &str, arguments: &[&str]) -> Result<String> {
    tools::run(node(server).arg(PathBuf::from("tests/journey").join(script)).args(arguments))
}

/// Runs everything of `web/tests` that must hold on every page: accessibility in all themes, widths, the keyboard,
/// nothing from outside, nothing refused by the policy.
///
/// # Errors
/// When something does not hold, or a test found nothing to try itself on; the error says what.
pub fn all(server: &Server) -> Result<String> {
    let mut tests = std::fs::read_dir(web().join("tests"))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect::<Vec<_>>();
    tests.sort();
    let said = tools::run(node(server).args(["--test", "--test-concurrency=1"]).args(tests))?;
    ensure!(
        said.contains("# skipped 0") || said.contains("ℹ skipped 0"),
        "tests of the pages were skipped:\n{said}"
    );
    Ok(said)
}

fn node(server: &Server) -> Command {
    let mut node = Command::new("node");
    node.current_dir(web()).env("BASE_URL", server.url()).env("CHROMIUM", prepared("INFERNO_BROWSER"));
    node
}

fn web() -> PathBuf {
    prepared("INFERNO_CHECKOUT").join("web")
}
