//! Compiled components on disk, so that a start does not compile what an earlier one did.
//!
//! An artifact is native code: loading one is running whatever wrote it. So only what this installation compiled
//! is ever loaded. The folder belongs to the user alone, and each artifact carries an HMAC-SHA256 under a random
//! key that lies beside the folder's contents, over the digest of the component, the settings of the engine and
//! the code. What does not match is ignored, counted, warned about and compiled anew. See
//! `docs/decisions/0002-authenticated-code-cache.md`, also for what this does not defend against: someone who may
//! already read this user's files.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use inferno_types::Digest;
use wasmtime::{Engine, component::Component};

use crate::CacheStats;

mod key;

use key::Key;

const EXTENSION: &str = "code";
const MAC_BYTES: usize = 32;
/// An artifact is several times the size of its component.
const MAX_ARTIFACT_BYTES: u64 = 256 << 20;
/// Beyond this many the oldest are deleted.
const MAX_ARTIFACTS: usize = 256;

/// The folder of one installation.
#[derive(Debug)]
pub(crate) struct CodeCache {
    folder: PathBuf,
    key: Key,
    settings: Digest,
    // Changes on load only.
    stats: Mutex<CacheStats>,
}

impl CodeCache {
    /// Opens the cache in `folder`, and creates folder and key when they are missing.
    ///
    /// # Errors
    /// When the folder cannot be created, is not this user's, or cannot be written.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> io::Result<Self> {
        private_folder(folder)?;
        let key = Key::open(folder)?;
        let settings = settings(engine);
        Ok(Self { folder: folder.to_owned(), key, settings, stats: Mutex::default() })
    }

    /// The compiled form of the component with this digest, if this host compiled it with these settings.
    pub(crate) fn get(&self, engine: &Engine, component: &Digest) -> Option<Component> {
        let path = self.path(component);
        let found = match read(&path) {
            Ok(Some(file)) => self.authenticate(component, &file).and_then(|code| load(engine, code)),
            Ok(None) => {
                self.count(|stats| stats.misses += 1);
                return None;
            }
            Err(error) => Err(Refusal::Unreadable(error)),
        };
        match found {
            Ok(component) => {
                self.count(|stats| stats.hits += 1);
                Some(component)
            }
            Err(refusal) => {
                tracing::warn!(path = %path.display(), %refusal, "ignored compiled code from the cache; compiling anew");
                self.count(|stats| {
                    stats.refused += 1;
                    stats.misses += 1;
                });
                None
            }
        }
    }

    /// Keeps a compiled component. A cache that cannot be written is worth a warning, not a failure.
    pub(crate) fn put(&self, digest: &Digest, component: &Component) {
        if let Err(error) = self.try_put(digest, component) {
            tracing::warn!(folder = %self.folder.display(), %error, "compiled code could not be kept");
        }
    }

    pub(crate) fn stats(&self) -> CacheStats {
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_put(&self, digest: &Digest, component: &Component) -> io::Result<()> {
        let code = component.serialize().map_err(|error| io::Error::other(error.to_string()))?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        io::Write::write_all(&mut file, &self.key.mac(digest, &self.settings, &code))?;
        io::Write::write_all(&mut file, &code)?;
        file.persist(self.path(digest)).map_err(|error| error.error)?;
        prune(&self.folder)
    }

    fn authenticate<'a>(&self, component: &Digest, file: &'a [u8]) -> Result<Authentic<'a>, Refusal> {
        let (mac, code) = file.split_at_checked(MAC_BYTES).ok_or(Refusal::Forged)?;
        if self.key.verify(component, &self.settings, code, mac) {
            Ok(Authentic(code))
        } else {
            Err(Refusal::Forged)
        }
    }

    fn path(&self, component: &Digest) -> PathBuf {
        let name = format!("{}-{}.{EXTENSION}", component.hex(), self.settings.short());
        self.folder.join(name)
    }

    fn count(&self, change: impl FnOnce(&mut CacheStats)) {
        change(&mut self.stats.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Code whose authentication code was checked. Only `authenticate` makes one.
struct Authentic<'a>(&'a [u8]);

/// Turns authentic code into a component.
#[expect(unsafe_code, reason = "wasmtime loads compiled code only through an unsafe function; decision 0002")]
fn load(engine: &Engine, code: Authentic<'_>) -> Result<Component, Refusal> {
    // SAFETY: `deserialize` demands bytes that `Component::serialize` produced and nobody changed. `Authentic` is
    // made only where an HMAC under this installation's secret key was verified over these very bytes in memory,
    // and `try_put` is the only code that computes one, directly over the output of `serialize`. Bytes of another
    // wasmtime or other settings have another key in the HMAC, and wasmtime refuses them once more.
    let component = unsafe { Component::deserialize(engine, code.0) };
    component.map_err(|error| Refusal::Stale(error.to_string()))
}

/// Why an artifact is not loaded.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("it is not what this installation wrote")]
    Forged,
    #[error("the engine does not take it: {0}")]
    Stale(String),
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let length = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if length > MAX_ARTIFACT_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than compiled code can be"));
    }
    fs::read(path).map(Some)
}

/// Deletes the oldest artifacts beyond the number that is kept.
fn prune(folder: &Path) -> io::Result<()> {
    let mut artifacts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == EXTENSION) {
            artifacts.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    artifacts.sort();
    let excess = artifacts.len().saturating_sub(MAX_ARTIFACTS);
    artifacts.iter().take(excess).try_for_each(|(_, path)| fs::remove_file(path))
}

/// Creates the folder if need be and closes it to others. Fails for a folder of another user.
fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A digest of everything that decides what code the compiler emits, wasmtime's version included.
fn settings(engine: &Engine) -> Digest {
    use std::hash::Hash as _;
    let mut hasher = Settings::default();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finish()
}

/// Collects with SHA-256 what wasmtime hashes: a 64-bit hash would be too short to tell settings apart by.
#[derive(Default)]
struct Settings(inferno_types::DigestHasher);

impl std::hash::Hasher for Settings {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finish();
        u64::from_le_bytes(std::array::from_fn(|i| digest.as_bytes()[i]))
    }
}

#[cfg(test)]
mod tests;
