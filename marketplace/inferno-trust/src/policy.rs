//! Whom an operator trusts.
//!
//! Owns: the list of signers, the list of revoked keys, and development mode as a value that says so wherever
//! it is shown. Refuses a policy that trusts everybody: there is none to construct. Easily confused with
//! grants, which say what a trusted component may do.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{KeyId, PublicKey, TrustError};

/// The most characters of a signer's name.
const MAX_NAME: usize = 64;

/// Which signatures are good enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// Those of the listed signers.
    Keys(TrustedKeys),
    /// Those of the listed signers and of a developer's own key. Nothing unsigned runs in development either;
    /// what differs is that the key lies on the machine that trusts it.
    Development {
        /// The developer's key.
        key: PublicKey,
        /// Everyone else.
        keys: TrustedKeys,
    },
}

/// Signers that an operator trusts, and keys that nobody may use any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys {
    signers: BTreeMap<KeyId, (String, PublicKey)>,
    revoked: BTreeSet<KeyId>,
}

/// Whose signature was good enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    name: String,
    key: KeyId,
    development: bool,
}

impl Policy {
    /// Whether a developer's key is trusted, which everyone who looks at the server should see.
    pub fn is_development(&self) -> bool {
        matches!(self, Self::Development { .. })
    }

    /// The key that `hint` means, and whose it is.
    pub(crate) fn find(&self, hint: &str) -> Result<(&PublicKey, Signer), TrustError> {
        let unknown = || TrustError::UnknownKey { hint: hint.chars().take(64).collect() };
        let id = KeyId::from_hint(hint).ok_or_else(unknown)?;
        if self.keys().revoked.contains(&id) {
            return Err(TrustError::RevokedKey { key: id });
        }
        if let Some((name, key)) = self.keys().signers.get(&id) {
            return Ok((key, Signer { name: name.clone(), key: id, development: false }));
        }
        match self {
            Self::Development { key, .. } if key.id() == id => {
                Ok((key, Signer { name: "development".to_owned(), key: id, development: true }))
            }
            _ => Err(unknown()),
        }
    }

    fn keys(&self) -> &TrustedKeys {
        match self {
            Self::Keys(keys) | Self::Development { keys, .. } => keys,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys();
        if let Self::Development { key, .. } = self {
            write!(f, "DEVELOPMENT: also trusts the local key {}; ", key.id().short())?;
        }
        match keys.signers.len() {
            0 => f.write_str("no trusted signers")?,
            1 => f.write_str("1 trusted signer")?,
            n => write!(f, "{n} trusted signers")?,
        }
        match keys.revoked.len() {
            0 => Ok(()),
            1 => f.write_str(", 1 revoked key"),
            n => write!(f, ", {n} revoked keys"),
        }
    }
}

impl TrustedKeys {
    /// Trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts `key`, whose owner is shown as `name`. One signer may have several keys.
    ///
    /// # Errors
    /// When `name` is empty, too long or not printable ASCII, is `development`, which is what the development
    /// key is shown as, or when `key` is trusted already.
    pub fn trust(&mut self, name: &str, key: PublicKey) -> Result<(), InvalidTrustedKeys> {
        let printable = name.bytes().all(|b| matches!(b, b' '..=b'~'));
        if name.trim().is_empty() || name.len() > MAX_NAME || !printable || name == "development" {
            return Err(InvalidTrustedKeys::Name);
        }
        if let Some((owner, _)) = self.signers.get(&key.id()) {
            return Err(InvalidTrustedKeys::Twice { key: key.id(), owner: owner.clone() });
        }
        self.signers.insert(key.id(), (name.to_owned(), key));
        Ok(())
    }

    /// Refuses everything that `key` signed or will sign, whoever trusts it.
    pub fn revoke(&mut self, key: KeyId) {
        self.revoked.insert(key);
    }

    /// Every trusted signer: name and key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &PublicKey)> + '_ {
        self.signers.values().map(|(name, key)| (name.as_str(), key))
    }
}

impl Signer {
    /// What the operator calls the signer; `development` for the development key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With which key the signature was made.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Whether it is trusted only because the policy is for development.
    pub fn is_development(&self) -> bool {
        self.development
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (key {})", self.name, self.key.short())
    }
}

/// Why a key cannot be added to a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTrustedKeys {
    /// The name of the signer is refused.
    #[error("a signer's name has 1 to 64 printable ASCII characters and is not `development`")]
    Name,
    /// The key is listed twice.
    #[error("the key {key} is trusted already, as {owner}; list each key once")]
    Twice {
        /// The key.
        key: KeyId,
        /// What it is listed as.
        owner: String,
    },
}
