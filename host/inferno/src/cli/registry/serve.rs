//! `inferno registry serve`.

use std::{
    io::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use clap::Args;
use inferno_http::{ConnectionLimits, Unobserved};
use inferno_registry::Registry;

use super::FolderArguments;
use crate::cli::serve::asked_to_stop;

/// Run a registry alone, without a model.
///
/// Everybody who reaches it can search and install; publishing needs a token. It speaks OCI, so `wkg`, `oras` and
/// `skopeo` can use it too. Put a proxy that speaks TLS in front of it before others reach it: clients use plain HTTP
/// with this machine only.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Serve the registry of this installation:
    inferno registry serve
  Another folder, on any free port:
    inferno registry serve --folder /srv/registry --port 0")]
pub(in crate::cli) struct Serve {
    #[command(flatten)]
    folder: FolderArguments,
    /// Where to listen. The default is reachable from this machine only.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The port; 0 takes any free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

impl Serve {
    pub(super) async fn run(self) -> Result<()> {
        let address = SocketAddr::new(self.host, self.port);
        let listener = inferno_http::listen(address).with_context(|| {
            format!("could not listen on {address}; choose another port with `--port`, or 0 for any free one")
        })?;
        let (address, path) = (listener.local_addr()?, self.folder.path()?);
        let registry = Registry::open(&path)
            .await
            .with_context(|| format!("could not open the registry in {}", path.display()))?;
        // Whoever started us may not care to read this: that is no reason not to serve.
        let _ = writeln!(
            std::io::stdout(),
            "The registry in {} is at http://{address} (stop it with Ctrl-C). Try:\n  \
             inferno plugin search --registry http://{address}",
            path.display()
        );
        let (limits, observer) = (ConnectionLimits::default(), Arc::new(Unobserved));
        inferno_http::serve(listener, registry.router(), limits, observer, asked_to_stop()).await;
        registry.close().await;
        Ok(())
    }
}
