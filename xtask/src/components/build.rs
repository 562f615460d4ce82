//! Compiling a workspace of guests to core modules.

use std::{
    env,
    ffi::OsString,
    fs,
    io::BufReader,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::{Artifact, Message};

use super::{TARGET, compiler::Compiler};
use crate::workspace;

/// Which crates of a workspace become modules.
#[derive(Debug, Clone, Copy)]
pub(super) enum Targets {
    /// The library of each package.
    Libraries,
    /// Each example.
    Examples,
}

/// A core module that has been compiled.
pub(super) struct Module {
    /// The name of its crate, as its manifest spells it: with dashes.
    pub(super) name: String,
    /// The folder of its package.
    pub(super) package: PathBuf,
    /// Its bytes.
    pub(super) path: PathBuf,
}

/// Compiles a workspace, and lists its modules by name.
pub(super) fn modules(
    root: &Path,
    manifest: &str,
    targets: Targets,
    compiler: &Compiler,
) -> Result<Vec<Module>> {
    let mut cargo = workspace::cargo();
    cargo
        .args(["build", "--locked", "--quiet", "--workspace", "--manifest-path", manifest])
        .arg(match targets {
            Targets::Libraries => "--lib",
            Targets::Examples => "--examples",
        })
        .args(["--profile", "plugin", "--target", TARGET, "--target-dir", "target/plugins"])
        .arg("--message-format=json-render-diagnostics")
        .env("CARGO_ENCODED_RUSTFLAGS", encoded(&without_paths(root)?)?)
        .stdout(Stdio::piped());
    if let Compiler::Private { rustc } = compiler {
        cargo.env("RUSTC", rustc);
    }
    let mut running = cargo.spawn().context("cargo could not be started")?;
    let output = running.stdout.take().context("cargo's output is piped")?;
    let mut modules = Vec::new();
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) = message? {
            modules.extend(module(artifact));
        }
    }
    ensure!(running.wait()?.success(), "{manifest} did not compile: see above");
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(modules)
}

fn module(artifact: Artifact) -> Option<Module> {
    let path = artifact.filenames.into_iter().find(|file| file.extension() == Some("wasm"))?;
    let package = artifact.manifest_path.parent()?.to_owned();
    // A library's crate is named with underscores, whatever its package is named with.
    let name = artifact.target.name.replace('_', "-");
    Some(Module { name, package: package.into(), path: path.into() })
}

/// Flags that keep the paths of this machine out of what panics say.
fn without_paths(root: &Path) -> Result<Vec<String>> {
    let mut flags = vec![renamed(root, "/inferno"), renamed(&fs::canonicalize(root)?, "/inferno")];
    flags.extend(cargo_home_renamed());
    Ok(flags)
}

/// The flag that keeps cargo's own folder out, where dependencies are unpacked.
pub(super) fn cargo_home_renamed() -> Option<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")))?;
    Some(renamed(&home, "/cargo"))
}

/// The flag that gives a folder another name in everything that is compiled.
pub(super) fn renamed(folder: &Path, name: &str) -> String {
    format!("--remap-path-prefix={}={name}", folder.display())
}

/// Flags as `CARGO_ENCODED_RUSTFLAGS` takes them: they may then hold spaces.
pub(super) fn encoded(flags: &[String]) -> Result<OsString> {
    ensure!(!flags.iter().any(|flag| flag.contains('\u{1f}')), "a path holds a control character");
    Ok(flags.join("\u{1f}").into())
}
