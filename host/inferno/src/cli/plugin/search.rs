//! `inferno plugin search`.

use anyhow::Result;
use clap::Args;
use inferno_package::Kind;
use inferno_registry_client::{SearchQuery, printable};

use super::source::RegistryArguments;

/// Look for packages in a registry.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Everything:
    inferno plugin search
  Widgets about latency, as JSON:
    inferno plugin search latency --kind widget --json")]
pub(in crate::cli) struct Search {
    /// Words in the name or the description.
    text: Vec<String>,
    /// Only packages of this kind: `optimization-pass`, `widget` or `analyzer`.
    #[arg(long)]
    kind: Option<Kind>,
    /// Only packages of this publisher.
    #[arg(long)]
    publisher: Option<String>,
    /// The most packages to show.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// How many to skip.
    #[arg(long, default_value_t = 0)]
    offset: u64,
    /// Print the registry's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryArguments,
}

impl Search {
    pub(super) fn run(self) -> Result<()> {
        let packages = self.registry.packages()?;
        let page = packages.search(&SearchQuery {
            text: (!self.text.is_empty()).then(|| self.text.join(" ")),
            kind: self.kind,
            publisher: self.publisher,
            offset: self.offset,
            limit: Some(self.limit),
        })?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&page)?);
            return Ok(());
        }
        if page.packages.is_empty() {
            println!("{} has nothing like that", packages.registry());
        }
        for package in &page.packages {
            let latest =
                package.latest.as_ref().map_or("all versions yanked".to_owned(), ToString::to_string);
            println!("{}  {latest}  {}", package.name, package.kind);
            println!("    {}", printable(&package.description, 200));
        }
        let shown = page.offset + page.packages.len() as u64;
        if shown < page.total {
            println!("{shown} of {}; see more with --offset {shown}", page.total);
        }
        if let Some(first) = page.packages.first() {
            println!("\nnext: inferno plugin info {}", first.name);
        }
        Ok(())
    }
}
