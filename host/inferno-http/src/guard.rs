//! Who may ask under `/api`, as far as a browser can be told apart from its owner.
//!
//! A browser on this machine reaches a server that listens on loopback only, so any website that its owner visits
//! could try to use the server in their name. Two checks stand against it: a request must be addressed to a name
//! that is this server's (a foreign name that was pointed at this address is not), and a request that changes
//! something must not come from another site. Refuses to be authentication: who has a shell on this machine may ask.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, Method, Uri,
        header::{HOST, ORIGIN},
        uri::Authority,
    },
    middleware::Next,
    response::Response,
};

use crate::{Server, error::ApiError};

/// Where the socket is.
pub(crate) const SOCKET_PATH: &str = "/socket.io";

/// The names by which browsers may address a server: addresses, loopback's names, and those that are configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostNames(BTreeSet<String>);

impl FromIterator<String> for HostNames {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self(names.into_iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect())
    }
}

impl HostNames {
    /// Whether a `Host` names this server. A bare address always does: only names can be pointed elsewhere.
    fn allow(&self, authority: &Authority) -> bool {
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.0.contains(&host)
    }
}

/// Lets a request pass, or says why not.
pub(crate) async fn guard(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    check(&server.facts.hosts, request.method(), request.uri(), request.headers())?;
    Ok(next.run(request).await)
}

fn check(hosts: &HostNames, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    let header = headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse().ok());
    // HTTP/2 has no `Host`; its target carries the name.
    let Some(host) = header.or_else(|| uri.authority().cloned()) else { return Err(ApiError::no_host()) };
    if !hosts.allow(&host) {
        return Err(ApiError::foreign_host(host.host()));
    }
    // Browsers let every site open a socket anywhere, by GET.
    let socket = uri.path().starts_with(SOCKET_PATH);
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) && !socket {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return Err(ApiError::cross_site()),
        None => {}
    }
    match text(ORIGIN.as_str()) {
        // No browser: those send one of the two with everything that can change something.
        None => Ok(()),
        Some(origin) if same(origin, &host) => Ok(()),
        Some(_) => Err(ApiError::cross_site()),
    }
}

/// Whether an origin is the host that is addressed. The scheme is not compared: a proxy may have ended TLS.
fn same(origin: &str, host: &Authority) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let standard = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(standard);
    authority.host().eq_ignore_ascii_case(host.host()) && port(&authority) == port(host)
}
