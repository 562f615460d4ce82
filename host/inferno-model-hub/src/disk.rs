//! Files and folders, with errors that say what was attempted and what to do.
//!
//! Owns: durable replacement of a small file, and copying a stream while hashing it. Refuses: knowing what the
//! files mean.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use inferno_types::{Digest, DigestHasher};

use crate::Progress;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The disk is full.
    #[error("no space is left for {}; free some, then pull again: it goes on where it stopped", path.display())]
    Full {
        /// The file that did not fit.
        path: PathBuf,
    },
    /// This user may not.
    #[error("no permission to {doing} {}; check who owns it", path.display())]
    Permission {
        /// What was attempted.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Turns an IO error into a [`DiskError`]: `.map_err(on("read", path))`.
pub(crate) fn on(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    let path = path.to_owned();
    move |source| match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => DiskError::Full { path },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => DiskError::Permission { doing, path },
        _ => DiskError::Io { doing, path, source },
    }
}

/// Replaces `path` so that a crash leaves the old bytes or the new ones.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        let mut temp = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        temp.write_all(bytes)?;
        temp.as_file().sync_all()?;
        temp.persist(path).map_err(|e| e.error)?;
        sync_folder(folder)
    };
    write().map_err(on("write", path))
}

/// Moves a finished file to its place and makes the move durable.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), DiskError> {
    fs::rename(from, to)
        .and_then(|()| sync_folder(to.parent().unwrap_or(Path::new("."))))
        .map_err(on("write", to))
}

/// On Unix a rename lasts only once its folder is flushed; elsewhere folders cannot be opened.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(on("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Copies `from` into the new file `to` and flushes it; never more than `limit` bytes plus one.
pub(crate) fn copy_hashed(
    from: &mut dyn Read,
    from_path: &Path,
    to: &Path,
    limit: u64,
    progress: &mut dyn Progress,
) -> Result<(Digest, u64), DiskError> {
    let mut file = File::create(to).map_err(on("create", to))?;
    let (mut hasher, mut size) = (DigestHasher::default(), 0_u64);
    let mut from = from.take(limit.saturating_add(1));
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(on("read", from_path)(error)),
        };
        file.write_all(&buffer[..read]).map_err(on("write", to))?;
        hasher.update(&buffer[..read]);
        size += read as u64;
        progress.advance(read as u64);
    }
    file.sync_all().map_err(on("write", to))?;
    Ok((hasher.finish(), size))
}

/// The digest and size of a file.
pub(crate) fn hash(path: &Path) -> Result<(DigestHasher, u64), DiskError> {
    let mut file = File::open(path).map_err(on("open", path))?;
    let (mut hasher, mut size) = (DigestHasher::default(), 0_u64);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer).map_err(on("read", path))? {
            0 => return Ok((hasher, size)),
            read => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_to_do() {
        let path = Path::new("m.part");
        for (kind, message) in [
            (
                ErrorKind::StorageFull,
                "no space is left for m.part; free some, then pull again: it goes on where it stopped",
            ),
            (ErrorKind::PermissionDenied, "no permission to write m.part; check who owns it"),
            (ErrorKind::NotADirectory, "cannot write m.part"),
        ] {
            assert_eq!(on("write", path)(kind.into()).to_string(), message);
        }
    }
}
