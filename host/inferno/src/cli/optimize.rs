//! `inferno model optimize`.

use anyhow::Result;
use clap::Args;

use super::load::LoadArguments;
use crate::report;

#[derive(Debug, Args)]
pub(super) struct Optimize {
    /// A model of the library [default: the only one].
    model: Option<String>,
    #[command(flatten)]
    load: LoadArguments,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Optimize {
    /// Decides about every installed pass anew, whatever was decided before.
    pub(super) fn run(self) -> Result<()> {
        let ready = self.load.load(self.model.as_deref(), false)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&ready.report)?);
        } else {
            print!("{}", report::print(&ready.report));
        }
        Ok(())
    }
}
