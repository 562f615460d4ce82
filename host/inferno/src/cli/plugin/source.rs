//! Which registry, which token, whose signatures: what several commands are told in the same way.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::Args;
use inferno_package::OperatorGrants;
use inferno_registry_client::{Certificates, RegistryClient, RegistryUrl, Token};
use inferno_trust::Policy;

use crate::{
    assemble::plugins::{self, Development},
    config::Config,
    home::Home,
    packages::{DEFAULT_REGISTRY, Packages},
};

/// Holds a publisher's token. A variable and not an argument: arguments show in lists of processes.
const TOKEN_VARIABLE: &str = "INFERNO_TOKEN";
/// Names a PEM file of certificates, as it does for other programs.
const CERTIFICATES_VARIABLE: &str = "SSL_CERT_FILE";

/// Which registry.
#[derive(Debug, Args)]
pub(super) struct RegistryArguments {
    /// The registry, such as https://plugins.example.org [default: `[registry] url` in config.toml, else
    /// http://127.0.0.1:8080, which is a server on this machine].
    #[arg(long, value_name = "URL", env = "INFERNO_REGISTRY")]
    registry: Option<RegistryUrl>,
    /// The configuration file [default: `config.toml` in the installation's folder, where there is one].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// An installation as a server sees it.
pub(super) struct Installation {
    pub(super) packages: Packages,
    pub(super) home: Home,
    pub(super) policy: Policy,
    pub(super) operator: OperatorGrants,
}

/// Which registry, and the right to publish there.
#[derive(Debug, Args)]
pub(super) struct PublisherArguments {
    #[command(flatten)]
    registry: RegistryArguments,
    /// A file with the publisher's token [default: the token in the variable INFERNO_TOKEN].
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl RegistryArguments {
    /// Whether a registry was named for this command.
    pub(super) fn is_named(&self) -> bool {
        self.registry.is_some()
    }

    /// The packages of this user's installation, and the registry.
    pub(super) fn packages(&self) -> Result<Packages> {
        let home = Home::find()?;
        let config = self.configuration(&home)?;
        let policy = plugins::policy(&home, &config, Development::Off)?;
        Ok(Packages::with_certificates(home, policy, self.url(&config)?, certificates()?))
    }

    /// The packages, and what `inferno serve` would need to load them.
    pub(super) fn installation(&self, development: bool) -> Result<Installation> {
        let home = Home::find()?;
        let config = self.configuration(&home)?;
        let development = if development { Development::On } else { Development::Off };
        Ok(Installation {
            packages: self.packages()?,
            policy: plugins::policy(&home, &config, development)?,
            operator: plugins::grants(&config)?,
            home,
        })
    }

    fn configuration(&self, home: &Home) -> Result<Config> {
        Config::read(&self.config.clone().unwrap_or_else(|| home.config()), self.config.is_some())
    }

    fn url(&self, config: &Config) -> Result<RegistryUrl> {
        match self.registry.clone().or_else(|| config.registry.url.clone()) {
            Some(url) => Ok(url),
            None => Ok(DEFAULT_REGISTRY.parse()?),
        }
    }
}

impl PublisherArguments {
    /// A client that may publish.
    pub(super) fn client(&self) -> Result<RegistryClient> {
        let config = self.registry.configuration(&Home::find()?)?;
        let url = self.registry.url(&config)?;
        Ok(RegistryClient::with_certificates(url, self.token()?, &certificates()?))
    }

    fn token(&self) -> Result<Option<Token>> {
        if let Some(path) = &self.token_file {
            return Ok(Some(Token::read(path).with_context(|| format!("{} is refused", path.display()))?));
        }
        match env::var(TOKEN_VARIABLE) {
            Ok(text) if !text.trim().is_empty() => {
                Ok(Some(Token::new(&text).with_context(|| format!("{TOKEN_VARIABLE} is refused"))?))
            }
            _ => Ok(None),
        }
    }
}

/// A file of a plugin's folder, as people write it.
pub(super) fn file_in(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}

fn certificates() -> Result<Certificates> {
    match env::var_os(CERTIFICATES_VARIABLE).filter(|path| !path.is_empty()) {
        Some(path) => Ok(Certificates::read(path.as_ref())?),
        None => Ok(Certificates::default()),
    }
}
