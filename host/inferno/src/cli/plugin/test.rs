//! `inferno plugin test`.
//!
//! The component runs as it would in a server: signed, verified, under the same limits. The key is made for this run and
//! trusted for nothing else.

mod expected;
mod outcome;
mod summary;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use inferno_package::{Manifest, OperatorGrants};
use inferno_plugin_build::{Project, recordings};
use inferno_plugin_host::{HostConfig, PluginHost};
use inferno_trust::{Component, Expected, Policy, Release, SigningKey, TrustedKeys, Verified, sign, verify};

use self::{
    expected::{Compared, Snapshots},
    outcome::Subject,
};
use super::{sign::component, source::file_in};

/// Run a plugin on recorded inputs, in the real plugin host, and compare with what it did before.
///
/// The first run writes what came out to `tests/expected/`, one file per recording: look at them and commit them. Later
/// runs compare. The recordings come with Inferno and say where they were recorded.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Build the plugin in this folder and try it:
    inferno plugin test
  What came out is different, and that is right:
    inferno plugin test --accept
  A widget with settings, on one recording:
    inferno plugin test --settings '{\"window\": \"1m\"}' --recording busy")]
pub(in crate::cli) struct Test {
    /// The plugin's folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Try `component.wasm` as it is instead of building it first.
    #[arg(long)]
    no_build: bool,
    /// Take what comes out as what is expected from now on.
    #[arg(long)]
    accept: bool,
    /// Settings of a widget, a JSON object. What comes out is shown and not compared.
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// Only this recording.
    #[arg(long, value_name = "NAME")]
    recording: Option<String>,
}

impl Test {
    pub(super) fn run(self) -> Result<()> {
        let project = Project::open(&self.folder)?;
        let path = file_in(&self.folder, "component.wasm");
        if !self.no_build {
            project.build(&path)?;
        }
        let verified = vouched(component(&path)?, project.manifest())?;
        let host = PluginHost::new(HostConfig::default())?;
        let subject = Subject::load(&host, &verified, &granted(project.manifest()))?;
        println!("{} {}, {}", verified.name(), verified.version(), verified.kind());

        let snapshots = Snapshots::of(&self.folder, self.accept);
        let wanted = |name: &str| self.recording.as_ref().is_none_or(|recording| recording == name);
        let (mut tried, mut written, mut differ) = (0, 0, Vec::new());
        for recording in recordings::for_kind(verified.kind()).filter(|recording| wanted(&recording.name)) {
            tried += 1;
            println!("\non {}: {}", recording.name, recording.description);
            let outcome = subject.run(recording, self.settings.as_deref().unwrap_or("{}"))?;
            print!("{}", outcome.summary);
            if self.settings.is_some() {
                continue;
            }
            match snapshots.compare(&recording.name, &outcome.output)? {
                Compared::Same => println!("  as expected"),
                Compared::Written(file) => {
                    written += 1;
                    println!("  written to {}", file.display());
                }
                Compared::Differs { file, difference } => {
                    println!("  NOT as {} says:\n{difference}", file.display());
                    differ.push(recording.name.as_str());
                }
            }
        }
        if tried == 0 {
            let names: Vec<_> = recordings::for_kind(verified.kind()).map(|r| r.name.as_str()).collect();
            bail!("there is no such recording for this kind; there is {}", names.join(", "));
        }
        if !differ.is_empty() {
            bail!(
                "on {}, other things came out than before; if that is right, `inferno plugin test --accept`",
                differ.join(", ")
            );
        }
        match written {
            0 => println!("\nnext: inferno plugin sign"),
            _ => println!(
                "\nlook at what was written to tests/expected and commit it; then inferno plugin sign"
            ),
        }
        Ok(())
    }
}

/// Signs and verifies the component, since nothing else runs. The key is gone with this process.
fn vouched(component: Vec<u8>, manifest: &Manifest) -> Result<Verified<Component>> {
    let key = SigningKey::generate();
    let mut keys = TrustedKeys::new();
    keys.trust("this test", key.public_key())?;
    let release = Release::from(manifest);
    let bundle = sign(&component, &release, &key).to_json();
    let expected = Expected { name: release.name().clone(), version: release.version().clone() };
    verify(component, Some(bundle.as_bytes()), &expected, &Policy::Keys(keys)).context("our own signature")
}

/// All that it asks for: whether it gets that is an operator's decision, not a test's.
fn granted(manifest: &Manifest) -> OperatorGrants {
    manifest.requests().iter().cloned().collect()
}
