//! Carrying a plan out.
//!
//! Owns: consent before fetching, verification before anything else is done with the bytes, and the one moment at which
//! a version becomes the installed one: when the lock file is replaced. Whatever happens before leaves the old state,
//! whatever happens after leaves the new one.

use inferno_package::{Capability, Grants, Manifest, Requests};
use inferno_registry_client::{Fetched, Locked};
use inferno_trust::{Component, Expected, Policy, Verified, verify};

use super::{
    Consent, InstallError, InstallPlan, Packages,
    error::{ChangedKeys, Difference},
    plan::previous,
    store::{self, Parts},
};

impl Packages {
    /// Installs what `plan` says, if `consent` agrees to all that it asks.
    ///
    /// # Errors
    /// One variant of [`InstallError`] per reason; then everything is as it was before.
    pub fn install(&self, plan: &InstallPlan, consent: &Consent) -> Result<Locked, InstallError> {
        let requests: Requests = plan.requests.iter().cloned().collect();
        let grants = agree(plan, &requests, consent)?;
        let policy = self.policy_with(plan)?;
        let fetched = self.client_of(&plan.registry).fetch(&plan.name, &plan.detail)?;
        let (verified, parts) = check(plan, &requests, fetched, &policy)?;
        let signer = policy.public_key(verified.signer().key()).cloned();
        let locked = Locked {
            name: plan.name.clone(),
            version: plan.version.clone(),
            digest: plan.digest,
            signer: signer
                .ok_or_else(|| InstallError::NoKey { name: plan.name.clone(), signer: plan.signer })?,
            registry: plan.registry.clone(),
            grants: grants.allowed().cloned().collect(),
        };
        self.put(plan, &locked, &parts)?;
        Ok(locked)
    }

    /// Configured signers, pinned keys, and the plan's key, which was agreed to.
    fn policy_with(&self, plan: &InstallPlan) -> Result<Policy, InstallError> {
        let mut policy = store::with_pins(&self.policy, &self.lock()?);
        if let Some(key) = &plan.key {
            // The name of a package has a publisher, so this cannot be refused.
            let _ = policy.keys_mut().trust_publisher(plan.name.publisher(), key.clone());
        }
        Ok(policy)
    }

    fn put(&self, plan: &InstallPlan, locked: &Locked, parts: &Parts) -> Result<(), InstallError> {
        let _guard = self.store.guard()?;
        let mut lock = self.lock()?;
        if previous(&lock, &plan.name) != plan.previous {
            return Err(InstallError::Meanwhile { name: plan.name.clone() });
        }
        if lock.get(&plan.name) == Some(locked) && self.store.holds(locked, parts) {
            let (name, version) = (plan.name.clone(), plan.version.clone());
            return Err(InstallError::AlreadyInstalled { name, version });
        }
        let staged = self.store.stage(parts)?;
        self.store.place(staged, locked)?;
        lock.insert(locked.clone());
        self.store.write(&lock)?;
        self.store.sweep(&lock);
        Ok(())
    }
}

/// What is granted, if consent covers the signer, the direction and every request.
fn agree(plan: &InstallPlan, requests: &Requests, consent: &Consent) -> Result<Grants, InstallError> {
    let (name, signer) = (|| plan.name.clone(), plan.signer);
    match (&plan.previous, consent.signer) {
        (_, Some(agreed)) if agreed != signer => {
            return Err(InstallError::OtherConsent { name: name(), agreed, signer });
        }
        (Some(previous), None) if plan.signer_changed => {
            let keys = Box::new(ChangedKeys { before: previous.signer, after: signer });
            return Err(InstallError::SignerChanged {
                name: name(),
                version: previous.version.clone(),
                keys,
            });
        }
        (_, None) if !plan.trusted => return Err(InstallError::UntrustedSigner { name: name(), signer }),
        _ => {}
    }
    if let Some(previous) = plan.previous.as_ref().filter(|_| plan.older && !consent.downgrade) {
        return Err(plan.refuse_older(&previous.version));
    }
    let grants = Grants::intersect(requests, &consent.grants);
    let missing: Vec<Capability> = grants.denied().cloned().collect();
    if missing.is_empty() || consent.deny_rest {
        Ok(grants)
    } else {
        Err(InstallError::NotGranted { name: name(), missing })
    }
}

/// Verifies what was fetched, and holds it against the plan. Nothing is done with the component before.
fn check(
    plan: &InstallPlan,
    requests: &Requests,
    fetched: Fetched,
    policy: &Policy,
) -> Result<(Verified<Component>, Parts), InstallError> {
    let (name, version) = (|| plan.name.clone(), || plan.version.clone());
    let expected = Expected { name: name(), version: version() };
    let Fetched { component, bundle, manifest: text, .. } = fetched;
    let verified = verify(component, bundle.as_deref(), &expected, policy)
        .map_err(|source| InstallError::Trust { name: name(), version: version(), source: source.into() })?;
    let differs = |what| InstallError::Misdescribed {
        name: name(),
        version: Box::new(version()),
        registry: plan.registry.to_string(),
        what: Box::new(what),
    };
    let signer = verified.signer().key();
    if signer != plan.signer {
        return Err(differs(Difference::Signer { said: plan.signer, found: signer }));
    }
    if verified.kind() != plan.kind {
        return Err(differs(Difference::Kind { said: plan.kind, found: verified.kind() }));
    }
    if verified.requests() != requests {
        let found = verified.requests().iter().cloned().collect();
        return Err(differs(Difference::Requests { said: plan.requests.clone(), found }));
    }
    let manifest = Manifest::parse(&text).map_err(|source| InstallError::Manifest {
        name: name(),
        version: version(),
        source: Box::new(source),
    })?;
    if !store::agree(&manifest, &verified) {
        return Err(differs(Difference::Manifest));
    }
    inferno_plugin_host::inspect_component(verified.get().bytes(), verified.kind()).map_err(|source| {
        InstallError::Unusable { name: name(), version: version(), source: source.into() }
    })?;
    let parts =
        Parts { component: verified.get().clone(), bundle: bundle.unwrap_or_default(), manifest: text };
    Ok((verified, parts))
}
