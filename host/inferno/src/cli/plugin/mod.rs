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

// What each is for stands with its arguments, where `clap` finds it.
#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    New(new::New),
    Build(build::Build),
    Test(test::Test),
    Sign(sign::Sign),
    Verify(verify::Verify),
    Publish(publish::Publish),
    Yank(yank::Yank),
    Search(search::Search),
    Info(info::Info),
    Install(install::Install),
    Update(update::Update),
    Remove(remove::Remove),
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
