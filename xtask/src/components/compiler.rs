//! A compiler that can build for WebAssembly: the one in use, or Debian's beside it.
//!
//! Owns the choice. Refuses to install a rustup target where `RUSTUP_AUTO_INSTALL` is 0, which says that this
//! machine does not want that.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use super::{TARGET, debian, sysroot};
use crate::workspace::{output, say};

/// How components are compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compiler {
    /// By the compiler in use, which has a standard library for the target.
    Installed,
    /// By a compiler of its own, for which a standard library was built.
    Private {
        /// What to run in place of `rustc`.
        rustc: PathBuf,
    },
}

/// Finds a compiler, or makes one.
///
/// # Errors
/// When no way is open on this machine; the message names both.
pub(super) fn find(root: &Path) -> Result<Compiler> {
    if has_target(root)? || add_target(root)? {
        return Ok(Compiler::Installed);
    }
    if debian::ensure_compiler()? {
        return Ok(Compiler::Private { rustc: sysroot::ensure()? });
    }
    bail!(
        "no compiler here builds for {TARGET}. Either run `rustup target add {TARGET}`, or, on Debian as root, \
         `apt-get update && apt-get install -y {}`; then try again",
        debian::PACKAGES.join(" ")
    )
}

/// Whether the compiler in use has the standard library of the target.
fn has_target(root: &Path) -> Result<bool> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let folder = output(rustc.current_dir(root).args(["--print", "target-libdir", "--target", TARGET]))?;
    let Ok(files) = fs::read_dir(folder.trim()) else { return Ok(false) };
    Ok(files.flatten().any(|file| {
        let name = file.file_name();
        name.to_string_lossy().starts_with("libcore-") && name.to_string_lossy().ends_with(".rlib")
    }))
}

/// Has rustup install the target, where there is a rustup and it may.
fn add_target(root: &Path) -> Result<bool> {
    let forbidden = env::var_os("RUSTUP_AUTO_INSTALL").is_some_and(|value| value == "0");
    if forbidden || Command::new("rustup").arg("--version").output().is_err() {
        return Ok(false);
    }
    say(&format!("components need {TARGET}: running `rustup target add {TARGET}`"));
    let added = Command::new("rustup").current_dir(root).args(["target", "add", TARGET]).status();
    Ok(added.is_ok_and(|status| status.success()) && has_target(root)?)
}
