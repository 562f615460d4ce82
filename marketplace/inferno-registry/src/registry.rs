//! One registry: its folder, its database, its limits.
//!
//! Owns: opening and closing, and that only one process serves from a folder. Refuses to repair: what a crash left
//! behind is swept, and that is all that a start does. Easily confused with [`Administration`], which opens the
//! database alone.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::Router;

use crate::{
    Administration, Broken, Limits, catalog,
    clock::{millis, now},
    database::Database,
    discovery, oci,
    shared::Shared,
    storage::Storage,
};

/// An open registry. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registry(Arc<Shared>);

/// Why a registry cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process serves from the folder.
    #[error("another process serves the registry in {}; stop it first", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder or the database cannot be used.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl Registry {
    /// Opens the registry in `folder`; makes it if there is none.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process serves from it.
    pub async fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_with(folder, Limits::default()).await
    }

    /// Opens a registry with limits of its own.
    ///
    /// # Errors
    /// As [`Registry::open`].
    pub async fn open_with(folder: &Path, limits: Limits) -> Result<Self, OpenError> {
        let serving = lock(folder)?;
        let database = Database::open(folder).await?;
        let storage = Storage::open(folder, &database, &limits).await?;
        storage.sweep(&database, now() - millis(limits.loose_age)).await?;
        Ok(Self(Arc::new(Shared::new(database, storage, limits, serving))))
    }

    /// Everything that the registry serves: `/v2`, `/api/registry` and `/.well-known/wasm-pkg/registry.json`.
    ///
    /// It has no fallback, so it can be merged into a larger router.
    pub fn router(&self) -> Router {
        let shared = Arc::clone(&self.0);
        oci::router().merge(catalog::router()).merge(discovery::router()).with_state(shared)
    }

    /// The administration of this registry.
    pub fn administration(&self) -> Administration {
        Administration::new(self.0.database.clone())
    }

    /// Closes the database. What was acknowledged is on the disk without it.
    pub async fn close(self) {
        self.0.database.close().await;
    }
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    fs::create_dir_all(folder).map_err(Broken::io(folder))?;
    let path = folder.join("serving.lock");
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(Broken::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(Broken::Io { path, source }.into()),
    }
}
