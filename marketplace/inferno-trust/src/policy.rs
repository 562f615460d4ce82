//! Whom an operator trusts.
//!
//! Owns: the list of signers, the keys that are trusted for one publisher's packages only, the list of revoked
//! keys, and development mode as a value that says so wherever it is shown. Refuses a policy that trusts everybody:
//! there is none to construct. Easily confused with grants, which say what a trusted component may do.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use inferno_package::PackageRef;

use crate::{KeyId, PublicKey, TrustError, statement::shorten};

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
    publishers: BTreeMap<KeyId, (BTreeSet<String>, PublicKey)>,
    revoked: BTreeSet<KeyId>,
}

/// What a policy says about a key and a publisher, before anything is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// What the key signs for this publisher is trusted.
    Trusted(Signer),
    /// Nobody trusts the key for this publisher.
    Unknown,
    /// The key is revoked.
    Revoked,
}

/// For which packages a signature counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope<'a> {
    /// For every package.
    All,
    /// For those of these publishers.
    Publishers(&'a BTreeSet<String>),
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

    /// The keys, for adding to them.
    pub fn keys_mut(&mut self) -> &mut TrustedKeys {
        match self {
            Self::Keys(keys) | Self::Development { keys, .. } => keys,
        }
    }

    /// The key called `id`, if anything that it signs could be trusted.
    pub fn public_key(&self, id: KeyId) -> Option<&PublicKey> {
        self.find(&id.to_hint()).ok().map(|(key, ..)| key)
    }

    /// What would become of a good signature of `key` over a package of `publisher`. Says nothing about any
    /// signature: that is [`verify`](crate::verify)'s.
    pub fn standing(&self, key: KeyId, publisher: &str) -> Standing {
        match self.find(&key.to_hint()) {
            Ok((_, signer, scope)) if scope.covers(publisher) => Standing::Trusted(signer),
            Err(TrustError::RevokedKey { .. }) => Standing::Revoked,
            Ok(_) | Err(_) => Standing::Unknown,
        }
    }

    /// The key that `hint` means, whose it is, and what it may sign.
    pub(crate) fn find(&self, hint: &str) -> Result<(&PublicKey, Signer, Scope<'_>), TrustError> {
        let no_key = || TrustError::UnknownKey { hint: format!("hint {:?}", shorten(hint)) };
        let id = KeyId::from_hint(hint).ok_or_else(no_key)?;
        let unknown = || TrustError::UnknownKey { hint: format!("key {id}") };
        if self.keys().revoked.contains(&id) {
            return Err(TrustError::RevokedKey { key: id });
        }
        if let Some((name, key)) = self.keys().signers.get(&id) {
            return Ok((key, Signer { name: name.clone(), key: id, development: false }, Scope::All));
        }
        if let Self::Development { key, .. } = self
            && key.id() == id
        {
            let name = "development".to_owned();
            return Ok((key, Signer { name, key: id, development: true }, Scope::All));
        }
        let (publishers, key) = self.keys().publishers.get(&id).ok_or_else(unknown)?;
        let name = publishers.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        Ok((key, Signer { name, key: id, development: false }, Scope::Publishers(publishers)))
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
        match keys.publishers.len() {
            0 => {}
            1 => f.write_str(", 1 key for one publisher's packages")?,
            n => write!(f, ", {n} keys for one publisher's packages each")?,
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

    /// Trusts `key` for the packages of `publisher` and for no other. Saying it twice is saying it once; a key may be
    /// trusted for several publishers, one call each.
    ///
    /// # Errors
    /// When `publisher` could not be one.
    pub fn trust_publisher(&mut self, publisher: &str, key: PublicKey) -> Result<(), InvalidTrustedKeys> {
        // A publisher is what stands before the slash of a package that it could have.
        if format!("{publisher}/x").parse::<PackageRef>().is_err() {
            return Err(InvalidTrustedKeys::Publisher);
        }
        let (publishers, _) = self.publishers.entry(key.id()).or_insert_with(|| (BTreeSet::new(), key));
        publishers.insert(publisher.to_owned());
        Ok(())
    }

    /// Refuses everything that `key` signed or will sign, whoever trusts it.
    pub fn revoke(&mut self, key: KeyId) {
        self.revoked.insert(key);
    }

    /// Every signer that is trusted for every package: name and key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &PublicKey)> + '_ {
        self.signers.values().map(|(name, key)| (name.as_str(), key))
    }
}

impl Scope<'_> {
    pub(crate) fn covers(self, publisher: &str) -> bool {
        match self {
            Self::All => true,
            Self::Publishers(publishers) => publishers.contains(publisher),
        }
    }
}

impl Signer {
    /// What the operator calls the signer; `development` for the development key; the publisher, or the publishers, for
    /// a key that is trusted for their packages only.
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
    /// The name of the publisher is refused.
    #[error("a publisher is what stands before the slash in the name of a package, such as `inferno`")]
    Publisher,
    /// The key is listed twice.
    #[error("the key {key} is trusted already, as {owner}; list each key once")]
    Twice {
        /// The key.
        key: KeyId,
        /// What it is listed as.
        owner: String,
    },
}
