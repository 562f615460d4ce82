//! `inferno key`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Subcommand;
use inferno_trust::SigningKey;

use crate::home::Home;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a P-256 signing key. The secret stays in a file that only you can read; never overwrites one.
    Generate {
        /// Where to write the secret key [default: `keys/development.pem` in the installation's folder].
        /// The public key goes beside it, as `.pub.pem`.
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}

impl KeyCommand {
    pub(super) fn run(self) -> Result<()> {
        let Self::Generate { output } = self;
        let path = match output {
            Some(path) => path,
            None => Home::find()?.development_key(),
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not create {}", folder.display()))?;
        }
        let key = SigningKey::generate();
        key.save(&path).with_context(|| format!("could not save the key to {}", path.display()))?;
        let public = path.with_extension("pub.pem");
        std::fs::write(&public, key.public_key().to_pem())
            .with_context(|| format!("could not write {}", public.display()))?;
        println!("secret key: {} (keep it to yourself)", path.display());
        println!("public key: {} (give it to those who are to trust you)", public.display());
        println!("identifier: {}", key.public_key().id());
        Ok(())
    }
}
