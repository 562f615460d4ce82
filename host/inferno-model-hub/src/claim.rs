//! The right to download one source, held by one process at a time.
//!
//! Owns: `<key>.lock` with the holder's process number, and the files that only the holder may touch. The system
//! drops the lock when a process dies, however it dies; so whoever gets a lock may clean up what its last holder left.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use inferno_types::Digest;

use crate::disk::{self, DiskError, on};

/// An exclusive claim on the files of one source. Dropping it releases them.
pub(crate) struct Claim {
    stem: PathBuf,
    _lock: File,
}

/// What became of trying.
pub(crate) enum Claimed {
    Mine(Claim),
    /// Another download holds it; its process number where that can be read.
    Busy(Option<u32>),
}

impl Claim {
    /// Takes the claim for a source, or says who has it.
    pub(crate) fn take(downloads: &Path, key: &Digest) -> Result<Claimed, DiskError> {
        Self::of(downloads.join(key.hex()))
    }

    fn of(stem: PathBuf) -> Result<Claimed, DiskError> {
        let path = stem.with_extension("lock");
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(on("create", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.take(20).read_to_string(&mut text);
                return Ok(Claimed::Busy(text.trim().parse().ok()));
            }
            Err(TryLockError::Error(error)) => return Err(on("lock", &path)(error)),
        }
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| write!(file, "{}", std::process::id()))
            .map_err(on("write", &path))?;
        let claim = Self { stem, _lock: file };
        claim.clean()?;
        Ok(Claimed::Mine(claim))
    }

    /// Path without extension of the files of an unfinished download.
    pub(crate) fn stem(&self) -> &Path {
        &self.stem
    }

    /// Where to assemble a file that cannot be continued.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.stem.with_extension("tmp")
    }

    /// An empty folder for pip.
    pub(crate) fn pip_folder(&self) -> Result<PathBuf, DiskError> {
        let folder = self.stem.with_extension("pip");
        fs::create_dir_all(&folder).map_err(on("create", &folder))?;
        Ok(folder)
    }

    /// Removes what cannot be continued; partial downloads stay.
    pub(crate) fn clean(&self) -> Result<(), DiskError> {
        disk::remove(&self.scratch())?;
        let folder = self.stem.with_extension("pip");
        if folder.exists() { fs::remove_dir_all(&folder).map_err(on("remove", &folder)) } else { Ok(()) }
    }
}

/// Cleans up after downloads whose process is gone.
pub(crate) fn sweep(downloads: &Path) -> Result<(), DiskError> {
    for file in fs::read_dir(downloads).map_err(on("read", downloads))?.flatten() {
        let path = file.path();
        let is_stale_kind = path.extension().is_some_and(|kind| kind == "tmp" || kind == "pip");
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if stem.starts_with(".new-") {
            continue;
        }
        if is_stale_kind && Digest::from_hex(stem).is_ok() {
            // Taking the claim is the cleaning; somebody else's is left alone.
            Claim::of(downloads.join(stem))?;
        }
    }
    Ok(())
}
