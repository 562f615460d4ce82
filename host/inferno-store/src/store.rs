//! Opening and closing the file.

use std::{io, path::Path, time::Duration};

use sqlx::{
    SqlStr, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::StoreError;

/// How long a statement waits for another that writes.
const BUSY: Duration = Duration::from_secs(10);
/// Connections that read and write the history.
const CONNECTIONS: u32 = 3;
/// What the write-ahead log is cut back to, in bytes.
const LOG: &str = "8388608";

/// The database of a server. Cheap to clone. It may be used from any async runtime of tokio.
#[derive(Debug, Clone)]
pub struct Store {
    /// Every commit waits for the disk.
    pub(crate) durable: SqlitePool,
    /// Commits survive the end of the process, but not all of them that of the machine.
    pub(crate) history: SqlitePool,
}

impl Store {
    /// Opens the database in a file, creates it when missing, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file cannot be used, or a newer version wrote it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let open = |source| StoreError::Open { path: path.to_owned(), source };
        create(path).map_err(|error| open(sqlx::Error::Io(error)))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY)
            .pragma("journal_size_limit", LOG);
        let pool = |connections, synchronous| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .connect_with(options.clone().synchronous(synchronous))
        };
        let durable = pool(1, SqliteSynchronous::Full).await.map_err(open)?;
        migrations().run(&durable).await.map_err(|source| match source {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                StoreError::Newer { path: path.to_owned() }
            }
            source => StoreError::Migrate { path: path.to_owned(), source },
        })?;
        let history = pool(CONNECTIONS, SqliteSynchronous::Normal).await.map_err(open)?;
        Ok(Self { durable, history })
    }

    /// Ends all connections. What is asked later fails.
    pub async fn close(&self) {
        self.history.close().await;
        self.durable.close().await;
    }
}

/// What makes the tables, version by version. One that was released never changes.
fn migrations() -> Migrator {
    let begin = SqlStr::from_static(include_str!("../migrations/0001_begin.sql"));
    Migrator::with_migrations(vec![Migration::new(1, "begin".into(), MigrationType::Simple, begin, false)])
}

/// Makes the file, closed to other users, and its folder where they are missing.
fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
