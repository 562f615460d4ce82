//! A download that is not finished: the bytes so far, and what is known about the whole.
//!
//! Owns: `<key>.part` and `<key>.json`. Invariant: the state is written before the first byte it describes, so that
//! bytes without a state, or of another file, are never continued.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use inferno_types::{Digest, DigestHasher};
use serde::{Deserialize, Serialize};

use crate::disk::{self, DiskError, on};

/// What servers said about the file when its download began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// The digest of the address, which itself may hold a signature.
    pub(crate) address: Digest,
    /// The whole length in bytes.
    pub(crate) length: Option<u64>,
    /// A strong entity tag, or else the time of the last change: what `If-Range` takes.
    pub(crate) validator: Option<String>,
    /// What the whole must hash to, where somebody said so.
    pub(crate) expected: Option<Digest>,
}

impl About {
    /// Whether bytes of this file may be continued: something must tell a changed file from the same one.
    fn can_continue(&self) -> bool {
        self.validator.is_some() || self.expected.is_some()
    }
}

/// The file on disk, its hash so far, and what is known.
pub(crate) struct Part {
    path: PathBuf,
    state_path: PathBuf,
    file: File,
    hasher: DigestHasher,
    have: u64,
    about: Option<About>,
}

impl Part {
    /// Opens what is left of an earlier download of the same address with the same expectation, or begins anew.
    pub(crate) fn open(stem: &Path, address: Digest, expected: Option<Digest>) -> Result<Self, DiskError> {
        let (path, state_path) = (stem.with_extension("part"), stem.with_extension("json"));
        let about: Option<About> =
            fs::read(&state_path).ok().and_then(|json| serde_json::from_slice(&json).ok());
        let about = about.filter(|a| {
            a.address == address && a.can_continue() && (expected.is_none() || a.expected == expected)
        });
        let (hasher, have) = match &about {
            Some(about) if path.is_file() => {
                let (hasher, have) = disk::hash(&path)?;
                if about.length.is_some_and(|length| have > length) {
                    Default::default()
                } else {
                    (hasher, have)
                }
            }
            _ => Default::default(),
        };
        let file = OpenOptions::new().append(true).create(true).open(&path).map_err(on("open", &path))?;
        let mut part = Self { path, state_path, file, hasher, have, about };
        if have == 0 {
            part.restart()?;
        }
        Ok(part)
    }

    /// How many bytes are there.
    pub(crate) fn have(&self) -> u64 {
        self.have
    }

    /// What is known about the whole file.
    pub(crate) fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    /// Whether every byte is there, as far as the length tells.
    pub(crate) fn is_whole(&self) -> bool {
        self.about.as_ref().and_then(|about| about.length) == Some(self.have)
    }

    /// Forgets the bytes.
    pub(crate) fn restart(&mut self) -> Result<(), DiskError> {
        self.file.set_len(0).map_err(on("write", &self.path))?;
        (self.hasher, self.have) = Default::default();
        Ok(())
    }

    /// Records what the file is, before bytes of it come.
    pub(crate) fn describe(&mut self, about: About) -> Result<(), DiskError> {
        if self.about.as_ref() != Some(&about) {
            let json =
                serde_json::to_vec(&about).expect("digests, numbers and texts always have a JSON form");
            disk::replace(&self.state_path, &json)?;
            self.about = Some(about);
        }
        Ok(())
    }

    /// Adds bytes at the end.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        self.file.write_all(bytes).map_err(on("write", &self.path))?;
        self.hasher.update(bytes);
        self.have += bytes.len() as u64;
        Ok(())
    }

    /// Flushes the bytes and gives their digest.
    pub(crate) fn finish(&self) -> Result<Digest, DiskError> {
        self.file.sync_all().map_err(on("write", &self.path))?;
        Ok(self.hasher.clone().finish())
    }

    /// Where the bytes are.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes bytes and state.
    pub(crate) fn discard(self) -> Result<(), DiskError> {
        let Self { path, state_path, file, .. } = self;
        drop(file);
        disk::remove(&state_path)?;
        disk::remove(&path)
    }
}
