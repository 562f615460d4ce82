//! `inferno registry publisher`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;

use super::{FolderArguments, token::hand_over};
use crate::cli::plugin::public_key;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PublisherCommand {
    /// Add a publisher with the key that it signs with, and make its first token.
    ///
    /// A publisher publishes packages called `NAME/…` and no others.
    #[command(after_long_help = "\
Example:
    inferno registry publisher add acme --key acme.pub.pem

The token is shown once. Hand it to the publisher on a way that nobody else reads.")]
    Add {
        /// The part of its packages' names before the slash.
        name: String,
        /// Its public key, a PEM file; `inferno key generate` writes one.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Write the token to this new file, which only you can read, instead of showing it.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        #[command(flatten)]
        folder: FolderArguments,
    },
    /// List publishers and their keys.
    List {
        /// Print them as JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        folder: FolderArguments,
    },
}

impl PublisherCommand {
    pub(super) async fn run(self) -> Result<()> {
        match self {
            Self::Add { name, key, token_file, folder } => {
                let key = public_key(&key)?;
                let administration = folder.administration().await?;
                let token = administration.add_publisher(&name, &key).await?;
                eprintln!("{name} can publish packages signed with the key {}", key.id());
                hand_over(&token, token_file.as_deref())
            }
            Self::List { json, folder } => {
                let publishers = folder.administration().await?.publishers().await?;
                if json {
                    println!("{}", serde_json::to_string_pretty(&publishers)?);
                    return Ok(());
                }
                if publishers.is_empty() {
                    println!(
                        "no publishers yet; add one with `inferno registry publisher add NAME --key FILE`"
                    );
                }
                for publisher in publishers {
                    println!("{}", publisher.name);
                    for key in publisher.keys {
                        println!("  key {}{}", key.id, if key.revoked { " (revoked)" } else { "" });
                    }
                }
                Ok(())
            }
        }
    }
}
