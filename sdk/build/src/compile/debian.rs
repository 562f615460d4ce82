//! Debian's own compiler, which lives beside rustup's and comes with the sources of its standard library.

use std::{path::Path, process::Command};

use super::process::{run, say};
use crate::BuildError;

/// The packages: a compiler, its sources, and a linker.
pub(super) const PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld-22"];

/// Debian's compiler.
pub(super) const RUSTC: &str = "/usr/bin/rustc";
/// The sources of its standard library.
pub(super) const SOURCES: &str = "/usr/lib/rustlib/src/rust";
/// Its linker, which takes the role it is called by.
pub(super) const LINKER: &str = "/usr/lib/llvm-22/bin/lld";

/// Makes sure that the packages are there, installing them where that is possible: as root, on Debian.
///
/// # Errors
/// When the installation was tried and failed.
pub(super) fn ensure_compiler() -> Result<bool, BuildError> {
    if is_complete() {
        return Ok(true);
    }
    if !Path::new("/etc/debian_version").exists() || !is_root() {
        return Ok(false);
    }
    say(&format!(
        "components need a compiler for WebAssembly: installing {} by apt-get",
        PACKAGES.join(", ")
    ));
    apt_get(&["update", "-qq"])?;
    apt_get(&[&["install", "-y", "-qq", "--no-install-recommends"][..], &PACKAGES[..]].concat())?;
    Ok(is_complete())
}

fn is_complete() -> bool {
    [RUSTC, LINKER].iter().all(|file| Path::new(file).exists()) && Path::new(SOURCES).join("library").exists()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn apt_get(arguments: &[&str]) -> Result<(), BuildError> {
    run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}
