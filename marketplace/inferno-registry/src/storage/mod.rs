//! Bytes on the disk: finished blobs, each under its digest, and uploads that are under way.
//!
//! Owns: the folder, and the order of writing that survives a crash at any moment. A blob is written to a file of its
//! own, synced, renamed to its digest, the folder synced, and only then does the database say that it is there; so
//! what the database names is whole, and what it does not name may be deleted. Refuses digests that do not match.
//! Easily confused with an object store: this is one folder of one machine, and the only place that would change if
//! blobs moved to one.

mod body;
mod upload;

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use inferno_package::PackageRef;
use inferno_types::Digest;
use tempfile::TempPath;
use tokio::sync::Mutex;

pub(crate) use self::{
    body::{BodyError, Incoming},
    upload::{Lease, UploadError, Uploads},
};
use crate::{Broken, database::Database, limits::Limits};

/// The folders of the registry.
#[derive(Debug)]
pub(crate) struct Storage {
    blobs: PathBuf,
    pub(crate) uploads: Uploads,
    /// Held while a blob gets its name and its row, and while unnamed blobs are swept: in between, neither a file
    /// without a row nor a row without a file may be taken for what it looks like.
    naming: Mutex<()>,
}

/// A file that is whole, but has no name yet.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) file: TempPath,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
}

/// Why a blob was not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    #[error(
        "with this, blobs that no manifest names take {bytes} bytes; push their manifests, or wait a day"
    )]
    TooMuchLoose { bytes: u64 },
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl Storage {
    /// Opens the folders, and deletes what a crash left behind: uploads, and blobs that the database does not name.
    pub(crate) async fn open(folder: &Path, database: &Database, limits: &Limits) -> Result<Self, Broken> {
        let blobs = folder.join("blobs").join("sha256");
        let uploads = folder.join("uploads");
        for folder in [&blobs, &uploads] {
            fs::create_dir_all(folder).map_err(Broken::io(folder))?;
        }
        for entry in entries(&uploads)? {
            fs::remove_file(&entry).map_err(Broken::io(&entry))?;
        }
        let storage = Self { blobs, uploads: Uploads::new(uploads, limits), naming: Mutex::new(()) };
        let named: HashSet<Digest> = database.all_blobs().await?.into_iter().collect();
        for shard in entries(&storage.blobs)? {
            for file in entries(&shard)? {
                let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if !Digest::from_hex(name).is_ok_and(|digest| named.contains(&digest)) {
                    tracing::info!(file = %file.display(), "deleted a blob that nothing names");
                    fs::remove_file(&file).map_err(Broken::io(&file))?;
                }
            }
        }
        Ok(storage)
    }

    /// Where a blob lies. A digest has one spelling, so nothing else can be reached.
    pub(crate) fn path(&self, digest: Digest) -> PathBuf {
        let hex = digest.hex();
        self.blobs.join(&hex[..2]).join(hex)
    }

    /// The bytes of a blob that the database names.
    pub(crate) async fn read(&self, digest: Digest) -> Result<Vec<u8>, Broken> {
        let path = self.path(digest);
        let bytes = tokio::fs::read(&path).await.map_err(Broken::io(&path))?;
        if Digest::of(&bytes) != digest {
            return Err(Broken::damaged(format!("blob {digest}")));
        }
        Ok(bytes)
    }

    /// Gives a finished file its name, and links it to a package.
    pub(crate) async fn keep(
        &self,
        finished: Finished,
        package: &PackageRef,
        database: &Database,
        limits: &Limits,
    ) -> Result<(), KeepError> {
        let Finished { file, digest, size } = finished;
        let path = self.path(digest);
        let _naming = self.naming.lock().await;
        // Before the file gets its place: what is refused must not stay on the disk.
        let bytes = database.loose_bytes(package.publisher()).await?.saturating_add(size);
        if bytes > limits.loose_bytes_per_publisher {
            return Err(KeepError::TooMuchLoose { bytes });
        }
        let place = move || if path.exists() { Ok(()) } else { place(file, &path) };
        tokio::task::spawn_blocking(place)
            .await
            .map_err(|_| Broken::Stopped { what: "thread for files" })??;
        let mut tx = database.write().await?;
        database.link_blob(&mut tx, package, digest, size).await?;
        tx.commit().await.map_err(Broken::from)?;
        Ok(())
    }

    /// Links a blob that is here already to one more package; `false` when it is not here.
    pub(crate) async fn mount(
        &self,
        package: &PackageRef,
        digest: Digest,
        database: &Database,
    ) -> Result<bool, Broken> {
        let _naming = self.naming.lock().await;
        let Some(size) = database.blob(digest).await? else { return Ok(false) };
        let mut tx = database.write().await?;
        database.link_blob(&mut tx, package, digest, size).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Deletes blobs that no manifest has named since `before`.
    pub(crate) async fn sweep(&self, database: &Database, before: i64) -> Result<usize, Broken> {
        let _naming = self.naming.lock().await;
        let mut tx = database.write().await?;
        let digests = database.forget_loose(&mut tx, before).await?;
        tx.commit().await?;
        for digest in &digests {
            let path = self.path(*digest);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(Broken::Io { path, source });
                }
                _ => {}
            }
        }
        Ok(digests.len())
    }
}

/// Moves a synced file to its name, so that a crash leaves it there or not, but never half.
fn place(file: TempPath, path: &Path) -> Result<(), Broken> {
    let folder = path.parent().unwrap_or(path);
    if !folder.exists() {
        fs::create_dir_all(folder).map_err(Broken::io(folder))?;
        sync(folder.parent().unwrap_or(folder))?;
    }
    file.persist(path).map_err(|error| Broken::Io { path: path.to_owned(), source: error.error })?;
    sync(folder)
}

/// Makes the names in a folder survive a loss of power.
fn sync(folder: &Path) -> Result<(), Broken> {
    // Other systems do not let a folder be opened, and promise less.
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(Broken::io(folder))?;
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Broken> {
    let list =
        || -> io::Result<_> { fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect() };
    list().map_err(Broken::io(folder))
}
