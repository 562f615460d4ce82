//! `inferno plugin info`.

use anyhow::Result;
use clap::Args;
use inferno_package::{
    Capability, PackageRef,
    catalog::{PackageDetail, VersionDetail},
};
use inferno_registry_client::{printable, printable_lines};

use super::source::RegistryArguments;
use crate::cli::words;

/// Show everything that a registry says about a package.
///
/// It is what the registry says. What is installed is decided by the signature, which `inferno plugin install` checks.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Versions, signers and what each version asks for:
    inferno plugin info acme/clock
  With its README:
    inferno plugin info acme/clock --readme")]
pub(in crate::cli) struct Info {
    /// The package.
    name: PackageRef,
    /// Print its README too.
    #[arg(long)]
    readme: bool,
    /// Print the registry's answer as JSON.
    #[arg(long, conflicts_with = "readme")]
    json: bool,
    #[command(flatten)]
    registry: RegistryArguments,
}

impl Info {
    pub(super) fn run(self) -> Result<()> {
        let packages = self.registry.packages()?;
        let package = packages.package(&self.name)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&package)?);
            return Ok(());
        }
        let installed = packages.installed()?.into_iter().find(|locked| locked.name == self.name);
        print(&package);
        match installed {
            Some(locked) => println!("\ninstalled: {}", locked.version),
            None => println!("\nnext: inferno plugin install {}", self.name),
        }
        if let (true, Some(readme)) = (self.readme, &package.readme) {
            println!("\n{}", printable_lines(readme));
        }
        Ok(())
    }
}

fn print(package: &PackageDetail) {
    println!("{}  {}", package.name, package.kind);
    println!("  {}", printable(&package.description, 512));
    println!("  license    {}", printable(&package.license, 128));
    for key in &package.publisher.keys {
        let revoked = if key.revoked { " (revoked)" } else { "" };
        println!("  key        {}{revoked}", printable(&key.id, 64));
    }
    if package.readme.is_some() {
        println!("  readme     yes; see it with --readme");
    }
    package.versions.iter().for_each(print_version);
}

fn print_version(version: &VersionDetail) {
    println!("\n{}  {}, {}", version.version, words::size(version.size), words::date(version.published_at));
    println!("  digest     {}", version.digest);
    println!("  signer     {}", printable(&version.signer, 64));
    println!("  asks for   {}", asks_for(&version.requests));
    if let Some(yank) = &version.yanked {
        println!("  YANKED     {}: {}", words::date(yank.at), printable(&yank.reason, 300));
    }
}

/// What a package asks for, in a line.
pub(super) fn asks_for(requests: &[Capability]) -> String {
    match requests {
        [] => "nothing".to_owned(),
        requests => requests.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
