//! The registry that packages come from: part of this server, or another one.
//!
//! Clients of a registry speak plain HTTP with this machine only, and the server itself is such a client. So where it
//! listens on one other address only, its registry is also reachable on loopback, at the same port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Context as _, Result};
use axum::Router;
use inferno_http::api::system::RegistryInfo;
use inferno_registry::{OpenError, Registry};
use inferno_registry_client::RegistryUrl;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{config::RegistryConfig, home::Home, packages::DEFAULT_REGISTRY};

/// A registry to install from.
pub(crate) struct Shop {
    url: RegistryUrl,
    embedded: Option<Registry>,
    loopback: Option<JoinHandle<()>>,
}

impl Shop {
    /// The registry that the configuration names, or the one that is part of the server at `address`.
    pub(crate) async fn open(home: Home, config: RegistryConfig, address: SocketAddr) -> Result<Self> {
        let embedded = match &config.url {
            None if config.embedded => embedded(&home).await?,
            _ => None,
        };
        let Some(registry) = embedded else {
            let url = match config.url {
                Some(url) => url,
                None => DEFAULT_REGISTRY.parse().context("the default registry")?,
            };
            return Ok(Self { url, embedded: None, loopback: None });
        };
        let (near, loopback) = near(address, &registry).await?;
        let url = format!("http://{near}").parse().with_context(|| format!("the registry at {near}"))?;
        Ok(Self { url, embedded: Some(registry), loopback })
    }

    pub(crate) fn url(&self) -> &RegistryUrl {
        &self.url
    }

    /// What the API says of it.
    pub(crate) fn info(&self) -> RegistryInfo {
        RegistryInfo { url: self.url.to_string(), embedded: self.embedded.is_some() }
    }

    /// The routes of the registry that is part of this server; none where it is not.
    pub(crate) fn router(&self) -> Router {
        self.embedded.as_ref().map(Registry::router).unwrap_or_default()
    }

    pub(crate) async fn close(self) {
        if let Some(loopback) = self.loopback {
            loopback.abort();
        }
        if let Some(registry) = self.embedded {
            registry.close().await;
        }
    }
}

async fn embedded(home: &Home) -> Result<Option<Registry>> {
    let folder = home.registry();
    match Registry::open(&folder).await {
        Ok(registry) => Ok(Some(registry)),
        // Two servers of one installation are fine, as long as one of them is the registry.
        Err(error @ OpenError::InUse { .. }) => {
            tracing::warn!(%error, "this server is no registry");
            Ok(None)
        }
        Err(error) => {
            Err(error).with_context(|| format!("could not open the registry in {}", folder.display()))
        }
    }
}

/// The address on this machine at which a server that listens on `address` reaches itself.
async fn near(address: SocketAddr, registry: &Registry) -> Result<(SocketAddr, Option<JoinHandle<()>>)> {
    let port = address.port();
    match address.ip() {
        ip if ip.is_loopback() => Ok((address, None)),
        IpAddr::V4(ip) if ip.is_unspecified() => Ok((SocketAddr::from((Ipv4Addr::LOCALHOST, port)), None)),
        IpAddr::V6(ip) if ip.is_unspecified() => Ok((SocketAddr::from((Ipv6Addr::LOCALHOST, port)), None)),
        _ => {
            let near = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let listener = TcpListener::bind(near).await.with_context(|| {
                format!(
                    "could not listen on {near} for the server's own registry; free that port, or set \
                     `embedded = false` in the table `[registry]` of the configuration"
                )
            })?;
            let router = registry.router();
            let serving = tokio::spawn(async move {
                // It ends with the server.
                let _ = axum::serve(listener, router).await;
            });
            Ok((near, Some(serving)))
        }
    }
}
