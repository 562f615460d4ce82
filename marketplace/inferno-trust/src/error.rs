//! Why a component is not trusted.
//!
//! Owns: one variant per reason, each with what to do about it. Refuses to fold reasons into "invalid
//! signature": an operator who meets a typing error must not learn to shrug at a forgery. Easily confused with
//! [`BundleError`] and [`StatementError`], which say why bytes could not even be judged.

use inferno_package::{PackageRef, Version};
use inferno_types::Digest;

use crate::{BundleError, KeyId, Signer, StatementError};

/// Why [`verify`](crate::verify) refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// There is no bundle at all.
    #[error(
        "{name} {version} has no signature; nothing unsigned runs here, so ask its publisher for the bundle"
    )]
    NoBundle {
        /// The package that was wanted.
        name: PackageRef,
        /// The version that was wanted.
        version: Version,
    },
    /// The bundle is malformed or of a form that cannot be judged.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// No trusted signer has this key.
    #[error(
        "nobody whom you trust has the key that signed this ({hint}); if you know the publisher, \
         add their public key to the trusted keys"
    )]
    UnknownKey {
        /// The key that the bundle names, or its hint where that names none.
        hint: String,
    },
    /// The key was revoked.
    #[error(
        "the key {key} that signed this is revoked; ask the publisher for a release signed with a new key"
    )]
    RevokedKey {
        /// The key.
        key: KeyId,
    },
    /// The signature is not one of that key over that statement.
    #[error(
        "the signature was not made by {signer} over this statement; the bundle was altered or forged, \
         so fetch it again from its publisher"
    )]
    BadSignature {
        /// The signer whose key the hint names.
        signer: Signer,
    },
    /// What was signed is not a release.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A good signature of a key that is trusted for another publisher's packages only.
    #[error(
        "{found} is signed by {signer}, whose key is trusted for that publisher's packages only; add the key to the \
         trusted keys if it may sign for {} too",
        found.publisher()
    )]
    OtherPublisher {
        /// Who signed.
        signer: Signer,
        /// The package that was signed.
        found: PackageRef,
    },
    /// A good signature, for another package.
    #[error("the bundle is for {found}, not for {expected}; was a bundle of another package put beside it?")]
    OtherName {
        /// The package that was wanted.
        expected: PackageRef,
        /// The package that was signed.
        found: PackageRef,
    },
    /// A good signature, for another version.
    #[error(
        "the bundle is for version {found}, not for {expected}; ask for that version if it is the one \
         you want"
    )]
    OtherVersion {
        /// The version that was wanted.
        expected: Version,
        /// The version that was signed.
        found: Version,
    },
    /// A good signature, for other bytes.
    #[error(
        "the component has the digest {found}, but {signer} signed {signed}; the file was altered or damaged, \
         so fetch it again"
    )]
    DigestMismatch {
        /// Who signed. Boxed, so that every other refusal need not be as large as this one.
        signer: Box<Signer>,
        /// The digest that was signed.
        signed: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
}
