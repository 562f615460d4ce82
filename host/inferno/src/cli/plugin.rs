//! `inferno plugin`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use inferno_package::{Manifest, PackageRef, Version};
use inferno_trust::{Expected, Policy, PublicKey, Release, SigningKey, TrustedKeys, sign, verify};

use crate::{assemble::installed, home::Home};

#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// Sign a component: write a sigstore bundle that binds its bytes to a name and a version.
    Sign(Sign),
    /// Check a component against its bundle.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The component, a `.wasm` file.
    component: PathBuf,
    /// Its manifest.
    #[arg(long, default_value = "inferno.toml")]
    manifest: PathBuf,
    /// The secret key [default: the development key].
    #[arg(long)]
    key: Option<PathBuf>,
    /// Where to write the bundle [default: beside the component, with `.sigstore.json` appended].
    #[arg(long)]
    bundle: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The component, a `.wasm` file.
    component: PathBuf,
    /// The package it must be, such as `inferno/fuse-qkv`.
    #[arg(long)]
    name: PackageRef,
    /// The version it must be.
    #[arg(long)]
    version: Version,
    /// The public key that must have signed it [default: the development key's].
    #[arg(long)]
    key: Option<PathBuf>,
    /// Its bundle [default: beside the component, with `.sigstore.json` appended].
    #[arg(long)]
    bundle: Option<PathBuf>,
}

impl PluginCommand {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Sign(arguments) => arguments.run(),
            Self::Verify(arguments) => arguments.run(),
        }
    }
}

impl Sign {
    fn run(self) -> Result<()> {
        let component = read(&self.component)?;
        let text = String::from_utf8(read(&self.manifest)?)
            .with_context(|| format!("{} is not text", self.manifest.display()))?;
        let manifest = Manifest::parse(&text)
            .with_context(|| format!("{} is not a manifest", self.manifest.display()))?;
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
        println!(
            "signed {} {} with key {}",
            manifest.name(),
            manifest.version(),
            key.public_key().id().short()
        );
        println!("bundle: {}", output.display());
        Ok(())
    }
}

impl Verify {
    fn run(self) -> Result<()> {
        let component = read(&self.component)?;
        let path = self.bundle.unwrap_or_else(|| installed::bundle_path(&self.component));
        let bundle = if path.exists() { Some(read(&path)?) } else { None };
        let mut keys = TrustedKeys::new();
        match self.key {
            Some(path) => keys.trust(&path.display().to_string(), public_key(&path)?)?,
            None => keys.trust("development key", development_key(&Home::find()?)?)?,
        }
        let expected = Expected { name: self.name, version: self.version };
        let verified = verify(component, bundle.as_deref(), &expected, &Policy::Keys(keys))?;
        println!("verified {} {}", verified.name(), verified.version());
        println!("digest: {}", verified.digest());
        println!("signer: {}", verified.signer());
        Ok(())
    }
}

/// The public half of the installation's development key.
pub(super) fn development_key(home: &Home) -> Result<PublicKey> {
    let path = home.development_key();
    if !path.exists() {
        bail!("there is no development key at {}; make one with `inferno key generate`", path.display());
    }
    let key =
        SigningKey::load(&path).with_context(|| format!("could not load the key {}", path.display()))?;
    Ok(key.public_key())
}

/// Reads a public key.
pub(super) fn public_key(path: &Path) -> Result<PublicKey> {
    let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    PublicKey::from_pem(&text).with_context(|| format!("{} is not a public key", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}
