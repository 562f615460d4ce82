//! Faults of the registry itself: the disk, the database, something that is not what we wrote.
//!
//! Owns: what is logged and never told to a client. Refuses everything that a client could have done better, which is
//! a [`Refusal`](crate::publish::Refusal) or another error with a status of its own.

use std::{io, path::PathBuf};

/// Why the registry could not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The database refused.
    #[error("the registry's database failed")]
    Database(#[from] sqlx::Error),
    /// The folder of blobs refused.
    #[error("the registry could not use {}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Something in the database or the folder is not what was written there.
    #[error("the registry's {what} is damaged; restore it from a copy")]
    Damaged {
        /// What.
        what: String,
    },
    /// A part of the registry's own program stopped, by a panic or because the process ends.
    #[error("the registry's {what} stopped before it was done")]
    Stopped {
        /// Which part.
        what: &'static str,
    },
    /// The system gives no randomness.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
}

impl Broken {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

/// An error and its sources in one line, for the log.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}
