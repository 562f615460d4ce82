//! What can go wrong between here and a registry.
//!
//! Owns: one variant per reason, each with what to do. A registry's own words are quoted, shortened and made
//! printable. Easily confused with [`TrustError`](inferno_trust::TrustError): nothing here says whether a component
//! may run.

use std::io;

use inferno_types::Digest;

use crate::{RegistryUrl, printable::printable};

/// Why a registry did not do, or did not give, what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection, no TLS, or no answer in time.
    #[error(
        "the registry {registry} cannot be reached; see that it runs (`inferno serve` or `inferno registry serve`) and \
         that the address is right (`--registry`, INFERNO_REGISTRY or `[registry] url` in config.toml)"
    )]
    Unreachable {
        /// The registry.
        registry: RegistryUrl,
        /// What the HTTP client says.
        #[source]
        source: Box<ureq::Error>,
    },
    /// An answer that breaks off, or that is no HTTP.
    #[error("the answer of {registry} broke off or was none; nothing of it is used, so try again")]
    BrokenOff {
        /// The registry.
        registry: RegistryUrl,
        /// What the HTTP client says.
        #[source]
        source: Box<ureq::Error>,
    },
    /// There is something else at this address.
    #[error("{registry} has no catalog of packages: it is no registry of Inferno; check the address")]
    NoRegistry {
        /// The address.
        registry: RegistryUrl,
    },
    /// There is no such thing.
    #[error("{registry} has no {what}; `inferno plugin search` lists what it has")]
    NotFound {
        /// The registry.
        registry: RegistryUrl,
        /// What was asked for.
        what: String,
    },
    /// The request needs a token and there was none.
    #[error(
        "{registry} wants a token for that: put it into INFERNO_TOKEN or name its file with `--token-file`; \
         the registry's operator makes one with `inferno registry token new PUBLISHER`"
    )]
    TokenNeeded {
        /// The registry.
        registry: RegistryUrl,
    },
    /// The token is unknown, revoked, or another publisher's.
    #[error("{registry} does not accept this token: {reason}")]
    TokenRefused {
        /// The registry.
        registry: RegistryUrl,
        /// In its words.
        reason: String,
    },
    /// The registry understood and says no.
    #[error("{registry} refuses: {reason}")]
    Refused {
        /// The registry.
        registry: RegistryUrl,
        /// In its words.
        reason: String,
    },
    /// The registry is overloaded or broken.
    #[error("{registry} has a problem of its own (status {status}: {reason}); try again in a while")]
    Failed {
        /// The registry.
        registry: RegistryUrl,
        /// The HTTP status.
        status: u16,
        /// In its words.
        reason: String,
    },
    /// The registry sends us elsewhere.
    #[error("{registry} redirects to {target}; give that address if it is the registry you mean")]
    Redirected {
        /// The registry.
        registry: RegistryUrl,
        /// Where to.
        target: String,
    },
    /// An answer that is not what it should be.
    #[error("{registry} answered with something that is no {what}: {reason}")]
    Malformed {
        /// The registry.
        registry: RegistryUrl,
        /// What it should be.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An answer that is larger than its kind may be.
    #[error("{registry} sent more than {limit} bytes as {what}; nothing of it is used")]
    TooLarge {
        /// The registry.
        registry: RegistryUrl,
        /// What it should be.
        what: String,
        /// The most bytes that are read.
        limit: u64,
    },
    /// Bytes that are not those that were asked for.
    #[error(
        "{what} from {registry} has the digest {found} instead of {expected}: it was altered or damaged, and nothing \
         of it is used; if trying again does not help, tell the registry's operator"
    )]
    Altered {
        /// The registry.
        registry: RegistryUrl,
        /// What was asked for.
        what: String,
        /// The digest it must have.
        expected: Digest,
        /// The digest it has.
        found: Digest,
    },
}

impl ClientError {
    pub(crate) fn malformed(registry: &RegistryUrl, what: &str, reason: impl ToString) -> Self {
        let reason = printable(&reason.to_string(), 300);
        Self::Malformed { registry: registry.clone(), what: what.to_owned(), reason }
    }

    pub(crate) fn broken(registry: &RegistryUrl, error: ureq::Error) -> Self {
        use ureq::Error;
        let (registry, heard_nothing) = (
            registry.clone(),
            match &error {
                Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
                Error::Timeout(_)
                | Error::HostNotFound
                | Error::ConnectionFailed
                | Error::Tls(_)
                | Error::Rustls(_) => true,
                _ => false,
            },
        );
        let source = Box::new(error);
        if heard_nothing {
            Self::Unreachable { registry, source }
        } else {
            Self::BrokenOff { registry, source }
        }
    }

    /// Whether the registry has no such thing, as against not having answered.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether nothing was heard from the registry at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}
