//! `inferno registry key`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use inferno_trust::KeyId;

use super::FolderArguments;
use crate::cli::plugin::public_key;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeyCommand {
    /// Enrol another key that a publisher signs with.
    #[command(after_long_help = "\
Example:
    inferno registry key add acme --key acme-2026.pub.pem

Those who have installed something of acme are asked before they trust the new key.")]
    Add {
        /// The publisher.
        publisher: String,
        /// The public key, a PEM file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        #[command(flatten)]
        folder: FolderArguments,
    },
    /// Accept nothing new that a key signed, and let nobody install what it signed.
    ///
    /// What is installed goes on running.
    Revoke {
        /// The publisher.
        publisher: String,
        /// The key's identifier.
        key: KeyId,
        #[command(flatten)]
        folder: FolderArguments,
    },
}

impl KeyCommand {
    pub(super) async fn run(self) -> Result<()> {
        match self {
            Self::Add { publisher, key, folder } => {
                let key = public_key(&key)?;
                folder.administration().await?.add_key(&publisher, &key).await?;
                println!("{publisher} can publish packages signed with the key {} too", key.id());
            }
            Self::Revoke { publisher, key, folder } => {
                folder.administration().await?.revoke_key(&publisher, key).await?;
                println!("the key {key} of {publisher} is revoked");
            }
        }
        Ok(())
    }
}
