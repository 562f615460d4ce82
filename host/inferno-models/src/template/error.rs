//! Why a conversation was not rendered.

use std::{error::Error, fmt, io, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

/// Why a conversation was not rendered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TemplateError {
    /// The file has none and does not use ChatML.
    #[error("this model has no chat template; use plain completions, or a model tuned for chat")]
    Missing,
    /// The metadata entry is malformed.
    #[error("the chat template cannot be read")]
    Metadata(#[from] crate::gguf::MetadataError),
    /// Longer than any template.
    #[error("the chat template has {found} bytes; at most {limit} are allowed")]
    SourceLength {
        /// Its length.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// It is malformed, refuses, fails, or exceeds a limit.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The process that ran it came to its end.
    #[error(
        "the chat template ended the process that ran it ({how}), as one does that nests too deeply; \
         use plain completions, or a file of this model from somebody else"
    )]
    Ended {
        /// Its exit status.
        how: String,
    },
    /// The process that ran it did not answer.
    #[error(
        "the chat template was stopped after {} s; send a shorter conversation, or use plain completions",
        patience.as_secs()
    )]
    Late {
        /// For how long it was waited.
        patience: Duration,
    },
    /// There is no process to run it.
    #[error("no process could be started for the chat template; does the system allow more?")]
    Start(#[source] Arc<io::Error>),
}

/// What a template did that it should not. Crosses the border between processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum RenderError {
    /// It does not compile.
    #[error("the chat template is malformed")]
    Syntax(#[source] Fault),
    /// It refuses this conversation, in its own words.
    #[error("the chat template refuses these messages: {message}")]
    Raised {
        /// What it says, cut to a sane length.
        message: String,
    },
    /// It does too much or loops.
    #[error("the chat template was stopped after {limit} steps")]
    Steps {
        /// The limit, before what is granted for the messages.
        limit: u64,
    },
    /// It calls itself.
    #[error("the chat template is nested deeper than {limit} levels")]
    Depth {
        /// The limit.
        limit: usize,
    },
    /// It writes too much.
    #[error("the chat template writes more than {limit} bytes")]
    OutputLength {
        /// The limit.
        limit: usize,
    },
    /// Anything else that goes wrong in it.
    #[error("the chat template failed")]
    Failed(#[source] Fault),
}

/// What the template engine says of an error, with its causes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    message: String,
    cause: Option<Box<Fault>>,
}

impl Fault {
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        Self { message: error.to_string(), cause: error.source().map(|cause| Box::new(Self::of(cause))) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
