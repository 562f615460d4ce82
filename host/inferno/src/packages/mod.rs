//! Packages of an installation: found in a registry, verified, put in place, locked, removed.
//!
//! Owns: the order in which a package comes in (plan, consent, fetch, verify, inspect, put in place, lock) and the
//! refusals on the way. What is installed is what `inferno.lock` says; a folder that it does not name is nothing. Refuses
//! to compile or run anything. Easily confused with `assemble::installed`, which loads what is installed, and with
//! components that an operator put into the folder `plugins` by hand: they are loaded too, but are not ours to change.
//!
//! Everything here blocks. A server calls it from a thread that may.

mod consent;
mod error;
mod install;
mod plan;
mod standing;
pub(crate) mod store;

use inferno_package::{
    PackageRef, Version,
    catalog::{PackageDetail, SearchPage},
};
use inferno_registry_client::{
    Certificates, Fetched, LockFile, Locked, RegistryClient, RegistryUrl, SearchQuery, Token,
};
use inferno_trust::{Component, Expected, Policy, Verified, verify};

pub use self::{
    consent::Consent,
    error::InstallError,
    plan::{InstallPlan, Previous},
    standing::Standing,
    store::Store,
};
use crate::home::Home;

/// The registry that is asked when nobody names one: that of a server on this machine.
pub const DEFAULT_REGISTRY: &str = "http://127.0.0.1:8080";

/// The packages of one installation, and the registry that new ones come from.
#[derive(Debug)]
pub struct Packages {
    home: Home,
    store: Store,
    policy: Policy,
    certificates: Certificates,
    client: RegistryClient,
}

impl Packages {
    /// The packages of `home`. `policy` is what the operator configured; what the lock file pins is added to it, each
    /// key for its publisher. Nothing is read or asked yet.
    pub fn open(home: Home, policy: Policy, registry: RegistryUrl) -> Self {
        Self::with_certificates(home, policy, registry, Certificates::default())
    }

    /// The same, for registries whose certificates another authority vouches for.
    pub fn with_certificates(
        home: Home,
        policy: Policy,
        registry: RegistryUrl,
        certificates: Certificates,
    ) -> Self {
        let client = RegistryClient::with_certificates(registry, None, &certificates);
        Self { store: Store::of(&home), home, policy, certificates, client }
    }

    /// The registry that new packages come from.
    pub fn registry(&self) -> &RegistryUrl {
        self.client.registry()
    }

    /// The registry's client, for what is not about this installation. With a token it can publish.
    pub fn client(&self, token: Option<Token>) -> RegistryClient {
        RegistryClient::with_certificates(self.registry().clone(), token, &self.certificates)
    }

    /// Looks for packages in the registry.
    ///
    /// # Errors
    /// When the registry does not answer.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchPage, InstallError> {
        Ok(self.client.search(query)?)
    }

    /// Everything that the registry says about one package.
    ///
    /// # Errors
    /// When the registry does not answer or has no such package.
    pub fn package(&self, name: &PackageRef) -> Result<PackageDetail, InstallError> {
        Ok(self.client.package(name)?)
    }

    /// A version's bytes, signature and manifest as the registry has them, for looking at or for whoever verifies them:
    /// nothing is checked but that they have the digests that the registry names.
    ///
    /// # Errors
    /// When the registry does not answer, has no such version, or sends other bytes.
    pub fn fetch(&self, name: &PackageRef, version: &Version) -> Result<Fetched, InstallError> {
        Ok(self.client.component(name, version)?)
    }

    /// The same, verified under [`policy`](Self::policy): the only way to bytes that may run although they are not
    /// installed.
    ///
    /// # Errors
    /// As for [`fetch`](Self::fetch), and when no trusted key signed these bytes under this name and version.
    pub fn fetch_verified(
        &self,
        name: &PackageRef,
        version: &Version,
    ) -> Result<Verified<Component>, InstallError> {
        let Fetched { component, bundle, .. } = self.fetch(name, version)?;
        let expected = Expected { name: name.clone(), version: version.clone() };
        verify(component, bundle.as_deref(), &expected, &self.policy()?).map_err(|source| {
            InstallError::Trust { name: name.clone(), version: version.clone(), source: source.into() }
        })
    }

    /// What is installed, by name.
    ///
    /// # Errors
    /// When the lock file cannot be read.
    pub fn installed(&self) -> Result<Vec<Locked>, InstallError> {
        Ok(self.lock()?.iter().cloned().collect())
    }

    /// Whose components run here: configured signers, and for each publisher the keys that the lock file pins.
    ///
    /// # Errors
    /// When the lock file cannot be read.
    pub fn policy(&self) -> Result<Policy, InstallError> {
        Ok(store::with_pins(&self.policy, &self.lock()?))
    }

    /// Removes a package: first from the lock file, then its files.
    ///
    /// # Errors
    /// When it is not installed, was put in place by hand, or the lock file cannot be written.
    pub fn remove(&self, name: &PackageRef) -> Result<Locked, InstallError> {
        let _guard = self.store.guard()?;
        let mut lock = self.lock()?;
        let removed = self.locked(name)?;
        lock.remove(name);
        self.store.write(&lock)?;
        self.store.sweep(&lock);
        Ok(removed)
    }

    fn lock(&self) -> Result<LockFile, InstallError> {
        Ok(LockFile::read(&self.home.lock())?)
    }

    /// A client of the registry that a package came from.
    fn client_of(&self, registry: &RegistryUrl) -> RegistryClient {
        RegistryClient::with_certificates(registry.clone(), None, &self.certificates)
    }
}
