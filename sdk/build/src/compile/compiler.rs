//! A compiler that can build for WebAssembly: the one in use, or Debian's beside it.
//!
//! Owns the choice. Refuses to install a rustup target where `RUSTUP_AUTO_INSTALL` is 0, which says that this
//! machine does not want that.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    TARGET,
    process::{output, say},
};
use crate::BuildError;

/// How components are compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiler(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// By the compiler in use, which has a standard library for the target.
    Installed,
    /// By a compiler of its own, for which a standard library was built: what to run in place of `rustc`.
    #[cfg_attr(not(unix), expect(dead_code, reason = "Debian's compiler is found on Unix only"))]
    Private { rustc: PathBuf },
}

impl Compiler {
    /// Finds a compiler for crates in `folder`, where a toolchain file may choose one, or makes one.
    ///
    /// # Errors
    /// When no way is open on this machine; the message names both.
    pub fn find(folder: &Path) -> Result<Self, BuildError> {
        if has_target(folder)? || add_target(folder)? {
            return Ok(Self(Kind::Installed));
        }
        Ok(Self(Kind::Private { rustc: private()? }))
    }

    /// What to run in place of `rustc`, where that is not the one in use.
    pub fn rustc(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Installed => None,
            Kind::Private { rustc } => Some(rustc),
        }
    }

    /// Its name and version, as it states them for crates in `folder`. Another compiler makes other bytes.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn version(&self, folder: &Path) -> Result<String, BuildError> {
        let mut rustc = self.rustc().map_or_else(in_use, Command::new);
        Ok(output(rustc.current_dir(folder).arg("-V"))?.trim().to_owned())
    }
}

#[cfg(unix)]
fn private() -> Result<PathBuf, BuildError> {
    if super::debian::ensure_compiler()? {
        return super::sysroot::ensure();
    }
    Err(BuildError::NoCompiler { target: TARGET, packages: super::debian::PACKAGES.join(" ") })
}

#[cfg(not(unix))]
fn private() -> Result<PathBuf, BuildError> {
    Err(BuildError::System { target: TARGET })
}

fn in_use() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Whether the compiler in use has the standard library of the target.
fn has_target(folder: &Path) -> Result<bool, BuildError> {
    let libraries =
        output(in_use().current_dir(folder).args(["--print", "target-libdir", "--target", TARGET]))?;
    let Ok(files) = fs::read_dir(libraries.trim()) else { return Ok(false) };
    Ok(files.flatten().any(|file| {
        let name = file.file_name();
        name.to_string_lossy().starts_with("libcore-") && name.to_string_lossy().ends_with(".rlib")
    }))
}

/// Has rustup install the target, where there is a rustup and it may.
fn add_target(folder: &Path) -> Result<bool, BuildError> {
    let forbidden = env::var_os("RUSTUP_AUTO_INSTALL").is_some_and(|value| value == "0");
    if forbidden || Command::new("rustup").arg("--version").output().is_err() {
        return Ok(false);
    }
    say(&format!("components need {TARGET}: running `rustup target add {TARGET}`"));
    let added = Command::new("rustup").current_dir(folder).args(["target", "add", TARGET]).status();
    Ok(added.is_ok_and(|status| status.success()) && has_target(folder)?)
}
