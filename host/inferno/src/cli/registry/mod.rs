//! `inferno registry`: running one, and saying who may publish in it.
//!
//! Owns: arguments and what people read. Publishers, keys and tokens are `inferno-registry`'s. Easily confused with
//! `inferno plugin publish`, which talks to a registry from outside.

mod key;
mod publisher;
mod serve;
mod token;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use inferno_registry::Administration;

use crate::home::Home;

#[derive(Debug, Subcommand)]
pub(super) enum RegistryCommand {
    Serve(serve::Serve),
    /// Add and list publishers.
    #[command(subcommand)]
    Publisher(publisher::PublisherCommand),
    /// Make, list and revoke the tokens that publishers publish with.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Enrol and revoke the keys that publishers sign with.
    #[command(subcommand)]
    Key(key::KeyCommand),
}

/// Which registry.
#[derive(Debug, Args)]
pub(super) struct FolderArguments {
    /// The registry's folder [default: `registry` in the installation's folder].
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl RegistryCommand {
    pub(super) fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Runtime::new().context("could not start the network threads")?;
        runtime.block_on(async {
            match self {
                Self::Serve(serve) => serve.run().await,
                Self::Publisher(command) => command.run().await,
                Self::Token(command) => command.run().await,
                Self::Key(command) => command.run().await,
            }
        })
    }
}

impl FolderArguments {
    fn path(&self) -> Result<PathBuf> {
        match &self.folder {
            Some(folder) => Ok(folder.clone()),
            None => Ok(Home::find()?.registry()),
        }
    }

    /// Opens the registry for administration. A server may be serving from it meanwhile.
    async fn administration(&self) -> Result<Administration> {
        let path = self.path()?;
        Administration::open(&path)
            .await
            .with_context(|| format!("could not open the registry in {}", path.display()))
    }
}
