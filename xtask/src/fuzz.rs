//! `cargo xtask fuzz`: every fuzz target for a while, from its seeds and from what earlier runs found worth keeping.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::workspace::{self, say};

/// Runs the targets named in `only`, or all, for so many seconds each. Needs a nightly compiler and `cargo-fuzz`.
pub(crate) fn fuzz(seconds: u32, only: &[String]) -> Result<()> {
    let folder = workspace::root().join("fuzz");
    for target in targets()?.into_iter().filter(|target| only.is_empty() || only.contains(target)) {
        say(&format!("fuzzing {target} for {seconds} s"));
        let (corpus, seeds) = (folder.join("corpus").join(&target), folder.join("seeds").join(&target));
        fs::create_dir_all(&corpus)?;
        let mut fuzz = workspace::nightly();
        fuzz.args(["fuzz", "run", &target]).arg(corpus);
        if seeds.is_dir() {
            fuzz.arg(seeds);
        }
        fuzz.args(["--", &format!("-max_total_time={seconds}"), "-timeout=10", "-rss_limit_mb=2048"]);
        // A namespace that is put into itself is never freed, which is why a server renders in a process that it replaces.
        if target == "chat_template" {
            fuzz.env("ASAN_OPTIONS", "detect_leaks=0");
        }
        workspace::run(&mut fuzz).with_context(|| {
            format!(
                "{target} found something, or `cargo install cargo-fuzz` and a nightly compiler are missing"
            )
        })?;
    }
    Ok(())
}

/// The binaries of the folder `fuzz`.
fn targets() -> Result<Vec<String>> {
    let mut metadata = workspace::cargo();
    metadata.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path", "fuzz/Cargo.toml"]);
    let metadata: Value = serde_json::from_str(&workspace::output(&mut metadata)?)?;
    let targets = metadata.pointer("/packages/0/targets").and_then(Value::as_array);
    let names = targets.context("the folder `fuzz` has no targets")?.iter();
    Ok(names.filter_map(|target| target["name"].as_str()).map(str::to_owned).collect())
}
