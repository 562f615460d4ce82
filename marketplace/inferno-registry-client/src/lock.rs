//! `inferno.lock`: what is installed, and whose signature it must have.
//!
//! Owns: the text format and its limits, and replacing the file in one step. Refuses formats of the future, keys that
//! are not what their identifier says, and two entries for one package. Easily confused with a trust policy: an entry
//! pins a key for one publisher's packages; whether that is enough is decided where the policy is made.

mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io::{self, Read as _, Write as _},
    path::Path,
    str::FromStr,
};

use inferno_package::{Capability, PackageRef, Version};
use inferno_trust::{KeyId, PublicKey};
use inferno_types::Digest;

use crate::RegistryUrl;

/// The largest lock file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;
/// The format that this version writes.
const FORMAT: i64 = 1;

/// One installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// The package.
    pub name: PackageRef,
    /// The version of it.
    pub version: Version,
    /// The digest of its component.
    pub digest: Digest,
    /// The key that signed it, and must sign every other version.
    pub signer: PublicKey,
    /// Where it came from.
    pub registry: RegistryUrl,
    /// What the operator granted it.
    pub grants: BTreeSet<Capability>,
}

/// Every installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockFile(BTreeMap<PackageRef, Locked>);

impl LockFile {
    /// Reads a file. One that does not exist is an empty one.
    ///
    /// # Errors
    /// When it cannot be read, or is not a lock file of a format that this version knows.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let mut text = String::new();
        match File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text)) {
            Ok(_) => text.parse(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(LockError::Io(error)),
        }
    }

    /// Replaces a file, so that a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LockError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let write = || {
            let mut new = tempfile::Builder::new().prefix(".inferno.lock-").tempfile_in(folder)?;
            new.write_all(self.to_string().as_bytes())?;
            new.as_file().sync_all()?;
            new.persist(path).map_err(|error| error.error)?;
            // A rename lasts only once its folder is flushed; elsewhere than on Unix folders cannot be opened.
            if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
        };
        write().map_err(LockError::Io)
    }

    /// The entry of a package.
    pub fn get(&self, name: &PackageRef) -> Option<&Locked> {
        self.0.get(name)
    }

    /// Adds or replaces an entry; answers with the one that was there.
    pub fn insert(&mut self, locked: Locked) -> Option<Locked> {
        self.0.insert(locked.name.clone(), locked)
    }

    /// Removes the entry of a package.
    pub fn remove(&mut self, name: &PackageRef) -> Option<Locked> {
        self.0.remove(name)
    }

    /// Every entry, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Locked> {
        self.0.values()
    }

    /// For each publisher, the keys that its installed packages are signed with.
    pub fn pins(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        self.iter().map(|locked| (locked.name.publisher(), &locked.signer))
    }
}

impl FromStr for LockFile {
    type Err = LockError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        wire::parse(text)
    }
}

impl fmt::Display for LockFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&wire::print(self).map_err(|_| fmt::Error)?)
    }
}

/// Why a lock file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It cannot be read or written.
    #[error("inferno.lock cannot be read or written")]
    Io(#[source] io::Error),
    /// It is too large to read.
    #[error("inferno.lock has more than 4194304 bytes; it is no lock file of ours")]
    Size,
    /// It is of a format that this version does not know.
    #[error(
        "inferno.lock has the format {found}, this version knows {FORMAT}; use the version that wrote it"
    )]
    Format {
        /// The number in the file.
        found: i64,
    },
    /// It is not TOML, or a key is unknown, missing or of another type.
    #[error(
        "inferno.lock cannot be read: {reason}; restore it, or remove it with the folder `packages` and install again"
    )]
    Shape {
        /// What the parser says, with the line and the key.
        reason: String,
    },
    /// A package has two entries.
    #[error("inferno.lock has two entries for {name}; remove the one that is not installed")]
    Twice {
        /// The package.
        name: PackageRef,
    },
    /// A key is another one than its identifier says.
    #[error("in inferno.lock, the key of {name} is {found}, not {stated}; the file was altered by hand")]
    OtherKey {
        /// The package.
        name: PackageRef,
        /// The identifier that the file states.
        stated: KeyId,
        /// The identifier of the key in the file.
        found: KeyId,
    },
}

#[cfg(test)]
mod tests;
