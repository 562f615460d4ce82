//! Why a package is not installed, updated or removed.
//!
//! Owns: one variant per refusal, with what to do about it, and a short code for programs. What is large is boxed: an
//! error is as large as its largest variant, also where all is well. Easily confused with
//! [`TrustError`], which is one of the reasons.

use std::{io, path::PathBuf};

use inferno_package::{Capability, Kind, ManifestError, PackageRef, Version};
use inferno_registry_client::{ClientError, LockError};
use inferno_trust::{KeyId, TrustError};

/// Why a package is not installed, updated or removed. Whatever the reason, everything is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The registry did not answer, or not with what was asked for.
    #[error(transparent)]
    Registry(#[from] ClientError),
    /// The lock file cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Files cannot be read or written.
    #[error("could not {doing} {}", path.display())]
    Disk {
        /// What was attempted.
        doing: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The package has no such version.
    #[error("{name} has no version {version}; there is {}", list(available))]
    NoSuchVersion {
        /// The package.
        name: PackageRef,
        /// The version that was asked for.
        version: Version,
        /// Those that there are.
        available: Vec<Version>,
    },
    /// The package has no versions.
    #[error("{name} has no versions yet")]
    NoVersions {
        /// The package.
        name: PackageRef,
    },
    /// The version was withdrawn by its publisher.
    #[error("{name} {version} was yanked by its publisher: {reason}; choose another version")]
    Yanked {
        /// The package.
        name: PackageRef,
        /// The version.
        version: Version,
        /// Why, in its publisher's words.
        reason: String,
    },
    /// Every version was withdrawn.
    #[error("every version of {name} was yanked by its publisher, the newest, {newest}, because: {reason}")]
    AllYanked {
        /// The package.
        name: PackageRef,
        /// The newest version.
        newest: Version,
        /// Why that was, in its publisher's words.
        reason: String,
    },
    /// This very version is installed, with the same signer and the same grants.
    #[error("{name} {version} is installed already")]
    AlreadyInstalled {
        /// The package.
        name: PackageRef,
        /// The version.
        version: Version,
    },
    /// The package is not installed.
    #[error("{name} is not installed; `inferno plugin list` shows what is")]
    NotInstalled {
        /// The package.
        name: PackageRef,
    },
    /// Somebody put the package in place without a registry.
    #[error(
        "{name} was put into {} by hand; remove that folder first, so that there is one {name}",
        folder.display()
    )]
    PlacedByHand {
        /// The package.
        name: PackageRef,
        /// The folder.
        folder: PathBuf,
    },
    /// What is offered is older than what is installed.
    #[error(
        "{registry} offers {name} {offered}, which is older than the installed {installed}; an older version may have \
         weaknesses that were repaired since. If you want it nevertheless, say `--allow-older`"
    )]
    Older {
        /// The package.
        name: PackageRef,
        /// The version that is offered.
        offered: Box<Version>,
        /// The version that is installed.
        installed: Box<Version>,
        /// Who offers it.
        registry: String,
    },
    /// The version that is installed has other bytes now.
    #[error(
        "{name} {version} is installed, and {registry} has other bytes under the same version; a version never changes, \
         so ask its publisher what happened"
    )]
    Replaced {
        /// The package.
        name: PackageRef,
        /// The version.
        version: Version,
        /// Who offers it.
        registry: String,
    },
    /// Nobody trusts the key that signed it.
    #[error(
        "{name} is signed with the key {signer}, which is not trusted here yet. Compare it with the identifier that \
         the publisher announces elsewhere; if it is theirs, say `--trust {signer}`"
    )]
    UntrustedSigner {
        /// The package.
        name: PackageRef,
        /// The key.
        signer: KeyId,
    },
    /// The installed version was signed with another key.
    #[error(
        "the signer of {name} changed: the installed {version} is signed with the key {}, this one with {}. \
         Ask the publisher whether that is right; if it is, say `--trust {}`",
        keys.before, keys.after, keys.after
    )]
    SignerChanged {
        /// The package.
        name: PackageRef,
        /// The version that is installed.
        version: Version,
        /// The keys.
        keys: Box<ChangedKeys>,
    },
    /// The consent is to another key.
    #[error("you agreed to the key {agreed}, but {name} is signed with {signer}; nothing is installed")]
    OtherConsent {
        /// The package.
        name: PackageRef,
        /// The key that was agreed to.
        agreed: KeyId,
        /// The key that signed.
        signer: KeyId,
    },
    /// The registry does not have the key.
    #[error(
        "{name} is signed with the key {signer}, which the registry does not have; get the public key from the \
         publisher and add it to `[trust]` in config.toml"
    )]
    NoKey {
        /// The package.
        name: PackageRef,
        /// The key.
        signer: KeyId,
    },
    /// The publisher, or this operator, revoked the key.
    #[error(
        "{name} {version} is signed with the key {signer}, which is revoked; wait for a version with a new key"
    )]
    Revoked {
        /// The package.
        name: PackageRef,
        /// The version.
        version: Box<Version>,
        /// The key.
        signer: KeyId,
    },
    /// It asks for more than was granted.
    #[error(
        "{name} asks for more than you granted: {}. Grant it with {}, or all of it with `--yes`; to install it without, \
         say `--deny-rest`",
        list(missing),
        flags(missing)
    )]
    NotGranted {
        /// The package.
        name: PackageRef,
        /// What was not granted.
        missing: Vec<Capability>,
    },
    /// What is fetched has no good signature of a trusted key for this name, version and these bytes.
    #[error("{name} {version} is refused")]
    Trust {
        /// The package.
        name: PackageRef,
        /// The version.
        version: Version,
        /// Why not.
        #[source]
        source: Box<TrustError>,
    },
    /// The signature is good, but says something else than the registry said.
    #[error(
        "{name} {version} is not what {registry} said it is: {what}. Nothing is installed; tell the registry's operator"
    )]
    Misdescribed {
        /// The package.
        name: PackageRef,
        /// The version.
        version: Box<Version>,
        /// Who said it.
        registry: String,
        /// What differs.
        what: Box<Difference>,
    },
    /// Its `inferno.toml` is none.
    #[error("the inferno.toml of {name} {version} is refused")]
    Manifest {
        /// The package.
        name: PackageRef,
        /// The version.
        version: Version,
        /// Why.
        #[source]
        source: Box<ManifestError>,
    },
    /// The plugin host could not run it.
    #[error("{name} {version} is signed, but cannot run on this version of Inferno")]
    Unusable {
        /// The package.
        name: PackageRef,
        /// The version.
        version: Version,
        /// Why not.
        #[source]
        source: Box<inferno_plugin_host::LoadError>,
    },
    /// The installation was changed by somebody else between plan and consent.
    #[error("{name} was changed by somebody else in the meantime; look at it again")]
    Meanwhile {
        /// The package.
        name: PackageRef,
    },
}

/// The keys of a signer that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedKeys {
    /// That of the installed version.
    pub before: KeyId,
    /// That of the new one.
    pub after: KeyId,
}

/// In what a registry's words differ from what is signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// No key at all.
    #[error("it was not said which key signed it")]
    NoSigner,
    /// Another key.
    #[error("it was said to be signed with the key {said}, and is signed with {found}")]
    Signer {
        /// The key that the registry named.
        said: KeyId,
        /// The key that signed.
        found: KeyId,
    },
    /// Another kind.
    #[error("it was said to be of the kind {said}, and is of the kind {found}")]
    Kind {
        /// What the registry said.
        said: Kind,
        /// What is signed.
        found: Kind,
    },
    /// Other requests.
    #[error("it was said to ask for {}, and asks for {}", list(said), list(found))]
    Requests {
        /// What the registry said.
        said: Vec<Capability>,
        /// What is signed.
        found: Vec<Capability>,
    },
    /// Its `inferno.toml` is not about it.
    #[error("its inferno.toml has another name, version or kind, or asks for something else than was signed")]
    Manifest,
}

impl InstallError {
    /// A word for programs, the same for ever.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Registry(ClientError::NotFound { .. })
            | Self::NoSuchVersion { .. }
            | Self::NoVersions { .. } => "not_found",
            Self::Registry(ClientError::Altered { .. }) => "tampered",
            Self::Registry(_) => "registry",
            Self::Lock(_) => "lock",
            Self::Disk { .. } => "disk",
            Self::Yanked { .. } | Self::AllYanked { .. } => "yanked",
            Self::AlreadyInstalled { .. } => "already_installed",
            Self::NotInstalled { .. } => "not_installed",
            Self::PlacedByHand { .. } => "placed_by_hand",
            Self::Older { .. } => "older",
            Self::Replaced { .. } => "replaced",
            Self::UntrustedSigner { .. } | Self::NoKey { .. } => "untrusted_signer",
            Self::SignerChanged { .. } => "signer_changed",
            Self::OtherConsent { .. } => "other_consent",
            Self::Revoked { .. } => "revoked",
            Self::NotGranted { .. } => "not_granted",
            Self::Trust { source, .. } => match **source {
                TrustError::NoBundle { .. } => "unsigned",
                TrustError::DigestMismatch { .. } | TrustError::BadSignature { .. } => "tampered",
                TrustError::OtherName { .. } => "other_name",
                TrustError::OtherVersion { .. } => "other_version",
                TrustError::RevokedKey { .. } => "revoked",
                TrustError::UnknownKey { .. } | TrustError::OtherPublisher { .. } => "untrusted_signer",
                TrustError::Bundle(_) | TrustError::Statement(_) => "malformed_signature",
            },
            Self::Misdescribed { .. } => "misdescribed",
            Self::Manifest { .. } => "manifest",
            Self::Unusable { .. } => "unusable",
            Self::Meanwhile { .. } => "meanwhile",
        }
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    match items {
        [] => "nothing".to_owned(),
        items => items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn flags(missing: &[Capability]) -> String {
    let flags: Vec<_> = missing.iter().map(|capability| format!("--grant {capability}")).collect();
    format!("`{}`", flags.join(" "))
}
