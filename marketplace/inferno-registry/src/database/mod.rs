//! The metadata in SQLite: who publishes, what was uploaded, what is tagged, what is in the catalog.
//!
//! Owns: the schema, every query, and what is one transaction. A transaction that writes begins immediately, so that
//! what it read cannot have changed when it writes; the log is synced before a commit is answered. Refuses bytes of
//! blobs, which lie in a folder. Easily confused with `inferno-store`, which keeps what one server remembers.

pub(crate) mod blobs;
pub(crate) mod catalog;
pub(crate) mod manifests;
mod publishers;
pub(crate) mod tags;

use std::{fs, path::Path, str::FromStr, time::Duration};

use sqlx::{
    SqlStr, Sqlite, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub(crate) use self::{
    catalog::{NewVersion, PackageRecord, Search, VersionRecord},
    manifests::{NewComponent, NewReferrer, Role},
    publishers::KeyRecord,
    tags::Tagged,
};
use crate::Broken;

/// A transaction that writes.
pub(crate) type Writing = Transaction<'static, Sqlite>;

/// Readers do not wait for the writer; more than a few only wait for the disk.
const CONNECTIONS: u32 = 4;
/// How long a writer waits for another, of this process or of the command line.
const BUSY: Duration = Duration::from_secs(10);

/// The open database.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens `registry.sqlite` in `folder`, which is made if it is not there, and brings its schema up to date.
    pub(crate) async fn open(folder: &Path) -> Result<Self, Broken> {
        fs::create_dir_all(folder).map_err(Broken::io(folder))?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("registry.sqlite"))
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?;
        migrations().run(&pool).await.map_err(|error| Broken::Database(error.into()))?;
        Ok(Self { pool })
    }

    /// A connection for reading.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, Broken> {
        Ok(self.pool.acquire().await?)
    }

    /// Begins to write. Only one transaction at a time gets so far.
    pub(crate) async fn write(&self) -> Result<Writing, Broken> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// What makes the schema, version by version. One that was released never changes.
fn migrations() -> Migrator {
    let packages = SqlStr::from_static(include_str!("../../migrations/0001_packages.sql"));
    let first = Migration::new(1, "packages".into(), MigrationType::Simple, packages, false);
    Migrator::with_migrations(vec![first])
}

/// A value that was checked before it was written.
fn stored<T: FromStr>(what: &str, text: &str) -> Result<T, Broken> {
    text.parse().map_err(|_| Broken::damaged(format!("record of {what} ({text:.80?})")))
}

/// A number that was not negative when it was written.
fn unsigned(what: &str, number: i64) -> Result<u64, Broken> {
    u64::try_from(number).map_err(|_| Broken::damaged(format!("record of {what} ({number})")))
}
