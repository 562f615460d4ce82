//! `inferno plugin new`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use inferno_package::{Kind, PackageRef};
use inferno_plugin_build::templates;

/// What a plugin of each kind does, in the words of the help.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum KindArgument {
    /// Rewrites a model's graph while it loads; validated before it is applied.
    Pass,
    /// Draws figures of the server on the board.
    Widget,
    /// Looks at figures of the server and says what could be better.
    Analyzer,
}

/// Start a plugin: a folder with code that compiles, does something useful, and has a test.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Start a widget in the folder `clock`:
    inferno plugin new --kind widget acme/clock
  Start an optimization pass in a folder of your choice:
    inferno plugin new --kind pass acme/fuse-norms --folder passes/fuse-norms

Then:  inferno plugin build, test, sign, publish. Each says what comes next.")]
pub(in crate::cli) struct New {
    /// What it is to do.
    #[arg(long)]
    kind: KindArgument,
    /// What it is called: `PUBLISHER/NAME`. The publisher is you, as the registry knows you.
    name: PackageRef,
    /// Where it goes [default: a folder of its name].
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self) -> Result<()> {
        let kind = match self.kind {
            KindArgument::Pass => Kind::OptimizationPass,
            KindArgument::Widget => Kind::Widget,
            KindArgument::Analyzer => Kind::Analyzer,
        };
        let folder = self.folder.unwrap_or_else(|| PathBuf::from(self.name.name()));
        let written = templates::create(kind, &self.name, &folder)?;
        println!("{} is a new {kind} in {}", self.name, folder.display());
        for path in written {
            println!("  {}", path.display());
        }
        println!("\nnext: cd {} && inferno plugin build", folder.display());
        Ok(())
    }
}
