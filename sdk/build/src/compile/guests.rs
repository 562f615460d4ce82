//! Compiling a workspace of guests to core modules.

use std::{
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cargo_metadata::{Artifact, Message};

use super::{
    TARGET,
    compiler::Compiler,
    process::{cargo, not_started, run, show},
    repeatable,
};
use crate::BuildError;

/// Which crates of a workspace become modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// The library of each package.
    Libraries,
    /// Each example.
    Examples,
}

/// A workspace of guests, and where it is built.
#[derive(Debug, Clone)]
pub struct Guests {
    /// The folder of the workspace, which holds the SDK too where bytes are to be the same in every folder.
    pub folder: PathBuf,
    /// The folder whose path is kept out of what is built: that of the workspace, or one around it and all that it
    /// depends on.
    pub root: PathBuf,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
    /// Which crates become modules.
    pub targets: Targets,
    /// Whether the lock file must be right already.
    pub locked: bool,
}

/// A core module that has been compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The name of its crate, as its manifest spells it: with dashes.
    pub name: String,
    /// The folder of its package.
    pub package: PathBuf,
    /// Its bytes.
    pub path: PathBuf,
}

impl Guests {
    /// Compiles what changed, and lists all modules by name.
    ///
    /// # Errors
    /// When cargo cannot be started or a crate does not compile.
    pub fn compile(&self, compiler: &Compiler) -> Result<Vec<Module>, BuildError> {
        let manifest = self.folder.join("Cargo.toml");
        run(&mut self.command("fetch", &manifest))?;

        let mut cargo = self.command("build", &manifest);
        cargo
            .args(["--workspace", "--profile", "plugin", "--target", TARGET])
            .arg(match self.targets {
                Targets::Libraries => "--lib",
                Targets::Examples => "--examples",
            })
            .arg("--target-dir")
            .arg(&self.target)
            .arg("--message-format=json-render-diagnostics")
            .env("CARGO_ENCODED_RUSTFLAGS", repeatable::encoded(&repeatable::flags(&self.root)?)?)
            .env_remove("RUSTC_WORKSPACE_WRAPPER")
            .stdout(Stdio::piped());
        if let Some(rustc) = compiler.rustc() {
            cargo.env("RUSTC", rustc);
        }
        let mut running = cargo.spawn().map_err(not_started(&cargo))?;
        let unreadable =
            |reason: std::io::Error| BuildError::Output { command: show(&cargo), reason: reason.to_string() };
        let mut modules = Vec::new();
        let output = running.stdout.take().expect("cargo's output is piped");
        for message in Message::parse_stream(BufReader::new(output)) {
            if let Message::CompilerArtifact(artifact) = message.map_err(unreadable)? {
                modules.extend(module(artifact));
            }
        }
        if !running.wait().map_err(unreadable)?.success() {
            return Err(BuildError::Compile { manifest });
        }
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(modules)
    }

    fn command(&self, what: &str, manifest: &Path) -> Command {
        let mut cargo = cargo();
        cargo.current_dir(&self.folder).args([what, "--quiet", "--manifest-path"]).arg(manifest);
        if self.locked {
            cargo.arg("--locked");
        }
        cargo
    }
}

fn module(artifact: Artifact) -> Option<Module> {
    let path = artifact.filenames.into_iter().find(|file| file.extension() == Some("wasm"))?;
    let package = artifact.manifest_path.parent()?.to_owned();
    // A library's crate is named with underscores, whatever its package is named with.
    let name = artifact.target.name.replace('_', "-");
    Some(Module { name, package: package.into(), path: path.into() })
}
