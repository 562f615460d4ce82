//! `inferno plugin update`.

use anyhow::{Result, bail};
use clap::Args;
use inferno_package::PackageRef;

use super::{
    install::{ConsentArguments, report},
    source::RegistryArguments,
};
use crate::packages::{InstallError, Packages};

/// Install newer versions of what is installed.
///
/// Each package is asked for in the registry that it came from. An update that changes the signer, goes back in version,
/// or asks for more than the installed version has, stops and asks.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Update everything:
    inferno plugin update
  Update one package, and grant all that it asks for:
    inferno plugin update acme/clock --yes")]
pub(in crate::cli) struct Update {
    /// The packages [default: all that came from a registry].
    packages: Vec<PackageRef>,
    #[command(flatten)]
    consent: ConsentArguments,
    #[command(flatten)]
    registry: RegistryArguments,
}

impl Update {
    pub(super) fn run(self) -> Result<()> {
        let packages = self.registry.packages()?;
        let names = match self.packages.is_empty() {
            false => self.packages.clone(),
            true => packages.installed()?.into_iter().map(|locked| locked.name).collect(),
        };
        if names.is_empty() {
            println!("nothing is installed; `inferno plugin search` shows what there is");
        }
        let mut failed = 0;
        for name in &names {
            if let Err(error) = self.update(&packages, name) {
                // One refused update is no reason to keep the others from theirs.
                let told = format!("{error:#}");
                let about =
                    if told.contains(&name.to_string()) { String::new() } else { format!("{name}: ") };
                eprintln!("error: {about}{told}");
                failed += 1;
            }
        }
        if failed > 0 {
            bail!("{failed} of {} packages are not updated; they are as they were", names.len());
        }
        Ok(())
    }

    fn update(&self, packages: &Packages, name: &PackageRef) -> Result<()> {
        let plan = match self.registry.is_named() {
            true => packages.plan_update_from_here(name)?,
            false => packages.plan_update(name)?,
        };
        let Some(plan) = plan else {
            println!("{name} is up to date");
            return Ok(());
        };
        let granted = plan.previous.iter().flat_map(|previous| &previous.grants);
        let consent = self.consent.with_grants(granted);
        match consent.carry_out(packages, &plan) {
            Ok(locked) => report(&plan, &locked),
            Err(error) if matches!(error.downcast_ref(), Some(InstallError::AlreadyInstalled { .. })) => {
                println!("{name} is up to date");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
