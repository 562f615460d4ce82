//! `inferno plugin yank`.

use anyhow::Result;
use clap::Args;
use inferno_package::{PackageRef, Version};

use super::source::PublisherArguments;

/// Say that a published version is not to be installed any more.
///
/// It stays where it is installed, whose operators are told, and it can still be fetched by its digest: what is published
/// does not vanish.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Withdraw a version, and say why:
    inferno plugin yank acme/clock 0.1.0 --reason \"shows the wrong hour\"
  Take that back:
    inferno plugin yank acme/clock 0.1.0 --undo")]
pub(in crate::cli) struct Yank {
    /// The package.
    name: PackageRef,
    /// The version of it.
    version: Version,
    /// Why. Everybody who wants to install it reads this.
    #[arg(long, required_unless_present = "undo", conflicts_with = "undo")]
    reason: Option<String>,
    /// Let it be installed again.
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    publisher: PublisherArguments,
}

impl Yank {
    pub(super) fn run(self) -> Result<()> {
        let (client, name, version) = (self.publisher.client()?, &self.name, &self.version);
        match self.reason {
            Some(reason) => {
                client.yank(name, version, &reason)?;
                println!(
                    "{name} {version} is yanked: nobody can install it any more, and those who have it are told"
                );
            }
            None => {
                client.unyank(name, version)?;
                println!("{name} {version} can be installed again");
            }
        }
        Ok(())
    }
}
