//! What every route of a registry works on: its database, its blobs, its limits.
//!
//! Owns: when blobs that nobody names are swept while the registry is used. Easily confused with [`Registry`], which
//! opens, serves and closes it.
//!
//! [`Registry`]: crate::Registry

use std::{
    fs::File,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;

use crate::{
    Broken, Limits,
    clock::{millis, now},
    database::Database,
    storage::Storage,
};

/// How many components are read at the same time. Each takes a thread and its bytes in memory.
const INSPECTIONS: usize = 2;
/// How often a registry that is used looks for blobs that nobody names.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) storage: Storage,
    pub(crate) limits: Limits,
    pub(crate) inspections: Semaphore,
    swept: Mutex<Instant>,
    /// Held as long as the registry is open; the system lets go of it when the process ends, however it ends.
    _serving: File,
}

impl Shared {
    /// What is open now. `serving` is the lock that says so to other processes.
    pub(crate) fn new(database: Database, storage: Storage, limits: Limits, serving: File) -> Self {
        let inspections = Semaphore::new(INSPECTIONS);
        let swept = Mutex::new(Instant::now());
        Self { database, storage, limits, inspections, swept, _serving: serving }
    }

    /// Sweeps blobs that nobody names, now and then.
    pub(crate) async fn sweep_sometimes(&self) -> Result<(), Broken> {
        let due = {
            let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            let due = swept.elapsed() >= SWEEP_EVERY;
            if due {
                *swept = Instant::now();
            }
            due
        };
        if due {
            self.storage.sweep(&self.database, now() - millis(self.limits.loose_age)).await?;
        }
        Ok(())
    }
}
