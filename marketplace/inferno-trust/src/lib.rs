//! From bytes and a policy to a [`Verified`] component: keys, statements, bundles, verification.
//!
//! Owns: the only constructor of [`Verified<Component>`](Verified), which is what the plugin host runs. Running
//! unsigned code is therefore not a flag that is off; it does not compile. Refuses: the network, clocks, and
//! any answer shorter than a proof or a reason. Easily confused with `inferno-package`, which says what a
//! package is called and asks for, without vouching for a byte of it.
//!
//! What is signed is an in-toto statement that binds a component's digest to its name, version, kind and
//! requested capabilities. The signature travels beside the component as a sigstore bundle.
//!
//! ```
//! use inferno_trust::{Expected, Policy, Release, SigningKey, TrustedKeys, sign, verify};
//!
//! let key = SigningKey::generate();
//! let release = Release::new("inferno/fuse-qkv".parse()?, "0.1.0".parse()?, "optimization-pass".parse()?);
//! let component = b"\0asm...".to_vec();
//! let bundle = sign(&component, &release, &key).to_json();
//!
//! let mut keys = TrustedKeys::new();
//! keys.trust("inferno", key.public_key())?;
//! let expected = Expected { name: release.name().clone(), version: release.version().clone() };
//! let verified = verify(component, Some(bundle.as_bytes()), &expected, &Policy::Keys(keys))?;
//! assert_eq!(verified.signer().name(), "inferno");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bundle;
mod error;
mod json;
mod key;
mod policy;
mod public_key;
mod release;
mod sign;
mod statement;
mod verified;
mod verify;

pub use bundle::{Bundle, BundleError};
pub use error::TrustError;
pub use json::JsonError;
pub use key::{KeyError, SecretPem, SigningKey};
pub use policy::{InvalidTrustedKeys, Policy, Signer, Standing, TrustedKeys};
pub use public_key::{KeyId, ParseKeyIdError, PublicKey};
pub use release::Release;
pub use sign::sign;
pub use statement::{PREDICATE_TYPE, StatementError};
pub use verified::{Component, Verified};
pub use verify::{Expected, verify};

#[cfg(test)]
mod tests;
