//! Signing a release, offline.
//!
//! Owns: the order statement → pre-authentication encoding → signature → bundle. Refuses nothing: whoever has
//! the key may say what they like with it, and [`verify`](crate::verify) judges. Easily confused with
//! publishing, which also needs a registry and its log.

use inferno_types::Digest;

use crate::{Bundle, Release, SigningKey, statement::Statement};

/// Signs that `component` is `release`. The same arguments give the same bundle.
pub fn sign(component: &[u8], release: &Release, key: &SigningKey) -> Bundle {
    let statement = Statement { release: release.clone(), digest: Digest::of(component) };
    sign_payload(&statement.to_json(), key)
}

/// Signs any payload. Apart, so that tests can forge statements that [`sign`] never makes.
pub(crate) fn sign_payload(payload: &[u8], key: &SigningKey) -> Bundle {
    let signature = key.sign(&Bundle::signed_bytes(payload));
    Bundle::new(key.public_key().id(), payload, signature)
}
