//! Programs of others, installed from their registries as a user would, unmodified, and kept between runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::prepared;

/// A Python of its own that has these packages, as pip names them.
///
/// # Errors
/// When they cannot be installed.
pub fn python(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = folder(name)?;
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    once(&folder, packages, || {
        let system = if cfg!(windows) { "python" } else { "python3" };
        run(Command::new(system).args(["-m", "venv", "--clear"]).arg(&folder))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
        Ok(())
    })?;
    Ok(python)
}

/// A folder whose `node_modules` have these packages, as npm names them.
///
/// # Errors
/// When they cannot be installed.
pub fn node(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = folder(name)?;
    once(&folder, packages, || {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        fs::write(folder.join("package.json"), "{\"private\": true}")?;
        let mut install = Command::new(npm);
        run(install.args(["install", "--no-audit", "--no-fund"]).args(packages).current_dir(&folder))?;
        Ok(())
    })?;
    Ok(folder)
}

/// Runs a script of `tests/e2e/clients` by Node.js: JavaScript finds its packages beside the script that imports them.
///
/// # Errors
/// When it fails; the error holds what it printed.
pub fn node_script(folder: &Path, script: &str, arguments: &[&str]) -> Result<String> {
    let beside = folder.join(script);
    fs::copy(client(script), &beside)?;
    run(Command::new("node").arg(&beside).args(arguments))
}

/// A script of `tests/e2e/clients`.
pub fn client(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(script)
}

/// Runs a command and returns what it printed.
///
/// # Errors
/// When it cannot be started or fails; the error holds what it printed.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    ensure!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
    Ok(out)
}

fn folder(name: &str) -> Result<PathBuf> {
    let target = prepared("INFERNO_BINARY").parent().and_then(Path::parent).context("no target")?.to_owned();
    let folder = target.join("clients").join(name);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Installs, unless exactly this was installed before.
fn once(folder: &Path, packages: &[&str], install: impl FnOnce() -> Result<()>) -> Result<()> {
    let (mark, wanted) = (folder.join("installed"), packages.join(" "));
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    install()?;
    Ok(fs::write(mark, wanted)?)
}
