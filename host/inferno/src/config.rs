//! The configuration of a server: a TOML file, one table per concern, unknown keys refused.
//!
//! Every field has a default, so an absent file is a valid one. Command line arguments win over it.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use inferno_registry_client::RegistryUrl;
use serde::Deserialize;

/// All of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub server: ServerConfig,
    /// How the engine runs.
    pub engine: EngineLimits,
    /// Which optimization passes run.
    pub passes: PassesConfig,
    /// Whose components run.
    pub trust: TrustConfig,
    /// Where packages come from.
    pub registry: RegistryConfig,
}

/// Where to listen.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address. The default is reachable from this machine only.
    pub host: IpAddr,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// How many seconds running answers get to complete when the server is stopped.
    pub drain_seconds: u64,
    /// Names beside `localhost` by which browsers may reach its pages: those of this machine, or of a proxy before it.
    pub names: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 8080, drain_seconds: 10, names: Vec::new() }
    }
}

/// How the engine runs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineLimits {
    /// Threads for computing. Absent: one per core.
    pub threads: Option<NonZeroUsize>,
    /// Positions that all running sequences can have together. Absent: four full contexts; their memory is only
    /// taken as it is used.
    pub kv_positions: Option<u32>,
    /// The longest context, even where the model allows more.
    pub max_context: Option<u32>,
}

/// Which optimization passes run, and what they may do.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PassesConfig {
    /// Package names in the order in which they run. Absent: all installed ones, by name.
    pub order: Option<Vec<String>>,
    /// Capabilities that components put into the folder `plugins` by hand get if they ask for them, of whatever kind
    /// they are: `log`, `metric:NAME`, or `metrics` for all of them. A package from a registry has what was granted when
    /// it was installed.
    pub grants: Vec<String>,
}

/// Whose components run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrustConfig {
    /// Trusted signers.
    pub signers: Vec<SignerConfig>,
    /// Identifiers of keys that nobody may use any more.
    pub revoked: Vec<String>,
}

/// Where packages come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistryConfig {
    /// The registry. Absent: this server's own.
    pub url: Option<RegistryUrl>,
    /// Whether this server is a registry itself, where no other is named.
    pub embedded: bool,
}

impl Default for RegistryConfig {
    fn default() -> Self {
        Self { url: None, embedded: true }
    }
}

/// A trusted signer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// What reports call them.
    pub name: String,
    /// Their public key, as a PEM file.
    pub key: PathBuf,
}

impl Config {
    /// Reads a file. One that does not exist is the default, unless it was asked for by name.
    ///
    /// # Errors
    /// When it cannot be read or says something it must not.
    pub fn read(path: &Path, must_exist: bool) -> Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => {
                toml::from_str(&text).with_context(|| format!("{} is not a configuration", path.display()))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && !must_exist => Ok(Self::default()),
            Err(e) => Err(e).with_context(|| format!("could not read {}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_unknown_keys_by_name() {
        let error = |text| toml::from_str::<Config>(text).unwrap_err().to_string();
        assert!(toml::from_str::<Config>("[server]\nport = 1\n[passes]\ngrants = [\"log\"]").is_ok());
        assert!(toml::from_str::<Config>("[registry]\nurl = \"https://plugins.example.org\"").is_ok());
        assert!(error("[registry]\nurl = \"http://plugins.example.org\"").contains("use https://"));
        assert!(error("[server]\nprot = 1").contains("unknown field `prot`"));
        assert!(error("[sever]").contains("unknown field `sever`"));
    }
}
