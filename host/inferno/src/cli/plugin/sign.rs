//! `inferno plugin sign`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use inferno_package::Manifest;
use inferno_trust::{Release, SigningKey, sign};

use crate::{assemble::installed, home::Home};

/// Sign a component: write a sigstore bundle that binds its bytes to a name and a version.
///
/// What is signed is the digest of the component with its name, version, kind and the capabilities that it asks for, all
/// from its manifest. Nobody can exchange one of them later.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Make a key once, then sign what was built in this folder:
    inferno key generate
    inferno plugin sign
  Sign another component with another key:
    inferno plugin sign out/clock.wasm --manifest clock/inferno.toml --key acme.pem")]
pub(in crate::cli) struct Sign {
    /// The component, a `.wasm` file.
    #[arg(default_value = "component.wasm")]
    component: PathBuf,
    /// Its manifest [default: `inferno.toml` beside the component, else in this folder].
    #[arg(long)]
    manifest: Option<PathBuf>,
    /// The secret key [default: the development key].
    #[arg(long)]
    key: Option<PathBuf>,
    /// Where to write the bundle [default: beside the component, with `.sigstore.json` appended].
    #[arg(long)]
    bundle: Option<PathBuf>,
}

impl Sign {
    pub(super) fn run(self) -> Result<()> {
        let component = component(&self.component)?;
        let (_, manifest) = manifest(self.manifest, &self.component)?;
        let path = match self.key {
            Some(path) => path,
            None => Home::find()?.development_key(),
        };
        if !path.exists() {
            bail!("there is no key at {}; make one with `inferno key generate`", path.display());
        }
        let key =
            SigningKey::load(&path).with_context(|| format!("could not load the key {}", path.display()))?;
        let bundle = sign(&component, &Release::from(&manifest), &key);
        let output = self.bundle.unwrap_or_else(|| installed::bundle_path(&self.component));
        fs::write(&output, bundle.to_json())
            .with_context(|| format!("could not write {}", output.display()))?;
        let id = key.public_key().id();
        println!("signed {} {} with key {}", manifest.name(), manifest.version(), id.short());
        println!("bundle: {}", output.display());
        println!("signer: {id} (announce it where those who install your plugin can find it)");
        println!("\nnext: inferno plugin publish");
        Ok(())
    }
}

/// Reads a component.
pub(super) fn component(path: &Path) -> Result<Vec<u8>> {
    if !path.exists() {
        bail!("there is no component at {}; `inferno plugin build` makes one", path.display());
    }
    read(path)
}

/// Reads the manifest of a component: the one that was named, the one beside it, or the one in this folder.
pub(super) fn manifest(named: Option<PathBuf>, component: &Path) -> Result<(String, Manifest)> {
    let beside = component.with_file_name("inferno.toml");
    let here = PathBuf::from("inferno.toml");
    let path = named.unwrap_or(if beside.exists() { beside } else { here });
    let text = String::from_utf8(read(&path)?).with_context(|| format!("{} is not text", path.display()))?;
    let manifest = Manifest::parse(&text).with_context(|| format!("{} is not a manifest", path.display()))?;
    Ok((text, manifest))
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}
