//! `inferno registry token`.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::Subcommand;
use inferno_registry::{PublisherToken, TokenId};

use super::FolderArguments;
use crate::cli::words;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TokenCommand {
    /// Make another token for a publisher. It is shown once.
    #[command(after_long_help = "\
Examples:
    inferno registry token new acme
  Into a file that only you can read:
    inferno registry token new acme --token-file acme.token")]
    New {
        /// The publisher.
        publisher: String,
        /// Write the token to this new file, which only you can read, instead of showing it.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        #[command(flatten)]
        folder: FolderArguments,
    },
    /// List a publisher's tokens, without their secrets.
    List {
        /// The publisher.
        publisher: String,
        #[command(flatten)]
        folder: FolderArguments,
    },
    /// Let a token publish no more.
    Revoke {
        /// The publisher.
        publisher: String,
        /// Its number, as `inferno registry token list` shows it.
        token: TokenId,
        #[command(flatten)]
        folder: FolderArguments,
    },
}

impl TokenCommand {
    pub(super) async fn run(self) -> Result<()> {
        match self {
            Self::New { publisher, token_file, folder } => {
                let (id, token) = folder.administration().await?.new_token(&publisher).await?;
                eprintln!("{publisher} has another token, number {id}");
                hand_over(&token, token_file.as_deref())
            }
            Self::List { publisher, folder } => {
                for token in folder.administration().await?.tokens(&publisher).await? {
                    let date = |millis: i64| words::date(millis.try_into().unwrap_or(0));
                    let revoked =
                        token.revoked_at.map_or(String::new(), |at| format!(", revoked {}", date(at)));
                    println!("{}  made {}{revoked}", token.id, date(token.added_at));
                }
                Ok(())
            }
            Self::Revoke { publisher, token, folder } => {
                folder.administration().await?.revoke_token(&publisher, token).await?;
                println!("the token {token} of {publisher} publishes no more");
                Ok(())
            }
        }
    }
}

/// Shows a token once, or writes it to a new file that only its owner reads. Alone on standard output, so that a script
/// can take it from there.
pub(super) fn hand_over(token: &PublisherToken, file: Option<&Path>) -> Result<()> {
    let Some(path) = file else {
        eprintln!("its token, shown this once; `inferno plugin publish` reads it from INFERNO_TOKEN:");
        println!("{}", token.reveal());
        return Ok(());
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| writeln!(file, "{}", token.reveal()))
        .with_context(|| format!("could not write the token to the new file {}", path.display()))?;
    eprintln!("its token is in {}; `inferno plugin publish --token-file` reads it", path.display());
    Ok(())
}
