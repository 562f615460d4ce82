//! The command line. Each command is a file; what it does in earnest is in the crates.

mod bench;
mod key;
mod load;
mod model;
mod optimize;
mod plugin;
mod registry;
mod serve;
mod template;
mod words;

pub(crate) use load::Opened;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// An LLM inference server that people extend with signed WebAssembly components.
///
/// Models, plugins and keys live in one folder: INFERNO_HOME, or the system's folder for application data.
#[derive(Debug, Parser)]
#[command(name = "inferno", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load a model and answer requests over HTTP.
    Serve(serve::Serve),
    /// Fetch, list, inspect, remove and optimize models.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Measure how fast a model reads and writes on this machine.
    Bench(bench::Bench),
    /// Make keys that sign components.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Write, publish, find and install plugins.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Run a registry, and say who may publish in it.
    #[command(subcommand)]
    Registry(registry::RegistryCommand),
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
    /// What the server calls itself to run the chat templates of models in.
    #[command(hide = true)]
    RenderTemplates,
}

impl Cli {
    /// Carries the command out.
    ///
    /// # Errors
    /// What went wrong, with the chain of causes.
    pub fn run(self) -> Result<()> {
        start_log();
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Model(model) => model.run(),
            Command::Bench(bench) => bench.run(),
            Command::Key(key) => key.run(),
            Command::Plugin(plugin) => plugin.run(),
            Command::Registry(registry) => registry.run(),
            Command::Openapi => {
                print!("{}", inferno_http::openapi::text(&crate::document::openapi()));
                Ok(())
            }
            Command::RenderTemplates => template::render(),
        }
    }
}

/// Logs to standard error. `INFERNO_LOG` filters, in the syntax of `tracing_subscriber::EnvFilter`.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("INFERNO_LOG")
        .with_default_directive(tracing::Level::WARN.into())
        .from_env_lossy();
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}
