//! `inferno plugin install`, and what it has in common with `update`: showing a plan, and asking.

mod ask;

use anyhow::{Result, bail};
use clap::Args;
use inferno_package::{Capability, Kind, OperatorGrants, PackageRef, Version};
use inferno_registry_client::Locked;
use inferno_trust::KeyId;

use self::ask::{Ask, Terminal};
use super::{info::asks_for, source::RegistryArguments};
use crate::{
    cli::words,
    packages::{Consent, InstallError, InstallPlan, Packages},
};

/// Install a package: fetched, verified, and only then put in place.
///
/// It is shown who signed the package and what it asks for, and nothing is fetched before you agreed to both. A key that
/// is trusted for one package is trusted for that publisher's packages and for no others, and `inferno.lock` pins it: a
/// later version with another signer stops and asks. On a terminal you are asked; elsewhere you say it with options.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Install the newest version, and be asked:
    inferno plugin install acme/clock
  In a script: name the key and what it may do:
    inferno plugin install acme/clock --trust 5cd252…7cd3 --grant log --grant metrics
  A certain version, with all that it asks for:
    inferno plugin install acme/clock@0.1.0 --yes

A running server takes a widget or an analyzer over at once. An optimization pass has its say when a model is loaded, so
for that the server is started again.")]
pub(in crate::cli) struct Install {
    /// The package, such as `acme/clock` or `acme/clock@0.1.0`.
    package: Wanted,
    #[command(flatten)]
    consent: ConsentArguments,
    #[command(flatten)]
    registry: RegistryArguments,
}

/// What is agreed to beforehand.
#[derive(Debug, Default, Args)]
pub(super) struct ConsentArguments {
    /// The key that may sign this publisher's packages: its whole identifier, as the publisher announces it.
    #[arg(long, value_name = "KEYID")]
    trust: Option<KeyId>,
    /// Something that it may do, of what it asks for: `log`, `metric:NAME`, or `metrics` for all metrics. May be
    /// repeated.
    #[arg(long, value_name = "CAPABILITY")]
    grant: Vec<String>,
    /// Grant all that it asks for.
    #[arg(long, conflicts_with_all = ["grant", "deny_rest"])]
    yes: bool,
    /// Install it although something that it asks for is not granted.
    #[arg(long)]
    deny_rest: bool,
    /// Install it although it is older than what is installed.
    #[arg(long)]
    allow_older: bool,
}

/// A package, and perhaps a version.
#[derive(Debug, Clone)]
struct Wanted {
    name: PackageRef,
    version: Option<Version>,
}

impl std::str::FromStr for Wanted {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version.parse()?)),
            None => (text, None),
        };
        Ok(Self { name: name.parse()?, version })
    }
}

impl Install {
    pub(super) fn run(self) -> Result<()> {
        let packages = self.registry.packages()?;
        let plan = packages.plan(&self.package.name, self.package.version.as_ref())?;
        match self.consent.carry_out(&packages, &plan) {
            Err(error) if is_installed_already(&error) => println!("{error}"),
            outcome => report(&plan, &outcome?),
        }
        Ok(())
    }
}

impl ConsentArguments {
    /// The same, and what was granted before.
    pub(super) fn with_grants<'a>(&self, granted: impl Iterator<Item = &'a Capability>) -> Self {
        let grant = self.grant.iter().cloned().chain(granted.map(ToString::to_string)).collect();
        Self { grant, ..*self }
    }

    /// Shows a plan, asks what was not said beforehand, and installs.
    pub(super) fn carry_out(&self, packages: &Packages, plan: &InstallPlan) -> Result<Locked> {
        print!("{}", show(plan));
        let consent = self.decide(plan, &mut Terminal)?;
        Ok(packages.install(plan, &consent)?)
    }

    /// The consent that these arguments and the answers make. What nobody answers stays open, and is refused when it is
    /// installed, in words that name the option.
    fn decide(&self, plan: &InstallPlan, ask: &mut dyn Ask) -> Result<Consent> {
        let mut stop_unless = |question: &str| match ask.yes(question) {
            Some(false) => bail!("nothing is installed"),
            answer => Ok(answer == Some(true)),
        };
        let mut signer = self.trust;
        if signer.is_none() && (!plan.trusted || plan.signer_changed) && stop_unless(&about_signer(plan))? {
            signer = Some(plan.signer);
        }
        let mut downgrade = self.allow_older;
        if plan.older && !downgrade {
            downgrade = stop_unless("Replace the installed version by this older one?")?;
        }
        let all = || plan.requests.iter().cloned().collect::<OperatorGrants>();
        let mut grants = if self.yes { all() } else { OperatorGrants::parse(&self.grant)? };
        let missing: Vec<Capability> =
            plan.requests.iter().filter(|request| !grants.grants(request)).cloned().collect();
        if !missing.is_empty() && !self.deny_rest && stop_unless(&about_grants(plan, &missing))? {
            grants = all();
        }
        Ok(Consent { signer, grants, deny_rest: self.deny_rest, downgrade })
    }
}

fn about_signer(plan: &InstallPlan) -> String {
    let publisher = plan.name.publisher();
    let advice = format!("Compare the key with the one that {publisher} announces elsewhere.");
    match plan.previous.as_ref().filter(|_| plan.signer_changed) {
        Some(previous) => format!(
            "The signer changed: {} was signed with the key\n  {}\nand this is signed with\n  {}\n{advice}\n\
             Trust the new key for packages of {publisher}?",
            previous.version, previous.signer, plan.signer
        ),
        None => format!(
            "Nobody here trusts the key {} yet.\n{advice}\nTrust it for packages of {publisher}, and no others?",
            plan.signer
        ),
    }
}

fn about_grants(plan: &InstallPlan, missing: &[Capability]) -> String {
    let what: String = missing.iter().map(|capability| format!("  {}\n", explain(capability))).collect();
    format!("{} asks to\n{what}Grant this?", plan.name)
}

fn explain(capability: &Capability) -> String {
    match capability {
        Capability::Log => "write lines to the server's log (log)".to_owned(),
        Capability::Metric(name) => format!("read the metric {name}"),
        other => other.to_string(),
    }
}

/// A plan as people read it.
fn show(plan: &InstallPlan) -> String {
    let signer = match (plan.signer_changed, plan.trusted) {
        (true, _) => "ANOTHER KEY than before",
        (false, true) => "trusted",
        (false, false) => "not trusted here yet",
    };
    let before = plan.previous.as_ref().map(|previous| format!("  installed  {}\n", previous.version));
    format!(
        "{} {}  {}, {}, {}\n  {}\n{}  digest     {}\n  signer     {} ({signer})\n  asks for   {}\n  from       {}\n",
        plan.name,
        plan.version,
        plan.kind,
        words::size(plan.size),
        plan.license,
        plan.description,
        before.unwrap_or_default(),
        plan.digest,
        plan.signer,
        asks_for(&plan.requests),
        plan.registry,
    )
}

/// Says what was done.
pub(super) fn report(plan: &InstallPlan, locked: &Locked) {
    let grants: Vec<Capability> = locked.grants.iter().cloned().collect();
    println!("installed {} {}; verified before it was put in place", locked.name, locked.version);
    println!("  granted    {}", asks_for(&grants));
    match plan.kind {
        Kind::OptimizationPass => {
            println!("\nnext: inferno serve, or inferno model optimize to see what it does")
        }
        _ => println!("\nnext: inferno serve; a running server has it already"),
    }
}

fn is_installed_already(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(InstallError::AlreadyInstalled { .. }))
}

#[cfg(test)]
mod tests;
