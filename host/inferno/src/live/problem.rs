//! Errors of the crates below, as the clients of the API are told of them.

use std::{error::Error, time::Duration};

use inferno_http::seam::{Problem, ProblemKind};
use inferno_package::PackageRef;
use inferno_plugin_host::{CallError, HostFault};
use inferno_store::StoreError;
use inferno_telemetry::QueryError;

use crate::packages::InstallError;
use inferno_registry_client::ClientError;

/// An error and its sources as a sentence about something.
fn sentence(about: Option<&PackageRef>, error: &dyn Error) -> String {
    let mut text = about.map(|name| format!("{name}: ")).unwrap_or_default();
    let (mut first, mut next) = (true, Some(error));
    while let Some(error) = next {
        if !first {
            text.push_str(": ");
        }
        text.push_str(&error.to_string());
        (first, next) = (false, error.source());
    }
    // Messages begin in lower case, since most of them come in a chain; a name of a package stays as it is.
    let word = text.split(' ').next().unwrap_or_default();
    if word.bytes().all(|c| c.is_ascii_lowercase()) && !word.is_empty() {
        let upper = text[..1].to_ascii_uppercase();
        text.replace_range(..1, &upper);
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

/// Nothing of that name is installed.
pub(super) fn not_installed(name: &PackageRef) -> Problem {
    let message = format!("{name} is not installed. GET /api/plugins lists what is.");
    Problem::new(ProblemKind::NotFound, "not_installed", message)
}

/// It is something else.
pub(super) fn no_widget(name: &PackageRef) -> Problem {
    let message = format!("{name} is no widget. GET /api/widgets lists those that there are.");
    Problem::new(ProblemKind::Invalid, "no_widget", message)
}

/// The operator does not want it to run.
pub(super) fn switched_off(name: &PackageRef) -> Problem {
    let message = format!("{name} is switched off. Switch it on under Plugins.");
    Problem::new(ProblemKind::Refused, "plugin_disabled", message)
}

/// What is said where nobody remembers what happened.
pub(super) fn unknown_fault() -> String {
    "it broke too often".to_owned()
}

/// A call that gave no answer, and what happened before.
pub(super) fn call(name: &PackageRef, error: &CallError, before: Option<&str>) -> Problem {
    let (kind, code) = match error {
        CallError::Input { .. } => (ProblemKind::Invalid, "plugin_input"),
        CallError::Declined { .. } => (ProblemKind::Refused, "plugin_declined"),
        CallError::NotGranted { .. } => (ProblemKind::Refused, "not_granted"),
        CallError::Guest(_) => (ProblemKind::Refused, "plugin_fault"),
        CallError::Quarantined => (ProblemKind::Refused, "plugin_quarantined"),
        CallError::Suspended { retry_after } => {
            (ProblemKind::Unavailable { retry_after: *retry_after }, "plugin_suspended")
        }
        CallError::Host(HostFault::Busy) => {
            (ProblemKind::Unavailable { retry_after: Duration::from_secs(1) }, "plugin_busy")
        }
        _ => (ProblemKind::Internal, "plugin_host"),
    };
    let mut message = sentence(Some(name), error);
    if let Some(before) = before {
        message.push_str(&format!(" Last, {before}."));
    }
    Problem::new(kind, code, message)
}

/// A window that is not to be had.
pub(super) fn query(error: &QueryError) -> Problem {
    let (kind, code) = match error {
        QueryError::Invalid(_) => (ProblemKind::Invalid, "invalid_query"),
        QueryError::UnknownMetric { .. } => (ProblemKind::NotFound, "metric_not_found"),
        QueryError::Aggregate { .. } => (ProblemKind::Invalid, "invalid_aggregate"),
        QueryError::History(_) => (ProblemKind::Internal, "history"),
    };
    Problem::new(kind, code, sentence(None, error))
}

/// What the database did not do.
pub(super) fn store(error: &StoreError) -> Problem {
    let (kind, code) = match error {
        StoreError::Conflict { .. } => (ProblemKind::Conflict, "board_conflict"),
        StoreError::Board(_) => (ProblemKind::Invalid, "invalid_board"),
        _ => (ProblemKind::Internal, "store"),
    };
    Problem::new(kind, code, sentence(None, error))
}

/// What is not found, installed or removed.
pub(super) fn install(error: &InstallError) -> Problem {
    let kind = match error {
        InstallError::Registry(ClientError::NotFound { .. })
        | InstallError::NoSuchVersion { .. }
        | InstallError::NoVersions { .. }
        | InstallError::NotInstalled { .. } => ProblemKind::NotFound,
        // Whoever sent other bytes than it promised is not to be believed, but it is still the other server.
        InstallError::Registry(_) => ProblemKind::Upstream,
        InstallError::Lock(_) | InstallError::Disk { .. } => ProblemKind::Internal,
        InstallError::AlreadyInstalled { .. }
        | InstallError::PlacedByHand { .. }
        | InstallError::OtherConsent { .. }
        | InstallError::Meanwhile { .. } => ProblemKind::Conflict,
        _ => ProblemKind::Refused,
    };
    // Two messages name options of the command line, which a page has other words for.
    let message = match error {
        InstallError::Older { name, offered, installed, .. } => format!(
            "{name} {offered} is older than the installed {installed}. An older version may have weaknesses that were \
             repaired since; set `allowOlder` if you want it nevertheless."
        ),
        InstallError::Registry(ClientError::Unreachable { registry, .. }) => format!(
            "The registry {registry} cannot be reached. See that it runs, and that `[registry] url` in config.toml is \
             right."
        ),
        error => sentence(None, error),
    };
    Problem::new(kind, error.code(), message)
}

/// Anything of ours that broke.
pub(super) fn internal(error: &anyhow::Error) -> Problem {
    Problem::new(ProblemKind::Internal, "internal", format!("{error:#}"))
}
