//! The development installation's own marketplace: the first-party components, published as anybody publishes.
//!
//! Owns the publisher `inferno` of that registry and its token. A version that is published there with other bytes stays
//! as it is, since versions never change; what is served comes from the installation, not from here.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use inferno_types::Digest;
use serde_json::Value;

use crate::{
    components::BuiltComponent,
    workspace::{self, say},
};

/// How a registry says that another process serves from its folder.
const IN_USE: &str = "another process serves the registry";

/// Publishes what is not published yet.
pub(crate) fn publish(built: &[BuiltComponent], key: &Path) -> Result<()> {
    let token = token(key)?;
    // While a server of this installation runs, it is the registry, and nobody else may serve from its folder.
    let Some(registry) = Registry::start()? else {
        say("the local registry is in use by a running server: nothing was published in it");
        return Ok(());
    };
    for component in built {
        let known = registry.digest(component)?;
        let bytes = fs::read(&component.path)?;
        match known {
            None => registry.publish(component, &bytes, key, &token)?,
            Some(known) if known != Digest::of(&bytes).to_string() => say(&format!(
                "{} {} differs from what the local registry has under that version; give it a new version to publish it",
                component.name, component.version
            )),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The publisher's token, made once.
fn token(key: &Path) -> Result<String> {
    let path = workspace::home().join("keys/registry-token");
    if !path.exists() {
        let mut add = workspace::inferno();
        add.args(["registry", "publisher", "add", "inferno", "--key"]).arg(key.with_extension("pub.pem"));
        workspace::output(add.arg("--token-file").arg(&path))?;
    }
    Ok(fs::read_to_string(&path).with_context(|| path.display().to_string())?.trim().to_owned())
}

/// The registry of the development installation, serving; stopped when dropped.
struct Registry {
    child: Child,
    url: String,
}

impl Registry {
    /// Nothing where another process serves from the folder.
    fn start() -> Result<Option<Self>> {
        let mut serve = workspace::inferno();
        serve.args(["registry", "serve", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = serve.spawn().context("could not start the registry")?;
        let mut registry = Self { child, url: String::new() };
        let stdout = registry.child.stdout.take().context("its output is piped")?;
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            if let Some(at) = line.find("http://") {
                let url = line[at..].split_whitespace().next().unwrap_or_default();
                registry.url = url.trim_end_matches(['/', '.', ',']).to_owned();
                return Ok(Some(registry));
            }
        }
        let mut words = String::new();
        registry.child.stderr.take().context("its errors are piped")?.read_to_string(&mut words)?;
        if words.contains(IN_USE) {
            return Ok(None);
        }
        bail!("the registry stopped before it listened: {}", words.trim())
    }

    /// The digest under which a version is published, if it is.
    fn digest(&self, component: &BuiltComponent) -> Result<Option<String>> {
        let url = format!("{}/api/registry/packages/{}", self.url, component.name);
        let mut response = match ureq::get(url).call() {
            Ok(response) => response,
            Err(ureq::Error::StatusCode(404)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let package: Value = response.body_mut().read_json()?;
        let versions = package["versions"].as_array().context("a package has versions")?;
        let found = versions.iter().find(|version| version["version"] == component.version);
        Ok(found.and_then(|version| version["digest"].as_str()).map(str::to_owned))
    }

    fn publish(&self, component: &BuiltComponent, bytes: &[u8], key: &Path, token: &str) -> Result<()> {
        let folder = laid_out(component, bytes)?;
        let mut sign = workspace::inferno();
        workspace::output(
            sign.args(["plugin", "sign"]).arg(folder.join("component.wasm")).arg("--key").arg(key),
        )?;
        let mut publish: Command = workspace::inferno();
        publish.args(["plugin", "publish"]).arg(&folder).args(["--registry", &self.url]);
        workspace::output(publish.env("INFERNO_TOKEN", token))?;
        say(&format!("published {} {} in the local registry", component.name, component.version));
        Ok(())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A plugin's folder as its author has it, with what was built.
fn laid_out(component: &BuiltComponent, bytes: &[u8]) -> Result<PathBuf> {
    let folder = workspace::target().join("published").join(component.name.replace('/', "--"));
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    fs::write(folder.join("component.wasm"), bytes)?;
    fs::copy(&component.manifest_path, folder.join("inferno.toml"))?;
    let readme = component.manifest_path.with_file_name("README.md");
    if readme.exists() {
        fs::copy(readme, folder.join("README.md"))?;
    }
    Ok(folder)
}
