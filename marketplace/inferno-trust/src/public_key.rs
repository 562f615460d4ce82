//! Public keys and their identifiers.
//!
//! Owns: P-256 keys as SPKI, their one identifier, and the check of a signature. Refuses other curves and
//! algorithms, so that nothing in a bundle can choose how it is checked. Easily confused with a
//! [`Signer`](crate::Signer), which is a key together with the name an operator gave it.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use inferno_types::{Digest, ParseDigestError};
use p256::{
    ecdsa::{Signature, VerifyingKey, signature::Verifier as _},
    pkcs8::{DecodePublicKey as _, EncodePublicKey as _, LineEnding},
};

use crate::key::{KeyError, MAX_PEM};

/// A P-256 public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    id: KeyId,
}

impl PublicKey {
    pub(crate) fn new(key: VerifyingKey) -> Self {
        let der = key.to_public_key_der().expect("a point on the curve has a DER form");
        Self { key, id: KeyId(Digest::of(der.as_bytes())) }
    }

    /// Reads the `PUBLIC KEY` PEM block that [`PublicKey::to_pem`] and `openssl pkey -pubout` write.
    ///
    /// # Errors
    /// When the text is too long, is not such a block, or holds a key of another algorithm.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.len() > MAX_PEM {
            return Err(KeyError::Size { found: pem.len() });
        }
        VerifyingKey::from_public_key_pem(pem).map(Self::new).map_err(|_| KeyError::PublicPem)
    }

    /// The key as a `PUBLIC KEY` PEM block (SPKI).
    pub fn to_pem(&self) -> String {
        self.key.to_public_key_pem(LineEnding::LF).expect("a point on the curve has a PEM form")
    }

    /// What the key is called wherever it is not written out.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Checks a DER encoded ECDSA signature with SHA-256 over `message`.
    ///
    /// A zero or oversized scalar and any encoding but strict DER are refused. Both values of `s` that a
    /// signature can have are accepted, since common signers write either; nothing identifies an artifact by
    /// the bytes of its signature.
    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let signature = Signature::from_der(signature).map_err(|_| BadSignature)?;
        self.key.verify(message, &signature).map_err(|_| BadSignature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

/// A signature that does not belong to the message and the key.
#[derive(Debug)]
pub(crate) struct BadSignature;

/// The SHA-256 of a public key's SPKI DER, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Digest);

impl KeyId {
    /// The first twelve digits: for people, never for comparison.
    pub fn short(&self) -> String {
        self.0.short()
    }

    /// The form that sigstore bundles carry as a hint: base64 of the 32 bytes.
    pub(crate) fn to_hint(self) -> String {
        STANDARD.encode(self.0.as_bytes())
    }

    pub(crate) fn from_hint(hint: &str) -> Option<Self> {
        let bytes: [u8; 32] = STANDARD.decode(hint).ok()?.try_into().ok()?;
        Some(Self(Digest::from_sha256(bytes)))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.hex())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyId {
    type Err = ParseKeyIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Digest::from_hex(s).map(Self).map_err(ParseKeyIdError)
    }
}

/// A text that is not a [`KeyId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key identifier is the SHA-256 of the public key, as `inferno key generate` prints it")]
pub struct ParseKeyIdError(#[source] ParseDigestError);
