//! `inferno plugin publish`.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use inferno_package::{Kind, Manifest};
use inferno_registry_client::{Publication, RegistryClient};
use inferno_trust::{Bundle, Expected, Policy, PublicKey, TrustedKeys, verify};

use super::{
    sign::{component, manifest, read},
    source::{PublisherArguments, file_in},
};
use crate::assemble::installed;

/// Publish a signed component in a registry.
///
/// Everything is checked here first, and again by the registry. The version can be found once its signature is accepted;
/// until then nobody sees half of it, so an interrupted publication is simply repeated. A published version never
/// changes; it can be yanked.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Publish what was built and signed in this folder:
    INFERNO_TOKEN=inferno_… inferno plugin publish
  Publish it in another registry, with the token in a file:
    inferno plugin publish --registry https://plugins.example.org --token-file acme.token

Who runs a registry makes you a publisher of it with
    inferno registry publisher add acme --key acme.pub.pem
which enrols your public key and prints your token.")]
pub(in crate::cli) struct Publish {
    /// The plugin's folder, with `component.wasm`, `component.wasm.sigstore.json`, `inferno.toml` and a `README.md`.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Another component than the folder's; its bundle lies beside it.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    #[command(flatten)]
    publisher: PublisherArguments,
}

impl Publish {
    pub(super) fn run(self) -> Result<()> {
        let path = self.component.unwrap_or_else(|| file_in(&self.folder, "component.wasm"));
        let component = component(&path)?;
        let (manifest_text, manifest) = manifest(Some(file_in(&self.folder, "inferno.toml")), &path)?;
        let bundle_path = installed::bundle_path(&path);
        if !bundle_path.exists() {
            bail!("{} is not signed; `inferno plugin sign` writes {}", path.display(), bundle_path.display());
        }
        let bundle = String::from_utf8(read(&bundle_path)?)
            .with_context(|| format!("{} is not text", bundle_path.display()))?;
        let readme = self.folder.join("README.md");
        let readme = readme.exists().then(|| fs::read_to_string(&readme)).transpose();
        let readme = readme.context("could not read README.md")?;

        let client = self.publisher.client()?;
        check(&client, &component, &bundle, &manifest)?;
        let facts = inferno_plugin_host::inspect_component(&component, manifest.kind())
            .with_context(|| format!("{} would not run anywhere", path.display()))?;
        let pushed = client.push(&Publication {
            component: &component,
            manifest_text: &manifest_text,
            manifest: &manifest,
            bundle: &bundle,
            readme: readme.as_deref(),
            imports: &facts.imports,
            exports: &facts.exports,
        })?;
        let (name, version) = (manifest.name(), manifest.version());
        println!("published {name} {version} in {}", client.registry());
        println!("  digest    {}", pushed.digest);
        println!("  manifest  {}", pushed.manifest_digest);
        if readme.is_none() {
            println!("  There is no README.md; with one, the next version's page says more.");
        }
        let shown =
            if manifest.kind() == Kind::Widget { ", or the page Marketplace of a server" } else { "" };
        println!(
            "\nnext: inferno plugin info {name}{shown}; others install it with inferno plugin install {name}"
        );
        Ok(())
    }
}

/// Says early, and nearer to the cause, what the registry would say.
fn check(client: &RegistryClient, component: &[u8], bundle: &str, manifest: &Manifest) -> Result<()> {
    let publisher = manifest.name().publisher();
    let known = match client.publisher(publisher) {
        Ok(known) => known,
        Err(error) if error.is_not_found() => bail!(
            "{} has no publisher {publisher}; who runs it adds you with `inferno registry publisher add {publisher} \
             --key YOUR.pub.pem`",
            client.registry()
        ),
        Err(error) => return Err(error.into()),
    };
    let mut keys = TrustedKeys::new();
    for key in known.keys.iter().filter(|key| !key.revoked) {
        keys.trust_publisher(publisher, PublicKey::from_pem(&key.public_key)?)?;
    }
    let claimed = Bundle::parse(bundle.as_bytes())?.claimed_key();
    if let Some(key) = claimed.filter(|key| keys_lack(&keys, *key, publisher)) {
        bail!(
            "it is signed with the key {key}, which {publisher} does not have in {}; sign with an enrolled key, or have \
             this one enrolled with `inferno registry key add {publisher} --key YOUR.pub.pem`",
            client.registry()
        );
    }
    let expected = Expected { name: manifest.name().clone(), version: manifest.version().clone() };
    let verified = verify(component.to_vec(), Some(bundle.as_bytes()), &expected, &Policy::Keys(keys))
        .context(
            "the signature is not of this component and manifest; sign it again with `inferno plugin sign`",
        )?;
    if verified.kind() != manifest.kind() || verified.requests() != manifest.requests() {
        bail!("inferno.toml was changed after signing; sign it again with `inferno plugin sign`");
    }
    Ok(())
}

fn keys_lack(keys: &TrustedKeys, key: inferno_trust::KeyId, publisher: &str) -> bool {
    let standing = Policy::Keys(keys.clone()).standing(key, publisher);
    !matches!(standing, inferno_trust::Standing::Trusted(_))
}
