//! `inferno render-templates`, which nobody calls but the server: the process in which the templates of models run.

use std::{env, io, process::Command, sync::Arc};

use anyhow::{Context as _, Result};
use inferno_models::template::{self, Apart, Renderer};

/// Renders templates until there are no more: jobs come in on standard input, and answers go out on standard output.
pub(super) fn render() -> Result<()> {
    template::answer(io::stdin().lock(), io::stdout().lock()).context("could not render a template")
}

/// Runs templates in a process of this same program.
pub(super) fn apart() -> Result<Arc<dyn Renderer>> {
    // On Linux the running program itself, whatever has been put in its place since.
    let program = match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => env::current_exe().context("could not find the program that runs")?,
    };
    Ok(Arc::new(Apart::new(move || {
        let mut command = Command::new(&program);
        command.arg("render-templates");
        command
    })))
}
