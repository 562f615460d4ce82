//! The plugin host and the trust policy of an installation.

use anyhow::{Context as _, Result};
use inferno_package::OperatorGrants;
use inferno_plugin_host::{HostConfig, PluginHost};
use inferno_trust::{KeyId, Policy, PublicKey, SigningKey, TrustedKeys};

use super::installed::{self, Loaded};
use crate::{config::Config, home::Home};

/// Whether the installation's own development key is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Development {
    /// Only the configured signers are.
    Off,
    /// It is, and the policy says so wherever it shows.
    On,
}

/// The policy that configuration and command line ask for.
///
/// # Errors
/// When a key cannot be read.
pub fn policy(home: &Home, config: &Config, development: Development) -> Result<Policy> {
    let mut keys = TrustedKeys::new();
    for signer in &config.trust.signers {
        let pem = std::fs::read_to_string(&signer.key).with_context(|| {
            format!("could not read the key of {}, {}", signer.name, signer.key.display())
        })?;
        let key = PublicKey::from_pem(&pem).with_context(|| {
            format!("the key of {}, {}, is not a public key", signer.name, signer.key.display())
        })?;
        keys.trust(&signer.name, key).with_context(|| format!("{} cannot be trusted", signer.name))?;
    }
    for revoked in &config.trust.revoked {
        keys.revoke(
            revoked.parse::<KeyId>().with_context(|| format!("`{revoked}` in `revoked` is not a key"))?,
        );
    }
    match development {
        Development::Off => Ok(Policy::Keys(keys)),
        Development::On => {
            let path = home.development_key();
            let key = SigningKey::load(&path).with_context(|| {
                format!(
                    "could not load the development key {}; `inferno key generate` makes one",
                    path.display()
                )
            })?;
            Ok(Policy::Development { key: key.public_key(), keys })
        }
    }
}

/// Starts the plugin host and loads every installed component that `policy`, or the lock file, trusts.
///
/// # Errors
/// When the host cannot start, the configuration names an unknown capability, or the folder cannot be read.
pub fn load(home: &Home, config: &Config, policy: &Policy) -> Result<(PluginHost, Loaded)> {
    if policy.is_development() {
        tracing::warn!(%policy, "a development trust policy is in force");
    }
    let found = installed::find(home, policy, &grants(config)?)?;
    let host = host(home)?;
    let loaded = installed::load(found, config.passes.order.as_deref(), &host);
    Ok((host, loaded))
}

/// Starts the plugin host, with its cache of compiled code in the installation's folder.
///
/// # Errors
/// When it cannot start.
pub fn host(home: &Home) -> Result<PluginHost> {
    let code_cache = Some(home.cache("code")?);
    Ok(PluginHost::new(HostConfig { code_cache, ..HostConfig::default() })?)
}

/// What the configuration grants to components that were put in place by hand.
///
/// # Errors
/// When it names an unknown capability.
pub fn grants(config: &Config) -> Result<OperatorGrants> {
    OperatorGrants::parse(&config.passes.grants).context("`grants` of the configuration")
}
