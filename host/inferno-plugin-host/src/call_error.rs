//! What may come of a call instead of an answer.
//!
//! Owns the line between what the caller, the guest, the operator and the host have to do about it. Easily confused
//! with [`GuestFault`], which is one of these.

use std::time::Duration;

use crate::{GuestFault, Health, HostFault};

/// Why a widget or an analyzer gave no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// What it was to be given is not what plugins are given. It was not called.
    #[error("it was not called: {reason}")]
    Input {
        /// What is wrong with it.
        reason: String,
    },
    /// It says that it cannot work with these settings or data.
    #[error("it declines: {reason}")]
    Declined {
        /// Its words, cleaned and cut.
        reason: String,
    },
    /// It needs a metric that its signature covers and the operator does not grant.
    #[error(
        "it needs the metric `{metric}`, which is not granted to it; grant `metric:{metric}`, or remove it"
    )]
    NotGranted {
        /// The metric.
        metric: String,
    },
    /// It broke.
    #[error("it failed")]
    Guest(#[source] GuestFault),
    /// The host could not run it.
    #[error("it could not be run")]
    Host(#[source] HostFault),
    /// It broke too often in a row, and gets time to think.
    #[error("it is suspended after repeated failures; it may be called again in {} s", retry_after.as_secs_f64().ceil())]
    Suspended {
        /// The time that is left.
        retry_after: Duration,
    },
    /// It broke too often in a row, and is not called again.
    #[error("it is quarantined after repeated failures; enable it again to give it another try")]
    Quarantined,
}

impl Health {
    /// An error when it may not be called.
    pub(crate) fn admit(self) -> Result<(), CallError> {
        match self {
            Self::Active => Ok(()),
            Self::Suspended { retry_after } => Err(CallError::Suspended { retry_after }),
            Self::Quarantined => Err(CallError::Quarantined),
        }
    }
}
