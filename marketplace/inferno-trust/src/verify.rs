//! From bytes, bundle, expectation and policy to a proof.
//!
//! Owns: the order of the checks. The key is chosen by the policy, never by the bundle; nothing in the payload
//! is read before its signature is good; and nothing in it counts before it names the package and version that
//! were asked for. Refuses to answer with a `bool`. Easily confused with validation of the component itself,
//! which is the plugin host's.

use inferno_package::{PackageRef, Version};
use inferno_types::Digest;

use crate::{Bundle, Component, Policy, TrustError, Verified, statement::Statement};

/// What somebody asked for. A good signature for something else is no answer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The package.
    pub name: PackageRef,
    /// Exactly this version of it.
    pub version: Version,
}

/// Checks that a signer whom `policy` trusts vouches for `component` as `expected`.
///
/// `bundle` is the JSON of a sigstore bundle, or `None` where there is none: that is refused here rather than
/// by each caller, so that there is one place to forget nothing.
///
/// # Errors
/// One variant of [`TrustError`] per reason.
pub fn verify(
    component: Vec<u8>,
    bundle: Option<&[u8]>,
    expected: &Expected,
    policy: &Policy,
) -> Result<Verified<Component>, TrustError> {
    let Some(bundle) = bundle else {
        let Expected { name, version } = expected.clone();
        return Err(TrustError::NoBundle { name, version });
    };
    let bundle = Bundle::parse(bundle)?;
    let (key, signer, scope) = policy.find(bundle.hint())?;
    if key.check(&Bundle::signed_bytes(bundle.payload()), bundle.signature()).is_err() {
        return Err(TrustError::BadSignature { signer });
    }
    let statement = Statement::parse(bundle.payload())?;
    let release = &statement.release;
    if !scope.covers(release.name().publisher()) {
        return Err(TrustError::OtherPublisher { signer, found: release.name().clone() });
    }
    if release.name() != &expected.name {
        return Err(TrustError::OtherName { expected: expected.name.clone(), found: release.name().clone() });
    }
    if release.version() != &expected.version {
        return Err(TrustError::OtherVersion {
            expected: expected.version.clone(),
            found: release.version().clone(),
        });
    }
    let found = Digest::of(&component);
    if found != statement.digest {
        return Err(TrustError::DigestMismatch { signer: Box::new(signer), signed: statement.digest, found });
    }
    Ok(Verified::new(Component::new(component), statement, signer))
}
