//! Uploads that take more than one request.
//!
//! Owns: which uploads are open, how far each is, and who may go on with it. An upload lives in memory and in one file;
//! a restart forgets it, and the client begins anew. Refuses two requests at once to one upload, and to go on with an
//! upload whose last request broke off: what of it was written is not certain.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use inferno_package::PackageRef;
use inferno_types::{Digest, DigestHasher};
use tempfile::{NamedTempFile, TempPath};
use tokio::{fs::File, io::AsyncWriteExt as _};

use super::{BodyError, Finished, Incoming};
use crate::{Broken, limits::Limits, oci::reference::UploadId};

/// Every open upload.
#[derive(Debug, Clone)]
pub(crate) struct Uploads {
    folder: PathBuf,
    per_publisher: usize,
    idle: Duration,
    open: Arc<Mutex<HashMap<UploadId, Slot>>>,
}

#[derive(Debug)]
struct Slot {
    package: PackageRef,
    state: State,
}

#[derive(Debug)]
enum State {
    Resting {
        session: Box<Session>,
        since: Instant,
    },
    /// A request has it.
    Busy,
}

/// How far an upload is.
#[derive(Debug)]
struct Session {
    file: File,
    path: TempPath,
    hasher: DigestHasher,
    written: u64,
}

/// An upload while one request works on it. Dropped without [`Lease::rest`], it takes the upload with it.
#[derive(Debug)]
pub(crate) struct Lease {
    uploads: Uploads,
    /// None for an upload of a single request, which is not listed.
    id: Option<UploadId>,
    session: Option<Box<Session>>,
}

/// Why an upload cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error("there is no such upload; begin a new one")]
    Unknown,
    #[error("another request is writing to this upload; send the pieces one after the other")]
    Busy,
    #[error("{limit} uploads are open already; finish or cancel one")]
    TooMany { limit: usize },
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl Uploads {
    pub(super) fn new(folder: PathBuf, limits: &Limits) -> Self {
        let (per_publisher, idle) = (limits.uploads_per_publisher, limits.upload_idle);
        Self { folder, per_publisher, idle, open: Arc::default() }
    }

    fn locked<T>(&self, look: impl FnOnce(&mut HashMap<UploadId, Slot>) -> T) -> T {
        // Nothing that holds the lock can leave the map half changed.
        look(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn file(&self) -> Result<NamedTempFile, Broken> {
        NamedTempFile::new_in(&self.folder).map_err(Broken::io(&self.folder))
    }

    /// Begins an upload to a package.
    pub(crate) fn begin(&self, package: &PackageRef) -> Result<UploadId, UploadError> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(Broken::Random)?;
        let id = UploadId::from_random(bits);
        let session = Session::new(self.file()?);
        self.locked(|open| {
            open.retain(|_, slot| match &slot.state {
                State::Resting { since, .. } => since.elapsed() < self.idle,
                State::Busy => true,
            });
            if open.values().filter(|slot| slot.package.publisher() == package.publisher()).count()
                >= self.per_publisher
            {
                return Err(UploadError::TooMany { limit: self.per_publisher });
            }
            let state = State::Resting { session, since: Instant::now() };
            open.insert(id, Slot { package: package.clone(), state });
            Ok(id)
        })
    }

    /// Takes an upload for one request.
    pub(crate) fn take(&self, package: &PackageRef, id: UploadId) -> Result<Lease, UploadError> {
        self.locked(|open| {
            let slot =
                open.get_mut(&id).filter(|slot| slot.package == *package).ok_or(UploadError::Unknown)?;
            match std::mem::replace(&mut slot.state, State::Busy) {
                State::Resting { session, .. } => {
                    Ok(Lease { uploads: self.clone(), id: Some(id), session: Some(session) })
                }
                State::Busy => Err(UploadError::Busy),
            }
        })
    }

    /// An upload of a single request.
    pub(crate) fn at_once(&self) -> Result<Lease, UploadError> {
        Ok(Lease { uploads: self.clone(), id: None, session: Some(Session::new(self.file()?)) })
    }

    fn forget(&self, id: Option<UploadId>) {
        if let Some(id) = id {
            self.locked(|open| open.remove(&id));
        }
    }
}

impl Session {
    fn new(file: NamedTempFile) -> Box<Self> {
        let (file, path) = file.into_parts();
        let hasher = DigestHasher::default();
        Box::new(Self { file: File::from_std(file), path, hasher, written: 0 })
    }
}

impl Lease {
    fn session(&mut self) -> &mut Session {
        self.session.as_mut().expect("a lease has its session until it is given up")
    }

    /// How many bytes have arrived.
    pub(crate) fn written(&self) -> u64 {
        self.session.as_ref().map_or(0, |session| session.written)
    }

    /// Appends a body.
    pub(crate) async fn append(&mut self, mut body: Incoming) -> Result<(), UploadError> {
        let session = self.session();
        while let Some(piece) = body.next().await? {
            session.hasher.update(&piece);
            session.file.write_all(&piece).await.map_err(Broken::io(&*session.path))?;
            session.written += piece.len() as u64;
        }
        Ok(())
    }

    /// Leaves the upload open for another request.
    pub(crate) fn rest(mut self) {
        let (Some(session), Some(id)) = (self.session.take(), self.id) else { return };
        self.uploads.locked(|open| {
            if let Some(slot) = open.get_mut(&id) {
                slot.state = State::Resting { session, since: Instant::now() };
            }
        });
    }

    /// Ends the upload: everything is on the disk, and the digest is what it is.
    pub(crate) async fn finish(mut self) -> Result<Finished, Broken> {
        let mut session = self.session.take().expect("a lease has its session until it is given up");
        self.uploads.forget(self.id);
        let digest: Digest = session.hasher.finish();
        session.file.flush().await.map_err(Broken::io(&*session.path))?;
        session.file.sync_all().await.map_err(Broken::io(&*session.path))?;
        Ok(Finished { file: session.path, digest, size: session.written })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // A request that broke off. The file goes with the session.
        if self.session.is_some() {
            self.uploads.forget(self.id);
        }
    }
}
