//! `inferno plugin verify`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use inferno_package::{PackageRef, Version};
use inferno_trust::{Expected, Policy, PublicKey, SigningKey, TrustedKeys, verify};

use super::sign::read;
use crate::{assemble::installed, home::Home};

/// Check a component against its bundle.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  Was this file signed by acme as acme/clock 0.1.0?
    inferno plugin verify component.wasm --name acme/clock --version 0.1.0 --key acme.pub.pem")]
pub(in crate::cli) struct Verify {
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

impl Verify {
    pub(super) fn run(self) -> Result<()> {
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
fn development_key(home: &Home) -> Result<PublicKey> {
    let path = home.development_key();
    if !path.exists() {
        bail!("there is no development key at {}; make one with `inferno key generate`", path.display());
    }
    let key =
        SigningKey::load(&path).with_context(|| format!("could not load the key {}", path.display()))?;
    Ok(key.public_key())
}

/// Reads a public key.
pub(in crate::cli) fn public_key(path: &Path) -> Result<PublicKey> {
    let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    PublicKey::from_pem(&text).with_context(|| format!("{} is not a public key", path.display()))
}
