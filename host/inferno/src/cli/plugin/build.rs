//! `inferno plugin build`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use inferno_plugin_build::Project;

use super::source::file_in;

/// Compile a plugin to a component. The same sources give the same bytes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Build the plugin in this folder, to `component.wasm`:
    inferno plugin build
  Build another one somewhere else:
    inferno plugin build plugins/clock --output /tmp/clock.wasm

The same sources, Cargo.lock and compiler give the same digest on every machine, so others can check that a published
component is what its sources say.")]
pub(in crate::cli) struct Build {
    /// The plugin's folder.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Where the component goes [default: `component.wasm` in the plugin's folder].
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Build {
    pub(super) fn run(self) -> Result<()> {
        let project = Project::open(&self.folder)?;
        let output = self.output.unwrap_or_else(|| file_in(&self.folder, "component.wasm"));
        let built = project.build(&output)?;
        let manifest = project.manifest();
        println!("built {} {}: {}", manifest.name(), manifest.version(), output.display());
        println!("  digest    {}", built.digest);
        println!("  size      {} bytes", built.size);
        println!("  kind      {}", built.kind);
        let imports = if built.imports.is_empty() { "nothing".to_owned() } else { built.imports.join(", ") };
        println!("  imports   {imports}");
        println!("  compiler  {}", built.compiler);
        println!("\nnext: inferno plugin test, then inferno plugin sign");
        Ok(())
    }
}
