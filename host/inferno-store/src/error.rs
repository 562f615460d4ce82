//! What can go wrong between a server and its database.

use std::path::PathBuf;

use inferno_insight::InvalidBoard;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be used.
    #[error("could not open the database {path}; it may be no database, or belong to somebody else", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The file was written by a newer version.
    #[error("the database {path} was written by a newer Inferno; use that one", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The tables could not be brought up to date.
    #[error("could not bring the tables of {path} up to date", path = path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::migrate::MigrateError,
    },
    /// A statement failed.
    #[error("the database did not answer; look at the disk that holds it")]
    Database(#[from] sqlx::Error),
    /// What is in it makes no sense.
    #[error("the database holds {what} that cannot be read")]
    Damaged {
        /// What.
        what: &'static str,
    },
    /// There are samples of that time already.
    #[error("metrics of the same seconds are there already; another server may use this database")]
    Overlap,
    /// Somebody else changed the board.
    #[error(
        "the board was changed by somebody else: it has revision {current}, not {expected}; load it again"
    )]
    Conflict {
        /// The revision that the change was made to.
        expected: u64,
        /// The revision that there is.
        current: u64,
    },
    /// The board breaks a bound.
    #[error(transparent)]
    Board(#[from] InvalidBoard),
}
