//! One request at a time to one registry.
//!
//! Owns: time limits, size limits, certificates, where the token goes, and what a refusal becomes. Refuses redirects:
//! a token and a component go to the address that was given and to no other. Easily confused with the
//! [`client`](crate::client), which knows what to ask for.

use std::{io::Read as _, time::Duration};

use inferno_types::Digest;
use serde::de::DeserializeOwned;
use ureq::{
    Agent, Body,
    http::{Response, StatusCode, header},
    tls::TlsConfig,
};

use crate::{Certificates, ClientError, RegistryUrl, Token, printable::printable};

/// How long a registry may stay silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one answer may take as a whole, however steadily it trickles.
const WHOLE: Duration = Duration::from_secs(300);
/// The most bytes that are read of a refusal.
const MAX_REFUSAL: u64 = 16 << 10;

/// What a request carries.
pub(crate) enum Payload<'a> {
    /// Nothing.
    Nothing,
    /// Bytes of a media type.
    Bytes { media_type: &'a str, bytes: &'a [u8] },
}

/// An answer with a good status, its body unread.
pub(crate) struct Answer<'a> {
    transport: &'a Transport,
    what: &'a str,
    response: Response<Body>,
}

/// Talks to one registry.
#[derive(Debug)]
pub(crate) struct Transport {
    registry: RegistryUrl,
    token: Option<Token>,
    agent: Agent,
}

impl Transport {
    pub(crate) fn new(registry: RegistryUrl, token: Option<Token>, certificates: &Certificates) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("inferno/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(certificates.roots()).build())
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .timeout_global(Some(WHOLE));
        // A proxy elsewhere could not reach this machine.
        let config = if registry.is_loopback() { config.proxy(None) } else { config };
        Self { agent: config.build().into(), registry, token }
    }

    pub(crate) fn registry(&self) -> &RegistryUrl {
        &self.registry
    }

    /// Asks for `path`, which is `what` to people.
    pub(crate) fn get<'a>(
        &'a self,
        path: &str,
        query: &[(&str, String)],
        accept: &str,
        what: &'a str,
    ) -> Result<Answer<'a>, ClientError> {
        let request = self.agent.get(self.registry.at(path)).header(header::ACCEPT, accept);
        let request = query.iter().fold(request, |request, (key, value)| request.query(key, value));
        self.answer(request.call(), what)
    }

    /// Whether `path` exists.
    pub(crate) fn has(&self, path: &str, what: &str) -> Result<bool, ClientError> {
        let mut request = self.agent.head(self.registry.at(path));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token.bearer());
        }
        match self.answer(request.call(), what) {
            Ok(_) => Ok(true),
            Err(ClientError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends `payload` to `address`, which [`RegistryUrl`] says is this registry's.
    pub(crate) fn send<'a>(
        &'a self,
        method: Method,
        address: &str,
        payload: Payload<'_>,
        what: &'a str,
    ) -> Result<Answer<'a>, ClientError> {
        let mut request = match method {
            Method::Post => self.agent.post(address),
            Method::Put => self.agent.put(address),
            Method::Delete => self.agent.delete(address).force_send_body(),
        };
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token.bearer());
        }
        let result = match payload {
            Payload::Nothing => request.send_empty(),
            Payload::Bytes { media_type, bytes } => {
                request.header(header::CONTENT_TYPE, media_type).send(bytes)
            }
        };
        self.answer(result, what)
    }

    fn answer<'a>(
        &'a self,
        result: Result<Response<Body>, ureq::Error>,
        what: &'a str,
    ) -> Result<Answer<'a>, ClientError> {
        let registry = || self.registry.clone();
        let response = result.map_err(|error| ClientError::broken(&self.registry, error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Answer { transport: self, what, response });
        }
        if status.is_redirection() {
            let target = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let target = printable(target.unwrap_or("nowhere"), 200);
            return Err(ClientError::Redirected { registry: registry(), target });
        }
        let reason = reason(response, status);
        Err(match status {
            StatusCode::NOT_FOUND => ClientError::NotFound { registry: registry(), what: what.to_owned() },
            StatusCode::UNAUTHORIZED if self.token.is_none() => {
                ClientError::TokenNeeded { registry: registry() }
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                ClientError::TokenRefused { registry: registry(), reason }
            }
            _ if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                ClientError::Failed { registry: registry(), status: status.as_u16(), reason }
            }
            _ => ClientError::Refused { registry: registry(), reason },
        })
    }
}

/// How something is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Method {
    Post,
    Put,
    Delete,
}

impl Answer<'_> {
    /// A header's text.
    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The whole body, of at most `limit` bytes.
    pub(crate) fn bytes(self, limit: u64) -> Result<Vec<u8>, ClientError> {
        let registry = || self.transport.registry.clone();
        let mut bytes = Vec::new();
        // One byte more than is allowed tells "too large" from "just so".
        let mut body = self.response.into_body().into_reader().take(limit + 1);
        body.read_to_end(&mut bytes)
            .map_err(|error| ClientError::broken(&self.transport.registry, ureq::Error::Io(error)))?;
        if bytes.len() as u64 > limit {
            let what = self.what.to_owned();
            return Err(ClientError::TooLarge { registry: registry(), what, limit });
        }
        Ok(bytes)
    }

    /// The body, if its digest is `expected`.
    pub(crate) fn content(self, expected: Digest, limit: u64) -> Result<Vec<u8>, ClientError> {
        let (registry, what) = (self.transport.registry.clone(), self.what.to_owned());
        let bytes = self.bytes(limit)?;
        let found = Digest::of(&bytes);
        if found == expected {
            Ok(bytes)
        } else {
            Err(ClientError::Altered { registry, what, expected, found })
        }
    }

    /// The body as JSON of at most `limit` bytes.
    pub(crate) fn json<T: DeserializeOwned>(self, limit: u64) -> Result<T, ClientError> {
        let (registry, what) = (self.transport.registry.clone(), self.what.to_owned());
        serde_json::from_slice(&self.bytes(limit)?)
            .map_err(|error| ClientError::malformed(&registry, &what, error))
    }
}

/// What a refusal says: in the form of OCI, of the catalog, or as plain text.
fn reason(response: Response<Body>, status: StatusCode) -> String {
    let mut bytes = Vec::new();
    // Half a reason is better than none.
    let _ = response.into_body().into_reader().take(MAX_REFUSAL).read_to_end(&mut bytes);
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let said =
        ["/errors/0/message", "/error/message", "/message"].iter().find_map(|at| value.pointer(at)?.as_str());
    match said.map(|said| printable(said, 600)) {
        Some(said) if !said.is_empty() => said,
        _ => format!("{status}"),
    }
}
