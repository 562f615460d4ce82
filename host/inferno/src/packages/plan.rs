//! What installing would do, before it is done.
//!
//! Owns: choosing a version, and holding what the registry offers against what is installed and who is trusted. Refuses
//! what no consent could mend: a yanked version, a revoked key, a key that nobody has. Everything else is shown, and is
//! checked again when it is installed.

use inferno_package::{
    Capability, Kind, PackageRef, Version,
    catalog::{PackageDetail, VersionDetail},
};
use inferno_registry_client::{LockFile, Locked, RegistryClient, RegistryUrl, printable};
use inferno_trust::{KeyId, PublicKey, Standing as KeyStanding};
use inferno_types::Digest;

use super::{InstallError, Packages, error::Difference, store};

/// The most characters of a reason that are repeated.
pub(super) const MAX_REASON: usize = 300;

/// What would be installed, and what needs an operator's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallPlan {
    /// The package.
    pub name: PackageRef,
    /// The version.
    pub version: Version,
    /// What its component does.
    pub kind: Kind,
    /// One line for people. Nobody signed it.
    pub description: String,
    /// The licence. Nobody signed it.
    pub license: String,
    /// The digest of the component.
    pub digest: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// The key that signed it, as the registry says.
    pub signer: KeyId,
    /// Whether that key is trusted for this publisher already.
    pub trusted: bool,
    /// What is installed now.
    pub previous: Option<Previous>,
    /// Whether what is installed now was signed with another key.
    pub signer_changed: bool,
    /// Whether what is installed now is newer.
    pub older: bool,
    /// What it asks for.
    pub requests: Vec<Capability>,
    /// Where it comes from.
    pub registry: RegistryUrl,
    /// The version in the registry's words.
    pub(super) detail: VersionDetail,
    /// The key, where the registry has it.
    pub(super) key: Option<PublicKey>,
}

/// What is installed before an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// The version.
    pub version: Version,
    /// The digest of its component.
    pub digest: Digest,
    /// The key that signed it.
    pub signer: KeyId,
    /// What it was granted.
    pub grants: Vec<Capability>,
}

impl Packages {
    /// What installing `name` would do: `version`, or the newest that is not yanked.
    ///
    /// # Errors
    /// When the registry does not answer, or with a package or version that nobody may install.
    pub fn plan(&self, name: &PackageRef, version: Option<&Version>) -> Result<InstallPlan, InstallError> {
        self.plan_from(&self.client, name, version)
    }

    /// What updating an installed package would do, in the registry that it came from. `None`: it is the newest.
    ///
    /// # Errors
    /// When it is not installed, and for the reasons of [`plan`](Self::plan); when the registry offers as newest what is
    /// older than what is installed, or other bytes as the installed version.
    pub fn plan_update(&self, name: &PackageRef) -> Result<Option<InstallPlan>, InstallError> {
        let locked = self.locked(name)?;
        self.newer(&self.client_of(&locked.registry), &locked)
    }

    /// The same, in this installation's registry, wherever the package came from.
    ///
    /// # Errors
    /// As for [`plan_update`](Self::plan_update).
    pub fn plan_update_from_here(&self, name: &PackageRef) -> Result<Option<InstallPlan>, InstallError> {
        self.newer(&self.client, &self.locked(name)?)
    }

    pub(super) fn locked(&self, name: &PackageRef) -> Result<Locked, InstallError> {
        self.lock()?.get(name).cloned().ok_or_else(|| match self.store.placed_by_hand(name) {
            Some(folder) => InstallError::PlacedByHand { name: name.clone(), folder },
            None => InstallError::NotInstalled { name: name.clone() },
        })
    }

    fn newer(&self, client: &RegistryClient, locked: &Locked) -> Result<Option<InstallPlan>, InstallError> {
        let plan = self.plan_from(client, &locked.name, None)?;
        if plan.older {
            return Err(plan.refuse_older(&locked.version));
        }
        Ok((plan.version != locked.version || plan.signer_changed).then_some(plan))
    }

    fn plan_from(
        &self,
        client: &RegistryClient,
        name: &PackageRef,
        version: Option<&Version>,
    ) -> Result<InstallPlan, InstallError> {
        if let Some(folder) = self.store.placed_by_hand(name) {
            return Err(InstallError::PlacedByHand { name: name.clone(), folder });
        }
        let package = client.package(name)?;
        let detail = choose(&package, version)?.clone();
        let lock = self.lock()?;
        let signer: KeyId = detail.signer.parse().map_err(|_| InstallError::Misdescribed {
            name: name.clone(),
            version: Box::new(detail.version.clone()),
            registry: client.registry().to_string(),
            what: Box::new(Difference::NoSigner),
        })?;
        let revoked = || InstallError::Revoked {
            name: name.clone(),
            version: Box::new(detail.version.clone()),
            signer,
        };
        let listed = package.publisher.keys.iter().find(|key| key.id == detail.signer);
        if listed.is_some_and(|key| key.revoked) {
            return Err(revoked());
        }
        // What counts is the key itself: an identifier that is not its own names nothing.
        let key =
            listed.and_then(|key| PublicKey::from_pem(&key.public_key).ok()).filter(|key| key.id() == signer);
        let trusted = match store::with_pins(&self.policy, &lock).standing(signer, name.publisher()) {
            KeyStanding::Revoked => return Err(revoked()),
            KeyStanding::Trusted(_) => true,
            KeyStanding::Unknown if key.is_none() => {
                return Err(InstallError::NoKey { name: name.clone(), signer });
            }
            KeyStanding::Unknown => false,
        };
        let plan = InstallPlan {
            name: name.clone(),
            version: detail.version.clone(),
            kind: detail.kind,
            description: printable(&package.description, 512),
            license: printable(&package.license, 128),
            digest: detail.digest,
            size: detail.size,
            signer,
            trusted,
            previous: previous(&lock, name),
            signer_changed: lock.get(name).is_some_and(|locked| locked.signer.id() != signer),
            older: lock.get(name).is_some_and(|locked| locked.version > detail.version),
            requests: detail.requests.clone(),
            registry: client.registry().clone(),
            detail,
            key,
        };
        plan.refuse_replaced(lock.get(name))?;
        Ok(plan)
    }
}

impl InstallPlan {
    /// A first installation of `detail`, signed by a key that nobody trusts yet.
    #[cfg(test)]
    pub(crate) fn for_test(name: &str, detail: VersionDetail, key: PublicKey) -> Self {
        Self {
            name: name.parse().expect("a name"),
            version: detail.version.clone(),
            kind: detail.kind,
            description: "Shows the time.".to_owned(),
            license: "Apache-2.0".to_owned(),
            digest: detail.digest,
            size: detail.size,
            signer: key.id(),
            trusted: false,
            previous: None,
            signer_changed: false,
            older: false,
            requests: detail.requests.clone(),
            registry: "https://plugins.example.org".parse().expect("an origin"),
            detail,
            key: Some(key),
        }
    }

    /// Refuses other bytes under the version that is installed.
    fn refuse_replaced(&self, locked: Option<&Locked>) -> Result<(), InstallError> {
        match locked {
            Some(locked) if locked.version == self.version && locked.digest != self.digest => {
                Err(InstallError::Replaced {
                    name: self.name.clone(),
                    version: self.version.clone(),
                    registry: self.registry.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn refuse_older(&self, installed: &Version) -> InstallError {
        InstallError::Older {
            name: self.name.clone(),
            offered: Box::new(self.version.clone()),
            installed: Box::new(installed.clone()),
            registry: self.registry.to_string(),
        }
    }
}

pub(super) fn previous(lock: &LockFile, name: &PackageRef) -> Option<Previous> {
    lock.get(name).map(|locked| Previous {
        version: locked.version.clone(),
        digest: locked.digest,
        signer: locked.signer.id(),
        grants: locked.grants.iter().cloned().collect(),
    })
}

/// The version that was asked for, or the newest. A registry's order is not relied on.
fn choose<'a>(
    package: &'a PackageDetail,
    version: Option<&Version>,
) -> Result<&'a VersionDetail, InstallError> {
    let name = || package.name.clone();
    let versions = || package.versions.iter();
    let none_installable = || match versions().max_by(|a, b| a.version.cmp(&b.version)) {
        Some(VersionDetail { version, yanked: Some(yank), .. }) => InstallError::AllYanked {
            name: name(),
            newest: version.clone(),
            reason: printable(&yank.reason, MAX_REASON),
        },
        _ => InstallError::NoVersions { name: name() },
    };
    let Some(version) = version else {
        let good = versions().filter(|detail| detail.yanked.is_none());
        return good.max_by(|a, b| a.version.cmp(&b.version)).ok_or_else(none_installable);
    };
    let detail = versions().find(|detail| detail.version == *version).ok_or_else(|| {
        let available = versions().map(|detail| detail.version.clone()).collect();
        InstallError::NoSuchVersion { name: name(), version: version.clone(), available }
    })?;
    match &detail.yanked {
        None => Ok(detail),
        Some(yank) => Err(InstallError::Yanked {
            name: name(),
            version: version.clone(),
            reason: printable(&yank.reason, MAX_REASON),
        }),
    }
}
