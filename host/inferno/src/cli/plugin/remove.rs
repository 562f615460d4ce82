//! `inferno plugin remove`.

use anyhow::Result;
use clap::Args;
use inferno_package::PackageRef;

use super::source::RegistryArguments;

/// Remove an installed package.
///
/// The key that was trusted for it is trusted no more, unless another package of the same publisher has the same key. A
/// running server lets go of a widget or an analyzer at once, and of an optimization pass when it is started again.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
    inferno plugin remove acme/clock")]
pub(in crate::cli) struct Remove {
    /// The package.
    name: PackageRef,
    #[command(flatten)]
    registry: RegistryArguments,
}

impl Remove {
    pub(super) fn run(self) -> Result<()> {
        let removed = self.registry.packages()?.remove(&self.name)?;
        println!("removed {} {}", removed.name, removed.version);
        Ok(())
    }
}
