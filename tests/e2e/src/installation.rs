//! A throw-away installation: a folder with a development key and components, signed or spoilt.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::prepared;

/// An installation of its own, gone when dropped.
#[derive(Debug)]
pub struct Installation(TempDir);

impl Installation {
    /// An installation with a development key and no components.
    ///
    /// # Errors
    /// When the binary fails.
    pub fn new() -> Result<Self> {
        let installation = Self(tempfile::tempdir()?);
        installation.inferno(&["key", "generate"])?;
        Ok(installation)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The folder of an installed component.
    pub fn plugin(&self, folder: &str) -> PathBuf {
        self.path().join("plugins").join(folder)
    }

    /// Runs the binary on this installation.
    ///
    /// # Errors
    /// When it exits with anything but 0; the error holds what it printed.
    pub fn inferno(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(prepared("INFERNO_BINARY"));
        let output = command.args(arguments).env("INFERNO_HOME", self.path()).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if !output.status.success() {
            bail!("inferno {}: {}", arguments.join(" "), text(&output.stderr).trim());
        }
        Ok(text(&output.stdout))
    }

    /// Installs an optimization pass under `test/FOLDER` 0.1.0, signed with the development key.
    ///
    /// # Errors
    /// When it cannot be copied or signed.
    pub fn install(&self, folder: &str, component: &Path) -> Result<()> {
        self.install_as(folder, component, &manifest(&format!("test/{folder}"), "0.1.0"))
    }

    /// Installs a component with this manifest, signed with the development key.
    ///
    /// # Errors
    /// When it cannot be copied or signed.
    pub fn install_as(&self, folder: &str, component: &Path, manifest: &str) -> Result<()> {
        let into = self.plugin(folder);
        fs::create_dir_all(&into)?;
        let copy = into.join("component.wasm");
        fs::copy(component, &copy).with_context(|| format!("could not copy {}", component.display()))?;
        fs::write(into.join("inferno.toml"), manifest)?;
        self.sign(folder)
    }

    /// Signs what lies in a plugin's folder.
    ///
    /// # Errors
    /// When the binary fails.
    pub fn sign(&self, folder: &str) -> Result<()> {
        let into = self.plugin(folder);
        let (component, manifest) = (into.join("component.wasm"), into.join("inferno.toml"));
        self.inferno(&[
            "plugin",
            "sign",
            &component.display().to_string(),
            "--manifest",
            &manifest.display().to_string(),
        ])?;
        Ok(())
    }
}

/// The manifest of an optimization pass.
pub fn manifest(name: &str, version: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nkind = \"optimization-pass\"\n\
         description = \"For a test.\"\nlicense = \"Apache-2.0\"\n"
    )
}
