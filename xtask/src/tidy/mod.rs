//! The habits of the house, checked: who may depend on whom, module headers, inherited lints, file lengths.

mod edges;
mod sources;

use anyhow::{Result, bail};
use cargo_metadata::MetadataCommand;

use crate::workspace;

/// Checks everything and reports all breaches at once.
pub(crate) fn tidy() -> Result<()> {
    let root = workspace::root();
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).exec()?;
    let mut breaches = edges::check(&metadata);
    breaches.extend(sources::check(&root)?);
    if breaches.is_empty() {
        return Ok(());
    }
    for breach in &breaches {
        eprintln!("tidy: {breach}");
    }
    bail!("{} breaches of the habits that CONTRIBUTING.md describes", breaches.len())
}
