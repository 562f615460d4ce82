//! `cargo xtask bench SUITE`: figures beside a peer or a limit, measured in the same run.

use anyhow::Result;

use crate::{prepare, workspace};

/// Runs one suite of the `benches` crate.
pub(crate) fn bench(suite: &str, json: bool, rounds: u32) -> Result<()> {
    prepare::host()?;
    prepare::first_party()?;
    let model = prepare::demo_model()?;
    let reference = prepare::reference()?;
    let mut bench = workspace::cargo();
    bench.args([
        "run",
        "--quiet",
        "--package",
        "inferno-benches",
        "--",
        suite,
        "--rounds",
        &rounds.to_string(),
    ]);
    if json {
        bench.arg("--json");
    }
    bench.env("INFERNO_HOME", workspace::home());
    bench.env("INFERNO_BINARY", workspace::binary());
    workspace::run(bench.env("INFERNO_TEST_MODEL", model).env("INFERNO_REFERENCE", reference))
}
