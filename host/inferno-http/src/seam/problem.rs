//! Why something behind a seam did not happen, as far as a client is told.

use std::time::Duration;

/// Why something did not happen. Its text is shown to clients: a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    kind: ProblemKind,
    code: &'static str,
    message: String,
}

/// What sort of problem it is, which decides the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// There is no such thing.
    NotFound,
    /// It cannot be done as it was asked for.
    Invalid,
    /// It was asked for rightly and is refused all the same: a signature, a policy, a guest that broke.
    Refused,
    /// Something else happened in between.
    Conflict,
    /// Not now; perhaps after this time.
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// Another server did not do its part.
    Upstream,
    /// Something of ours broke. The text goes to the log and not to the client.
    Internal,
}

impl Problem {
    /// A problem. `code` is stable and in snake case; `message` is a sentence.
    pub fn new(kind: ProblemKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into() }
    }

    /// What sort it is.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// The text for clients, who are not told how something of ours broke.
    pub(crate) fn shown(&self) -> &str {
        match self.kind {
            ProblemKind::Internal => "The server failed; its log says why.",
            _ => &self.message,
        }
    }

    /// Its stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }
}
