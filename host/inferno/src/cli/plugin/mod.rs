//! `inferno plugin`: from writing a component to running somebody else's.
//!
//! Owns: arguments, questions, and what people read. What is done in earnest is in `inferno-plugin-build`,
//! `inferno-trust`, `inferno-registry-client` and `packages`.

mod build;
mod info;
mod install;
mod list;
mod new;
mod publish;
mod remove;
mod search;
mod sign;
mod source;
mod test;
mod update;
mod verify;
mod yank;

use anyhow::Result;
use clap::Subcommand;

pub(super) use self::verify::public_key;

#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// Start a plugin: a folder with code that compiles, does something useful, and has a test.
    New(new::New),
    /// Compile a plugin to a component. The same sources give the same bytes.
    Build(build::Build),
    /// Run a plugin on recorded inputs, in the real plugin host, and compare with what it did before.
    Test(test::Test),
    /// Sign a component: write a sigstore bundle that binds its bytes to a name and a version.
    Sign(sign::Sign),
    /// Check a component against its bundle.
    Verify(verify::Verify),
    /// Publish a signed component in a registry.
    Publish(publish::Publish),
    /// Say that a published version is not to be installed any more.
    Yank(yank::Yank),
    /// Look for packages in a registry.
    Search(search::Search),
    /// Show everything that a registry says about a package.
    Info(info::Info),
    /// Install a package: fetched, verified, and only then put in place.
    Install(install::Install),
    /// Install newer versions of what is installed.
    Update(update::Update),
    /// Remove an installed package.
    Remove(remove::Remove),
    /// List what is installed: digest, signer, grants, state.
    List(list::List),
}

impl PluginCommand {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::New(new) => new.run(),
            Self::Build(build) => build.run(),
            Self::Test(test) => test.run(),
            Self::Sign(sign) => sign.run(),
            Self::Verify(verify) => verify.run(),
            Self::Publish(publish) => publish.run(),
            Self::Yank(yank) => yank.run(),
            Self::Search(search) => search.run(),
            Self::Info(info) => info.run(),
            Self::Install(install) => install.run(),
            Self::Update(update) => update.run(),
            Self::Remove(remove) => remove.run(),
            Self::List(list) => list.run(),
        }
    }
}
