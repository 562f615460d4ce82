//! `cargo xtask soak`: a crowd at the real server for minutes or hours. What it does is in `tests/e2e/src/bin/soak`.

use anyhow::Result;

use crate::{prepare, workspace};

/// Lets `clients` do their worst.
pub(crate) fn soak(minutes: u32, clients: u32, seed: u64) -> Result<()> {
    prepare::host()?;
    let model = prepare::demo_model()?;
    let mut soak = workspace::cargo();
    soak.args(["run", "--quiet", "--package", "inferno-e2e", "--bin", "soak", "--"]);
    soak.args([minutes.to_string(), clients.to_string(), seed.to_string()]);
    workspace::run(soak.env("INFERNO_BINARY", workspace::binary()).env("INFERNO_TEST_MODEL", model))
}
