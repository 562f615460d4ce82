//! `cargo xtask bench SUITE`: figures beside a peer or a limit, measured in the same run.
//!
//! Owns what must be there before a suite runs. Refuses to know the suites and their flags: they are those of the
//! `benches` crate, which gets everything that is said here.

use anyhow::Result;

use crate::{prepare, workspace};

/// Runs the `benches` crate with `arguments`, the first of which names the suite.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let suite = arguments.first().map_or("", String::as_str);
    let mut bench = workspace::cargo();
    bench.args(["run", "--quiet", "--package", "inferno-benches", "--"]).args(arguments);
    let only_asks = arguments.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h" | "help"));
    if !only_asks && suite != "picture" {
        prepare::host()?;
        prepare::first_party()?;
        bench
            .env("INFERNO_TEST_MODEL", prepare::demo_model()?)
            .env("INFERNO_TEST_MODEL_NAME", prepare::DEMO_MODEL);
        // Only this suite stands beside candle, which takes minutes to build.
        if suite == "limits" {
            bench.env("INFERNO_REFERENCE", prepare::reference()?);
        }
    }
    bench.env("INFERNO_HOME", workspace::home());
    bench.env("INFERNO_BINARY", workspace::binary());
    workspace::run(&mut bench)
}
