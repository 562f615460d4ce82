//! The marketplace: packages of the registry, installed here and running at once where their kind allows.

use std::sync::Arc;

use inferno_http::{
    api::{
        marketplace::{InstallPlan, InstallRequest, SearchParams},
        plugins::PluginInfo,
    },
    seam::{Fetched, Marketplace, Problem, ProblemKind},
};
use inferno_package::{
    PackageRef, Version,
    catalog::{PackageDetail, SearchPage},
};
use inferno_registry_client::SearchQuery;
use inferno_trust::KeyId;

use super::{Roster, problem};
use crate::packages::{self, Consent, Packages};

/// A registry, and the installation that packages go to.
pub(crate) struct Market {
    pub(crate) packages: Arc<Packages>,
    pub(crate) roster: Arc<Roster>,
}

impl Market {
    /// Removes a package, and stops what it ran.
    pub(crate) fn remove(&self, name: &PackageRef) -> Result<(), Problem> {
        self.packages.remove(name).map_err(|error| problem::install(&error))?;
        self.roster.refresh().map_err(|error| problem::internal(&error))?;
        // Whoever installs it again wants it to run.
        self.roster.keep_switch(name, true)
    }

    fn planned(&self, agreed: &InstallRequest) -> Result<packages::InstallPlan, Problem> {
        let plan = self.packages.plan(&agreed.name, Some(&agreed.version));
        let plan = plan.map_err(|error| problem::install(&error))?;
        if plan.digest == agreed.digest && agreed.grants.iter().all(|grant| plan.requests.contains(grant)) {
            Ok(plan)
        } else {
            let message = format!(
                "{} {} is not what was agreed to: the registry has other bytes, or they do not ask for what is \
                 granted. Ask for a new plan.",
                agreed.name, agreed.version
            );
            Err(Problem::new(ProblemKind::Conflict, "plan_changed", message))
        }
    }
}

impl Marketplace for Market {
    fn search(&self, wanted: &SearchParams) -> Result<SearchPage, Problem> {
        let SearchParams { text, kind, publisher, offset, limit } = wanted.clone();
        let query = SearchQuery { text, kind, publisher, offset, limit };
        self.packages.search(&query).map_err(|error| problem::install(&error))
    }

    fn package(&self, name: &PackageRef) -> Result<PackageDetail, Problem> {
        self.packages.package(name).map_err(|error| problem::install(&error))
    }

    fn plan(&self, name: &PackageRef, version: Option<&Version>) -> Result<InstallPlan, Problem> {
        let plan = self.packages.plan(name, version).map_err(|error| problem::install(&error))?;
        Ok(InstallPlan {
            name: plan.name,
            version: plan.version,
            kind: plan.kind,
            description: plan.description,
            digest: plan.digest,
            size: plan.size,
            signer: plan.signer.to_string(),
            trusted: plan.trusted,
            previous: plan.previous.map(|previous| previous.version),
            signer_changed: plan.signer_changed,
            older: plan.older,
            requests: plan.requests,
        })
    }

    fn install(&self, agreed: &InstallRequest) -> Result<PluginInfo, Problem> {
        let signer: KeyId = agreed.signer.parse().map_err(|_| {
            let message =
                "`signer` is the identifier of a key: the 64 hexadecimal digits that the plan names.";
            Problem::new(ProblemKind::Invalid, "invalid_signer", message)
        })?;
        let plan = self.planned(agreed)?;
        let consent = Consent {
            signer: Some(signer),
            grants: agreed.grants.iter().cloned().collect(),
            // The page showed everything that it asks for; what is not granted is denied.
            deny_rest: true,
            downgrade: agreed.allow_older,
        };
        self.packages.install(&plan, &consent).map_err(|error| problem::install(&error))?;
        self.roster.refresh().map_err(|error| problem::internal(&error))?;
        self.roster.keep_switch(&agreed.name, true)?;
        let entry = self.roster.entry(&agreed.name)?;
        Ok(self.roster.info(&entry))
    }

    fn fetch(&self, name: &PackageRef, version: &Version) -> Result<Fetched, Problem> {
        let fetched = self.packages.fetch(name, version).map_err(|error| problem::install(&error))?;
        let bundle = fetched.bundle.ok_or_else(|| {
            let message =
                format!("{name} {version} has no signature in the registry. Nothing unsigned runs.");
            Problem::new(ProblemKind::Refused, "unsigned", message)
        })?;
        Ok(Fetched { component: fetched.component, bundle })
    }
}
