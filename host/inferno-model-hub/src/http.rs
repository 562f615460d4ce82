//! One GET at a time, with redirects followed by our own rules.
//!
//! Owns: TLS roots, proxies, time limits, and who gets a secret: a token goes to the origin it belongs to and to no
//! redirect elsewhere. Refuses: leaving `https:` except for the loopback. Easily confused with `download`, which
//! decides what to ask for.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use inferno_types::Digest;
use ureq::{
    Agent, Body,
    http::{HeaderMap, StatusCode, header},
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
};

use crate::{
    disk::{self, DiskError},
    settings::{Settings, Token},
    url::{ParseUrlError, WebUrl},
};

/// The largest file of certificates read, in bytes. The usual bundle of a system has a quarter of a million.
const MAX_CA_BYTES: u64 = 8 << 20;

/// Why a server did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No connection, no TLS, no answer, or one that ended too early.
    #[error("{url} cannot be reached; check the network, the proxy and the certificates, then pull again")]
    Reach {
        /// The address asked.
        url: WebUrl,
        /// What the HTTP client says.
        source: Box<ureq::Error>,
    },
    /// An answer that is not the file.
    #[error("{url} answered {status}{hint}")]
    Status {
        /// The address asked.
        url: WebUrl,
        /// The HTTP status.
        status: u16,
        /// What to do about it, or nothing.
        hint: &'static str,
    },
    /// Redirected in circles, or nearly.
    #[error("{url} leads through more than {limit} redirects")]
    Redirects {
        /// The address asked first.
        url: WebUrl,
        /// How many are followed.
        limit: u32,
    },
    /// Redirected nowhere, or to where nothing may be fetched.
    #[error("{url} redirects to an address that may not be used")]
    Redirect {
        /// The address that redirects.
        url: WebUrl,
        /// Why its target may not be used.
        source: ParseUrlError,
    },
    /// The certificates cannot be read.
    #[error("the file of trusted certificates cannot be read")]
    Certificates(#[source] DiskError),
    /// The certificates are none.
    #[error("{} holds no PEM certificate; check SSL_CERT_FILE, PIP_CERT and pip's `global.cert`", path.display())]
    NoCertificates {
        /// The file named by a variable.
        path: PathBuf,
    },
}

impl HttpError {
    /// Whether trying again may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Reach { source, .. } => matches!(
                **source,
                ureq::Error::Io(_)
                    | ureq::Error::Timeout(_)
                    | ureq::Error::ConnectionFailed
                    | ureq::Error::HostNotFound
                    | ureq::Error::Protocol(_)
            ),
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

/// A secret and the only origin that may see it.
pub(crate) struct Credential {
    pub(crate) token: Token,
    pub(crate) origin: WebUrl,
}

/// A final answer: after redirects, with a status of 2xx or 416.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The content's digest, where one of the servers on the way announced it (`X-Linked-ETag`).
    pub(crate) linked: Option<Digest>,
}

/// An HTTP client with one set of trusted certificates.
pub(crate) struct Client {
    remote: Agent,
    /// For the loopback: a proxy elsewhere could not reach it.
    local: Agent,
    redirects: u32,
    credential: Option<Credential>,
}

impl Client {
    pub(crate) fn new(settings: &Settings, ca_file: Option<&Path>) -> Result<Self, HttpError> {
        let roots = ca_file.map_or(Ok(RootCerts::WebPki), roots)?;
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("inferno/", env!("CARGO_PKG_VERSION")))
                .tls_config(TlsConfig::builder().root_certs(roots.clone()).build())
                .timeout_connect(Some(settings.patience))
                .timeout_recv_response(Some(settings.patience))
                .timeout_per_read(Some(settings.patience))
        };
        Ok(Self {
            remote: config().build().into(),
            local: config().proxy(None).build().into(),
            redirects: settings.limits.redirects,
            credential: None,
        })
    }

    /// The same client, showing this secret to its origin.
    pub(crate) fn with_credential(self, credential: Option<Credential>) -> Self {
        Self { credential, ..self }
    }

    /// Asks for `url`, following redirects.
    pub(crate) fn get(
        &self,
        url: &WebUrl,
        headers: &[(header::HeaderName, String)],
    ) -> Result<Reply, HttpError> {
        let (mut here, mut linked) = (url.clone(), None);
        for _ in 0..=self.redirects {
            let agent = if here.is_loopback() { &self.local } else { &self.remote };
            // Ranges count bytes of the file itself, so it must not be compressed on the way.
            let mut request = agent.get(here.uri().clone()).header(header::ACCEPT_ENCODING, "identity");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            if let Some(credential) = self.credential.as_ref().filter(|c| c.origin.same_origin(&here)) {
                request = request.header(header::AUTHORIZATION, credential.token.bearer());
            }
            let response = request
                .call()
                .map_err(|source| HttpError::Reach { url: here.clone(), source: Box::new(source) })?;
            let (parts, body) = response.into_parts();
            linked = linked.or_else(|| linked_digest(&parts.headers));
            if parts.status.is_redirection() {
                here = target(&here, &parts.headers)?;
            } else if parts.status.is_success() || parts.status == StatusCode::RANGE_NOT_SATISFIABLE {
                return Ok(Reply { status: parts.status, headers: parts.headers, body, linked });
            } else {
                let status = parts.status.as_u16();
                return Err(HttpError::Status { url: here, status, hint: hint(status) });
            }
        }
        Err(HttpError::Redirects { url: url.clone(), limit: self.redirects })
    }

    /// Asks for a small reply and reads it whole.
    pub(crate) fn get_text(&self, url: &WebUrl, limit: u64) -> Result<String, HttpError> {
        let mut reply = self.get(url, &[])?;
        let reach = |source| HttpError::Reach { url: url.clone(), source: Box::new(source) };
        reply.body.with_config().limit(limit).read_to_string().map_err(reach)
    }
}

fn target(here: &WebUrl, headers: &HeaderMap) -> Result<WebUrl, HttpError> {
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let joined = if location.is_empty() { Err(ParseUrlError::Form) } else { here.join(location) };
    joined.map_err(|source| HttpError::Redirect { url: here.clone(), source })
}

fn linked_digest(headers: &HeaderMap) -> Option<Digest> {
    Digest::from_hex(headers.get("x-linked-etag")?.to_str().ok()?.trim_matches('"')).ok()
}

fn hint(status: u16) -> &'static str {
    match status {
        401 | 403 => ": not allowed; a gated model on the hub needs HF_TOKEN and its licence accepted there",
        404 | 410 => ": there is no such file",
        407 => ": the proxy wants a user name and password",
        429 => ": too many requests; wait a while",
        500.. => ": the server has a problem; try again later",
        _ => "",
    }
}

fn roots(path: &Path) -> Result<RootCerts, HttpError> {
    let unreadable = |error| HttpError::Certificates(disk::on("read", path)(error));
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    let none = || HttpError::NoCertificates { path: path.to_owned() };
    if size > MAX_CA_BYTES {
        return Err(none());
    }
    let pem = std::fs::read(path).map_err(|error| HttpError::Certificates(disk::on("read", path)(error)))?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() { Err(none()) } else { Ok(RootCerts::Specific(Arc::new(certificates))) }
}
