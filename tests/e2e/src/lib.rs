//! What the end-to-end tests and the benchmarks stand on: the running server, the reference, a model run bare.
//!
//! Owns no assertion. Everything here is the real thing: the built binary, the real model, candle in a process.

pub mod bare;
pub mod installation;
pub mod pages;
pub mod reference;
pub mod server;
pub mod tools;

use std::{env, path::PathBuf};

/// A path that `cargo xtask test` prepares.
///
/// # Panics
/// When the variable is not set: a test that silently skipped would be no test.
pub fn prepared(variable: &str) -> PathBuf {
    env::var_os(variable)
        .map(PathBuf::from)
        .unwrap_or_else(|| panic!("{variable} is not set; run this through `cargo xtask test`"))
}
