//! The content-addressed store: one blob per content, one index of names.
//!
//! Owns: the folder's layout and its locks. Invariants: an entry's blob is complete and durable before the index
//! names it; blobs and index change only under `index.lock`; so a crash leaves an entry whole or absent. Easily
//! confused with `pull`, which brings the files that this keeps.
//!
//! ```text
//! index.json  index.lock
//! blobs/sha256/<hex>
//! downloads/<key>.lock .part .json .tmp .pip/
//! ```

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::SystemTime,
};

use inferno_types::Digest;

use crate::{
    disk::{self, DiskError, on},
    index::{Arrival, Entry, Index, IndexError},
    settings::{Settings, SettingsError},
};

/// Why the library cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The local disk.
    #[error("the model library cannot be read or written")]
    Disk(#[from] DiskError),
    /// The index.
    #[error("the model library cannot be used")]
    Index(#[from] IndexError),
    /// The environment.
    #[error("an environment variable cannot be used")]
    Settings(#[from] SettingsError),
    /// No such model.
    #[error("there is no model {asked:?}; see the list, or pull it")]
    Unknown {
        /// What was asked for.
        asked: String,
    },
    /// A digest prefix that several models share.
    #[error("{asked:?} could be any of {}; give more digits or the name", ids.join(", "))]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// The names that it could mean.
        ids: Vec<String>,
    },
    /// The file is not what was stored.
    #[error("the file of {id} is damaged ({what}); remove the model and pull it again")]
    Damaged {
        /// The model.
        id: String,
        /// What differs.
        what: String,
    },
}

/// The models on this machine.
#[derive(Debug)]
pub struct Library {
    root: PathBuf,
    settings: Settings,
}

impl Library {
    /// Opens the library in the folder `root`, making it where it is missing, with settings from the environment.
    ///
    /// # Errors
    /// When the folder or its index cannot be used, or an environment variable cannot.
    pub fn open(root: &Path) -> Result<Self, LibraryError> {
        Self::open_with(root, Settings::from_env()?)
    }

    /// The same with given settings.
    ///
    /// # Errors
    /// When the folder or its index cannot be used.
    pub fn open_with(root: &Path, settings: Settings) -> Result<Self, LibraryError> {
        let library = Self { root: root.to_owned(), settings };
        for folder in [library.blobs(), library.downloads()] {
            fs::create_dir_all(&folder).map_err(on("create", &folder))?;
        }
        library.index()?;
        Ok(library)
    }

    /// Every model, in order of arrival.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>, LibraryError> {
        Ok(self.index()?.models)
    }

    /// The model of that name, or whose digest begins with `asked` (four digits at least, with or without `sha256:`).
    ///
    /// # Errors
    /// When there is none, or when a digest prefix fits several contents.
    pub fn get(&self, asked: &str) -> Result<Entry, LibraryError> {
        let mut models = self.index()?.models;
        if let Some(at) = models.iter().position(|entry| entry.id().as_str() == asked) {
            return Ok(models.swap_remove(at));
        }
        let digits = asked.strip_prefix("sha256:").unwrap_or(asked).to_ascii_lowercase();
        let unknown = || LibraryError::Unknown { asked: asked.to_owned() };
        if digits.len() < 4 {
            return Err(unknown());
        }
        models.retain(|entry| entry.digest().hex().starts_with(&digits));
        if models.windows(2).any(|pair| pair[0].digest() != pair[1].digest()) {
            let ids = models.iter().map(|entry| entry.id().to_string()).collect();
            return Err(LibraryError::Ambiguous { asked: asked.to_owned(), ids });
        }
        models.into_iter().next().ok_or_else(unknown)
    }

    /// Where the model's file is.
    pub fn path(&self, entry: &Entry) -> PathBuf {
        self.blob(entry.digest())
    }

    /// Reads the whole file and compares its digest.
    ///
    /// # Errors
    /// When the file is missing or differs.
    pub fn verify(&self, entry: &Entry) -> Result<(), LibraryError> {
        let (hasher, size) = disk::hash(&self.path(entry))?;
        let damaged = |what| Err(LibraryError::Damaged { id: entry.id().to_string(), what });
        if size != entry.size() {
            return damaged(format!("{size} bytes instead of {}", entry.size()));
        }
        match hasher.finish() {
            found if found == *entry.digest() => Ok(()),
            found => damaged(format!("{found} instead of {}", entry.digest())),
        }
    }

    /// Removes the model, and its file when no other name stands for the same content. Takes what [`get`](Self::get)
    /// takes.
    ///
    /// # Errors
    /// When there is no such model, or the disk refuses.
    pub fn remove(&self, asked: &str) -> Result<Entry, LibraryError> {
        let _lock = self.lock()?;
        let removed = self.get(asked)?;
        let mut index = self.index()?;
        index.models.retain(|entry| entry.id() != removed.id());
        index.write(&self.index_path())?;
        self.sweep_blobs(&index)?;
        Ok(removed)
    }

    /// Makes a complete file an entry. The boolean says whether the entry is new.
    pub(crate) fn admit(&self, arrival: Arrival<'_>) -> Result<(Entry, bool), LibraryError> {
        let _lock = self.lock()?;
        let mut index = self.index()?;
        let blob = self.blob(&arrival.digest);
        if fs::metadata(&blob).is_ok_and(|there| there.len() == arrival.size) {
            disk::remove(arrival.path)?;
        } else {
            disk::rename(arrival.path, &blob)?;
        }
        let id = index.name_for(arrival.file_name, &arrival.digest);
        let known = index.models.iter().find(|entry| *entry.id() == id);
        if let Some(entry) = known {
            return Ok((entry.clone(), false));
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let entry = Entry::new(id, arrival, now);
        index.models.push(entry.clone());
        index.write(&self.index_path())?;
        Ok((entry, true))
    }

    /// The entry that this source brought before, with its whole file.
    pub(crate) fn pulled_from(&self, key: &Digest) -> Result<Option<Entry>, LibraryError> {
        let whole =
            |entry: &Entry| fs::metadata(self.path(entry)).is_ok_and(|there| there.len() == entry.size());
        Ok(self.index()?.models.into_iter().find(|entry| entry.source_key() == key && whole(entry)))
    }

    /// Removes blobs that no entry names: what a crash between the two left behind.
    pub(crate) fn sweep(&self) -> Result<(), LibraryError> {
        let _lock = self.lock()?;
        let stale = fs::read_dir(&self.root).map_err(on("read", &self.root))?;
        for file in stale.flatten().filter(|file| file.file_name().to_string_lossy().starts_with(".new-")) {
            disk::remove(&file.path())?;
        }
        self.sweep_blobs(&self.index()?)
    }

    /// Only under the lock: a blob is moved in before the index names it.
    fn sweep_blobs(&self, index: &Index) -> Result<(), LibraryError> {
        let blobs = self.blobs();
        for file in fs::read_dir(&blobs).map_err(on("read", &blobs))?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            // Files of other names are not ours to judge.
            if Digest::from_hex(&name)
                .is_ok_and(|found| index.models.iter().all(|entry| *entry.digest() != found))
            {
                disk::remove(&file.path())?;
            }
        }
        Ok(())
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("blobs").join("sha256")
    }

    fn blob(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    fn index_path(&self) -> PathBuf {
        self.root.join("index.json")
    }

    fn index(&self) -> Result<Index, LibraryError> {
        Ok(Index::read(&self.index_path())?)
    }

    /// Waits for the lock of blobs and index. It is held for moments only, never during a download.
    fn lock(&self) -> Result<File, DiskError> {
        let path = self.root.join("index.lock");
        let file = File::create(&path).map_err(on("create", &path))?;
        file.lock().map_err(on("lock", &path))?;
        Ok(file)
    }
}
