//! `index.json`: which models the library has.
//!
//! Owns: the file's format and its version, and the rule for names. Invariant: the file on disk is always a whole
//! index; it is replaced, never edited. Refuses: an index written by a newer Inferno.

use std::{fs, io::ErrorKind, path::Path};

use inferno_types::{Digest, ModelId};
use serde::{Deserialize, Serialize};

use crate::disk::{self, DiskError, on};

/// The version this code writes and reads.
const VERSION: u32 = 1;
/// The largest index read, in bytes: about a hundred thousand models.
const MAX_BYTES: u64 = 64 << 20;

/// A model of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    id: ModelId,
    digest: Digest,
    size: u64,
    source: String,
    /// Tells sources apart whose text hides something.
    source_key: Digest,
    file_name: String,
    added: u64,
}

impl Entry {
    pub(crate) fn new(id: ModelId, arrival: Arrival<'_>, added: u64) -> Self {
        Self {
            id,
            digest: arrival.digest,
            size: arrival.size,
            source: arrival.source.to_owned(),
            source_key: arrival.source_key,
            file_name: arrival.file_name.to_owned(),
            added,
        }
    }

    /// The name it is served under.
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// What its bytes hash to.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where it came from, without credentials.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The name its file had there.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// When it was added, in seconds since 1970 (UTC).
    pub fn added(&self) -> u64 {
        self.added
    }

    pub(crate) fn source_key(&self) -> &Digest {
        &self.source_key
    }
}

/// A complete file that is to become an entry.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) path: &'a Path,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    pub(crate) source: &'a str,
    pub(crate) source_key: Digest,
    pub(crate) file_name: &'a str,
}

/// Why the index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The local disk.
    #[error("the index of models cannot be read or written")]
    Disk(#[from] DiskError),
    /// Not JSON, or not of this form.
    #[error(
        "the index of models is damaged; move it away and pull again (the files are found by their digests)"
    )]
    Damaged(#[source] serde_json::Error),
    /// Too large.
    #[error("the index of models has {found} bytes; at most {MAX_BYTES} are read")]
    Large {
        /// Its size.
        found: u64,
    },
    /// Written by another version.
    #[error(
        "the index of models has version {found} and this Inferno reads {VERSION}; use the newer Inferno"
    )]
    Version {
        /// The version it names.
        found: u64,
    },
}

#[derive(Deserialize)]
struct Head {
    version: u64,
}

/// All entries, in order of arrival.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Index {
    version: u32,
    pub(crate) models: Vec<Entry>,
}

impl Index {
    /// Reads the index; a missing file is an empty library.
    pub(crate) fn read(path: &Path) -> Result<Self, IndexError> {
        let size = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            other => other.map_err(on("read", path))?.len(),
        };
        if size > MAX_BYTES {
            return Err(IndexError::Large { found: size });
        }
        let json = fs::read(path).map_err(on("read", path))?;
        // The version first: a later one may have any other form.
        let Head { version } = serde_json::from_slice(&json).map_err(IndexError::Damaged)?;
        if version != u64::from(VERSION) {
            return Err(IndexError::Version { found: version });
        }
        serde_json::from_slice(&json).map_err(IndexError::Damaged)
    }

    /// Replaces the file.
    pub(crate) fn write(&mut self, path: &Path) -> Result<(), IndexError> {
        self.version = VERSION;
        let json =
            serde_json::to_vec_pretty(self).expect("names, digests and numbers always have a JSON form");
        Ok(disk::replace(path, &json)?)
    }

    /// The name for a file of this digest: the file name without `.gguf`, other characters than a name may have
    /// replaced by `-`. When another content has that name already, the digest's first eight digits follow, and as
    /// many more as it takes.
    pub(crate) fn name_for(&self, file_name: &str, digest: &Digest) -> ModelId {
        let taken = |id: &ModelId| self.models.iter().any(|entry| entry.id == *id && entry.digest != *digest);
        let base = base_name(file_name);
        let hex = digest.hex();
        std::iter::once(base.clone())
            .chain((8..=64).step_by(8).map(|digits| format!("{base}-{}", &hex[..digits])))
            .filter_map(|name| name.parse().ok())
            .find(|id| !taken(id))
            .expect(
                "a name that ends in the whole digest belongs to that content alone, and it is short enough",
            )
    }
}

/// At most 63 of the allowed characters, so that a whole digest still fits behind them.
fn base_name(file_name: &str) -> String {
    let stem = match file_name.len().checked_sub(5).and_then(|at| file_name.split_at_checked(at)) {
        Some((stem, extension)) if extension.eq_ignore_ascii_case(".gguf") => stem,
        _ => file_name,
    };
    let allowed = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    let name: String = stem.chars().map(allowed).take(63).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "model".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, digest: Digest) -> Entry {
        let path = Path::new("x");
        let arrival = Arrival {
            path,
            digest,
            size: 1,
            source: "file:x",
            source_key: Digest::of(b"s"),
            file_name: "x.gguf",
        };
        Entry::new(id.parse().unwrap(), arrival, 0)
    }

    #[test]
    fn names_come_from_files() {
        for (file, name) in [
            ("SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2-135M-Instruct.Q4_1"),
            ("M.GGUF", "M"),
            ("a b/ü.gguf", "a-b"),
            (".gguf", "model"),
            ("..", "model"),
            ("", "model"),
            ("日本語", "model"),
        ] {
            assert_eq!(Index::default().name_for(file, &Digest::of(b"")).as_str(), name, "{file:?}");
        }
        assert_eq!(Index::default().name_for(&"x".repeat(500), &Digest::of(b"")).as_str().len(), 63);
    }

    #[test]
    fn a_taken_name_gets_the_digest_behind_it() {
        let (old, new) = (Digest::of(b"old"), Digest::of(b"new"));
        let mut index = Index { version: 1, models: vec![entry("m", old)] };
        assert_eq!(index.name_for("m.gguf", &old).as_str(), "m", "the same content keeps its name");
        let second = format!("m-{}", &new.hex()[..8]);
        assert_eq!(index.name_for("m.gguf", &new).as_str(), second);
        index.models.push(entry(&second, old));
        assert_eq!(index.name_for("m.gguf", &new).as_str(), format!("m-{}", &new.hex()[..16]));
    }

    #[test]
    fn reads_only_its_own_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.json");
        assert_eq!(Index::read(&path).unwrap(), Index::default());
        let mut index = Index { version: 0, models: vec![entry("m", Digest::of(b"m"))] };
        index.write(&path).unwrap();
        assert_eq!(Index::read(&path).unwrap(), index);
        for (text, message) in [
            (
                r#"{"version":2,"shelves":[]}"#,
                "the index of models has version 2 and this Inferno reads 1; use the newer Inferno",
            ),
            (
                "{",
                "the index of models is damaged; move it away and pull again (the files are found by their digests)",
            ),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(Index::read(&path).unwrap_err().to_string(), message);
        }
    }
}
